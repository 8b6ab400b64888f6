// SPDX-License-Identifier: MIT
/* A file as memory: what is written there survives the process without a system call. */
#include "bridge.h"

#include <errno.h>
#include <sys/mman.h>

/* mapFile(fd, length) -> Uint8Array over the first bytes of the file, which must have them; shared, for the life of the process */
static napi_value map_file(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	napi_value buffer, bytes;
	int32_t fd, length;
	void *memory;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_int(env, arguments.values[1], &length))
		return NULL;
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return bridge_throw(env, errno, "cannot map a file");
	BRIDGE_CHECK(env, napi_create_external_arraybuffer(env, memory, length, NULL, NULL, &buffer));
	BRIDGE_CHECK(env, napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &bytes));
	return bytes;
}

const struct bridge_function bridge_memory_functions[] = {
	{ "mapFile", map_file },
	{ NULL, NULL },
};
