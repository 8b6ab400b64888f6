// SPDX-License-Identifier: MIT
/* Giving up, for good, what only the start of a process needs. */
#include "bridge.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int drop_bounding_set(void)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (prctl(PR_CAPBSET_DROP, capability))
			return errno;
	return 0;
}

static int clear_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return syscall(SYS_capset, &header, none) ? errno : 0;
}

/* dropPrivileges(uid, gid): for all threads; the process can never regain what it gives up */
static napi_value drop_privileges(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t uid, gid;
	int error;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &uid) ||
	    !bridge_int(env, arguments.values[1], &gid))
		return NULL;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return bridge_throw(env, errno, "cannot set no_new_privs");
	error = drop_bounding_set();
	if (error)
		return bridge_throw(env, error, "cannot drop the capability bounding set");
	/* glibc changes the identity of every thread, and the kernel clears the capabilities of each that leaves uid 0. */
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return bridge_throw(env, errno, "cannot become user %d", uid);
	error = clear_capabilities();
	if (error)
		return bridge_throw(env, error, "cannot drop the capabilities");
	return bridge_undefined(env);
}

/* dieWithParent(pid): SIGKILL when the parent ends; throws when it has ended already */
static napi_value die_with_parent(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t parent;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_int(env, arguments.values[0], &parent))
		return NULL;
	/* Cleared by a change of identity, so this comes after it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return bridge_throw(env, errno, "cannot follow the parent process");
	if (getppid() != parent)
		return bridge_throw(env, ESRCH, "the parent process has ended");
	return bridge_undefined(env);
}

const struct bridge_function bridge_privilege_functions[] = {
	{ "dieWithParent", die_with_parent },
	{ "dropPrivileges", drop_privileges },
	{ NULL, NULL },
};
