// SPDX-License-Identifier: MIT
/*
 * Preloaded into a process, this has writing and flushing fail as on a broken disk (EIO) while a file exists: FAIL_WRITE for
 * pwrite64(), FAIL_SYNC for fdatasync() and fsync(). Files whose name does not contain FAIL_NAME are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_failing(const char *variable, int fd)
{
	const char *flag = getenv(variable), *name = getenv("FAIL_NAME");
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (!flag || !name || access(flag, F_OK) != 0)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = '\0';
	return strstr(path, name) != NULL;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
	static ssize_t (*next)(int, const void *, size_t, off64_t);

	if (is_failing("FAIL_WRITE", fd)) {
		errno = EIO;
		return -1;
	}
	if (!next)
		next = dlsym(RTLD_NEXT, "pwrite64");
	return next(fd, bytes, length, offset);
}

static int flush(const char *function, int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, function);

	if (is_failing("FAIL_SYNC", fd)) {
		errno = EIO;
		return -1;
	}
	return next(fd);
}

int fdatasync(int fd)
{
	return flush("fdatasync", fd);
}

int fsync(int fd)
{
	return flush("fsync", fd);
}
