// SPDX-License-Identifier: MIT
#include "bridge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

napi_value bridge_throw_engine(napi_env env, const char *call)
{
	bool pending = false;

	napi_is_exception_pending(env, &pending);
	if (!pending)
		napi_throw_error(env, "ENGINE", call);
	return NULL;
}

napi_value bridge_throw(napi_env env, int error, const char *format, ...)
{
	const char *name = strerrorname_np(error);
	char what[512], message[768];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(message, sizeof(message), "%s: %s", what, strerrordesc_np(error) ?: "unknown error");
	napi_throw_error(env, name ?: "EUNKNOWN", message);
	return NULL;
}

void bridge_die_of_exception(napi_env env)
{
	napi_value exception;
	bool pending = false;

	if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
	    napi_get_and_clear_last_exception(env, &exception) == napi_ok)
		napi_fatal_exception(env, exception);
}

bool bridge_arguments(napi_env env, napi_callback_info info, size_t count, struct bridge_arguments *arguments)
{
	arguments->count = BRIDGE_ARGUMENTS_MAX;
	if (napi_get_cb_info(env, info, &arguments->count, arguments->values, NULL, NULL) != napi_ok) {
		bridge_throw_engine(env, "napi_get_cb_info");
		return false;
	}
	if (arguments->count < count) {
		napi_throw_type_error(env, "ERR_MISSING_ARGS", "too few arguments");
		return false;
	}
	return true;
}

bool bridge_int(napi_env env, napi_value value, int32_t *result)
{
	if (napi_get_value_int32(env, value, result) == napi_ok)
		return true;
	napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a number is needed");
	return false;
}

bool bridge_text(napi_env env, napi_value value, char result[BRIDGE_TEXT_MAX])
{
	size_t length;

	if (napi_get_value_string_utf8(env, value, result, BRIDGE_TEXT_MAX, &length) == napi_ok && length < BRIDGE_TEXT_MAX - 1)
		return true;
	napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a shorter string is needed");
	return false;
}

bool bridge_bytes(napi_env env, napi_value value, void **bytes, size_t *length)
{
	napi_typedarray_type type;

	if (napi_get_typedarray_info(env, value, &type, length, bytes, NULL, NULL) == napi_ok && type == napi_uint8_array)
		return true;
	napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a Uint8Array is needed");
	return false;
}

napi_value bridge_number(napi_env env, double number)
{
	napi_value value = NULL;

	BRIDGE_CHECK(env, napi_create_double(env, number, &value));
	return value;
}

napi_value bridge_undefined(napi_env env)
{
	napi_value value = NULL;

	BRIDGE_CHECK(env, napi_get_undefined(env, &value));
	return value;
}

void bridge_set(napi_env env, napi_value object, const char *name, napi_value value)
{
	if (value && napi_set_named_property(env, object, name, value) != napi_ok)
		bridge_throw_engine(env, "napi_set_named_property");
}

static void define(napi_env env, napi_value exports, const struct bridge_function *function)
{
	for (; function->name; function++) {
		napi_value value = NULL;

		if (napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->callback, NULL, &value) != napi_ok)
			bridge_throw_engine(env, "napi_create_function");
		bridge_set(env, exports, function->name, value);
	}
}

NAPI_MODULE_INIT()
{
	define(env, exports, bridge_bpf_functions);
	define(env, exports, bridge_genl_functions);
	define(env, exports, bridge_link_functions);
	define(env, exports, bridge_memory_functions);
	define(env, exports, bridge_mroute_functions);
	define(env, exports, bridge_privilege_functions);
	define(env, exports, bridge_tc_functions);
	define(env, exports, bridge_udp_functions);
	return exports;
}
