/* SPDX-License-Identifier: MIT */
/*
 * What the files of the bridge share: argument access and errors.
 *
 * The bridge is mechanism without policy. Its callers (src/native.ts) check types and ranges; a failed system call
 * becomes a JavaScript Error whose `code` is the errno name and whose message names operation and object.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRIDGE_ARGUMENTS_MAX 6
#define BRIDGE_TEXT_MAX 4096

struct bridge_arguments {
	size_t count;
	napi_value values[BRIDGE_ARGUMENTS_MAX];
};

/* Throws and returns NULL when the engine itself failed (every failed napi call must end in a throw). */
#define BRIDGE_CHECK(env, call)                               \
	do {                                                  \
		if ((call) != napi_ok)                        \
			return bridge_throw_engine(env, #call); \
	} while (0)

napi_value bridge_throw_engine(napi_env env, const char *call);

/* Throws an Error with the errno name as code; `error` is a positive errno. Always returns NULL. */
napi_value bridge_throw(napi_env env, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Ends the process with what a callback threw: a pending exception would make every later call fail in silence. */
void bridge_die_of_exception(napi_env env);

/* Fetches the arguments; false when a JavaScript exception is pending. */
bool bridge_arguments(napi_env env, napi_callback_info info, size_t count, struct bridge_arguments *arguments);
bool bridge_int(napi_env env, napi_value value, int32_t *result);
bool bridge_text(napi_env env, napi_value value, char result[BRIDGE_TEXT_MAX]);
/* Borrows the bytes of a Uint8Array; valid until control returns to JavaScript. */
bool bridge_bytes(napi_env env, napi_value value, void **bytes, size_t *length);

napi_value bridge_number(napi_env env, double number);
napi_value bridge_undefined(napi_env env);
/* Sets a named property; engine failures surface on the next checked call. */
void bridge_set(napi_env env, napi_value object, const char *name, napi_value value);

struct bridge_function {
	const char *name;
	napi_callback callback;
};

/* Tables of functions, ended by a NULL name. */
extern const struct bridge_function bridge_bpf_functions[];
extern const struct bridge_function bridge_genl_functions[];
extern const struct bridge_function bridge_link_functions[];
extern const struct bridge_function bridge_memory_functions[];
extern const struct bridge_function bridge_mroute_functions[];
extern const struct bridge_function bridge_privilege_functions[];
extern const struct bridge_function bridge_tc_functions[];
extern const struct bridge_function bridge_udp_functions[];

#endif
