// SPDX-License-Identifier: MIT
/*
 * The filter's place at ingress of an interface: among the programs of tcx, before all others, on kernels that have it
 * (6.6), or else on the clsact qdisc. Either way the interface itself holds the program, whoever is running.
 *
 * tcx spares each packet the classifier around the program.
 */
#include "bridge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Of linux/bpf.h since 6.6; tcx has no numbered places, so programs are told apart by their names. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_BEFORE (1U << 3)
#define TCX_PROGRAMS_MAX 64
/* The filter's place on the clsact ingress hook; nothing else of mauth uses the hook. */
#define CLSACT_HANDLE 1
#define CLSACT_PRIORITY 1

/* Writes the name that the kernel keeps of a program; 0 or a negative errno. */
static int read_name(int fd, char name[BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info program = { 0 };
	__u32 length = sizeof(program);

	if (bpf_obj_get_info_by_fd(fd, &program, &length))
		return -errno;
	memcpy(name, program.name, BPF_OBJ_NAME_LEN);
	return 0;
}

/* Opens the program if it has the name, in whatever version; -ENOENT when it has not, or has just gone. */
static int open_named(__u32 id, const char *name)
{
	char found[BPF_OBJ_NAME_LEN];
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return -errno;
	if (read_name(fd, found) == 0 && !strcmp(found, name))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Finds the program of that name in tcx; -ENOENT when it is not there, -EINVAL when the kernel has no tcx. */
static int find_in_tcx(int32_t ifindex, const char *name, int *fd, __u32 *id)
{
	__u32 ids[TCX_PROGRAMS_MAX];
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids, .prog_cnt = TCX_PROGRAMS_MAX);

	if (bpf_prog_query_opts(ifindex, TCX_INGRESS, &opts))
		return -errno;
	for (__u32 i = 0; i < opts.prog_cnt; i++) {
		*fd = open_named(ids[i], name);
		if (*fd == -ENOENT)
			continue;
		*id = ids[i];
		return *fd < 0 ? *fd : 0;
	}
	return -ENOENT;
}

static struct bpf_tc_hook ingress_of(int32_t ifindex)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook), .ifindex = ifindex, .attach_point = BPF_TC_INGRESS };
}

/* The same in clsact. */
static int find_in_clsact(int32_t ifindex, const char *name, int *fd, __u32 *id)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY);
	struct bpf_tc_hook hook = ingress_of(ifindex);
	int error = bpf_tc_query(&hook, &opts);

	/* EINVAL: no clsact qdisc. */
	if (error)
		return error == -EINVAL ? -ENOENT : error;
	*id = opts.prog_id;
	*fd = open_named(opts.prog_id, name);
	return *fd < 0 ? *fd : 0;
}

static int remove_from_clsact(int32_t ifindex, const char *name)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY);
	struct bpf_tc_hook hook = ingress_of(ifindex);
	int fd, error;
	__u32 id;

	error = find_in_clsact(ifindex, name, &fd, &id);
	if (error)
		return error == -ENOENT ? 0 : error;
	close(fd);
	error = bpf_tc_detach(&hook, &opts);
	return error == -ENOENT || error == -EINVAL ? 0 : error;
}

/* tcQuery(ifindex, name) -> id of the program of that name, or undefined */
static napi_value tc_query(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char name[BRIDGE_TEXT_MAX];
	int32_t ifindex;
	int error, fd;
	__u32 id;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &ifindex) ||
	    !bridge_text(env, arguments.values[1], name))
		return NULL;
	/* First, so that one that an earlier version left there is replaced even if the interface has both. */
	error = find_in_clsact(ifindex, name, &fd, &id);
	if (error == -ENOENT)
		error = find_in_tcx(ifindex, name, &fd, &id);
	if (error == -ENOENT || error == -EINVAL)
		return bridge_undefined(env);
	if (error)
		return bridge_throw(env, -error, "cannot query the programs of ifindex %d", ifindex);
	close(fd);
	return bridge_number(env, id);
}

static int attach_to_clsact(int32_t ifindex, int program)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY, .flags = BPF_TC_F_REPLACE,
		    .prog_fd = program);
	struct bpf_tc_hook hook = ingress_of(ifindex);
	int error = bpf_tc_hook_create(&hook);

	return error && error != -EEXIST ? error : bpf_tc_attach(&hook, &opts);
}

/* In one step when another version is there; -EINVAL when the kernel has no tcx. */
static int attach_to_tcx(int32_t ifindex, int program, const char *name)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = TCX_BEFORE);
	int earlier = -1;
	__u32 id;
	int error = find_in_tcx(ifindex, name, &earlier, &id);

	if (error && error != -ENOENT)
		return error;
	if (!error) {
		opts.flags = BPF_F_REPLACE;
		opts.replace_prog_fd = earlier;
	}
	error = bpf_prog_attach_opts(program, ifindex, TCX_INGRESS, &opts) ? -errno : 0;
	if (earlier >= 0)
		close(earlier);
	return error == -EEXIST ? 0 : error;
}

/*
 * tcAttach(ifindex, program): puts the program in the place of the one of its name, in one step, or before all others. Where
 * an earlier version of musersd used clsact, both judge for a moment, rather than neither.
 */
static napi_value tc_attach(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char name[BPF_OBJ_NAME_LEN];
	int32_t ifindex, program;
	int error;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &ifindex) ||
	    !bridge_int(env, arguments.values[1], &program))
		return NULL;
	error = read_name(program, name);
	if (!error)
		error = attach_to_tcx(ifindex, program, name);
	if (error == -EINVAL)
		error = attach_to_clsact(ifindex, program);
	else if (!error)
		error = remove_from_clsact(ifindex, name);
	if (error)
		return bridge_throw(env, -error, "cannot attach the program to ifindex %d", ifindex);
	return bridge_undefined(env);
}

/* tcDetach(ifindex, name): takes the program of that name off */
static napi_value tc_detach(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char name[BRIDGE_TEXT_MAX];
	int32_t ifindex;
	int error, fd;
	__u32 id;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &ifindex) ||
	    !bridge_text(env, arguments.values[1], name))
		return NULL;
	error = find_in_tcx(ifindex, name, &fd, &id);
	if (!error) {
		error = bpf_prog_detach2(fd, ifindex, TCX_INGRESS) ? -errno : 0;
		close(fd);
	}
	if (!error || error == -ENOENT || error == -EINVAL)
		error = remove_from_clsact(ifindex, name);
	if (error)
		return bridge_throw(env, -error, "cannot detach the program from ifindex %d", ifindex);
	return bridge_undefined(env);
}

const struct bridge_function bridge_tc_functions[] = {
	{ "tcAttach", tc_attach },
	{ "tcDetach", tc_detach },
	{ "tcQuery", tc_query },
	{ NULL, NULL },
};
