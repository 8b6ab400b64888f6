// SPDX-License-Identifier: MIT
/* Programs, maps and pins. File descriptors travel as numbers; the caller closes them. */
#include "bridge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BPFFS_MAGIC 0xcafe4a11
#define READ_CURSOR_LENGTH 65
#define PROGRAM_MAPS_MAX 64

static napi_value fd_close(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t fd;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_int(env, arguments.values[0], &fd))
		return NULL;
	close(fd);
	return bridge_undefined(env);
}

/* Offers the map of that name in `reuse` (an object of name: fd) to libbpf; 0 when there is none. */
static int reuse_map(napi_env env, napi_value reuse, struct bpf_map *map)
{
	const char *name = bpf_map__name(map);
	napi_value value;
	bool has = false;
	int32_t fd;

	if (napi_has_named_property(env, reuse, name, &has) != napi_ok || !has)
		return 0;
	if (napi_get_named_property(env, reuse, name, &value) != napi_ok || napi_get_value_int32(env, value, &fd) != napi_ok)
		return -EINVAL;
	return bpf_map__reuse_fd(map, fd);
}

static int prepare_maps(napi_env env, struct bpf_object *object, napi_value reuse, int32_t senders_max)
{
	static const char *const tables[] = { "senders", "senders6" };
	struct bpf_map *map;
	int error;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		map = bpf_object__find_map_by_name(object, tables[i]);
		/* Filters of an earlier version, which tests load, do not know IPv6. */
		if (!map && i > 0)
			continue;
		if (!map)
			return -ENOENT;
		error = bpf_map__set_max_entries(map, senders_max);
		if (error)
			return error;
	}
	bpf_object__for_each_map(map, object) {
		error = reuse_map(env, reuse, map);
		if (error)
			return error;
	}
	return 0;
}

static napi_value describe_object(napi_env env, struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);
	napi_value result, maps;
	struct bpf_map *map;

	BRIDGE_CHECK(env, napi_create_object(env, &result));
	BRIDGE_CHECK(env, napi_create_object(env, &maps));
	bridge_set(env, result, "program", bridge_number(env, fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3)));
	bpf_object__for_each_map(map, object)
		bridge_set(env, maps, bpf_map__name(map), bridge_number(env, fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3)));
	bridge_set(env, result, "maps", maps);
	return result;
}

/* objectLoad(path, sendersMax, reuse) -> { program, maps: { name: fd } } */
static napi_value object_load(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char path[BRIDGE_TEXT_MAX];
	struct bpf_object *object;
	napi_value result = NULL;
	int32_t senders_max;
	int error;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_text(env, arguments.values[0], path) ||
	    !bridge_int(env, arguments.values[1], &senders_max))
		return NULL;
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return bridge_throw(env, errno, "cannot open the filter object %s", path);
	error = prepare_maps(env, object, arguments.values[2], senders_max);
	if (!error)
		error = bpf_object__load(object);
	if (error)
		bridge_throw(env, -error, "cannot load the filter %s", path);
	else
		result = describe_object(env, object);
	bpf_object__close(object);
	return result;
}

/* pin(fd, path) */
static napi_value pin(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char path[BRIDGE_TEXT_MAX];
	int32_t fd;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_text(env, arguments.values[1], path))
		return NULL;
	if (bpf_obj_pin(fd, path))
		return bridge_throw(env, errno, "cannot pin %s", path);
	return bridge_undefined(env);
}

/* pinned(path) -> fd, or undefined when nothing is pinned there */
static napi_value pinned(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char path[BRIDGE_TEXT_MAX];
	int fd;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_text(env, arguments.values[0], path))
		return NULL;
	fd = bpf_obj_get(path);
	if (fd < 0 && errno == ENOENT)
		return bridge_undefined(env);
	if (fd < 0)
		return bridge_throw(env, errno, "cannot open the pin %s", path);
	return bridge_number(env, fd);
}

/* mountBpffs(path) -> whether path had to be mounted */
static napi_value mount_bpffs(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	char path[BRIDGE_TEXT_MAX];
	struct statfs stat;
	napi_value result;
	bool mounted;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_text(env, arguments.values[0], path))
		return NULL;
	mounted = statfs(path, &stat) == 0 && (uint32_t)stat.f_type == BPFFS_MAGIC;
	if (!mounted && mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return bridge_throw(env, errno, "cannot mount a BPF file system on %s", path);
	BRIDGE_CHECK(env, napi_get_boolean(env, !mounted, &result));
	return result;
}

static void format_tag(const __u8 tag[BPF_TAG_SIZE], char text[2 * BPF_TAG_SIZE + 1])
{
	for (int i = 0; i < BPF_TAG_SIZE; i++)
		sprintf(text + 2 * i, "%02x", tag[i]);
}

static napi_value text_value(napi_env env, const char *text)
{
	napi_value value = NULL;

	BRIDGE_CHECK(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value));
	return value;
}

/* programInfo(fd) -> { id, name, tag, mapIds } */
static napi_value program_info(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	struct bpf_prog_info program;
	__u32 map_ids[PROGRAM_MAPS_MAX], length = sizeof(program);
	char tag[2 * BPF_TAG_SIZE + 1];
	napi_value result, ids;
	int32_t fd;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_int(env, arguments.values[0], &fd))
		return NULL;
	memset(&program, 0, sizeof(program));
	program.nr_map_ids = PROGRAM_MAPS_MAX;
	program.map_ids = (uintptr_t)map_ids;
	if (bpf_obj_get_info_by_fd(fd, &program, &length))
		return bridge_throw(env, errno, "cannot describe a BPF program");
	format_tag(program.tag, tag);
	BRIDGE_CHECK(env, napi_create_object(env, &result));
	BRIDGE_CHECK(env, napi_create_array(env, &ids));
	for (__u32 i = 0; i < program.nr_map_ids && i < PROGRAM_MAPS_MAX; i++)
		BRIDGE_CHECK(env, napi_set_element(env, ids, i, bridge_number(env, map_ids[i])));
	bridge_set(env, result, "id", bridge_number(env, program.id));
	bridge_set(env, result, "name", text_value(env, program.name));
	bridge_set(env, result, "tag", text_value(env, tag));
	bridge_set(env, result, "mapIds", ids);
	return result;
}

/* mapInfo(fd) -> { name, keyLength, valueLength, entriesMax } */
static napi_value map_info(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	struct bpf_map_info map;
	__u32 length = sizeof(map);
	napi_value result;
	int32_t fd;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_int(env, arguments.values[0], &fd))
		return NULL;
	memset(&map, 0, sizeof(map));
	if (bpf_obj_get_info_by_fd(fd, &map, &length))
		return bridge_throw(env, errno, "cannot describe a BPF map");
	BRIDGE_CHECK(env, napi_create_object(env, &result));
	bridge_set(env, result, "name", text_value(env, map.name));
	bridge_set(env, result, "keyLength", bridge_number(env, map.key_size));
	bridge_set(env, result, "valueLength", bridge_number(env, map.value_size));
	bridge_set(env, result, "entriesMax", bridge_number(env, map.max_entries));
	return result;
}

/* programRun(program, frame, ifindex) -> { action, mark } */
static napi_value program_run(napi_env env, napi_callback_info info)
{
	struct __sk_buff context = { .mark = 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &context, .ctx_size_in = sizeof(context), .ctx_out = &context,
		    .ctx_size_out = sizeof(context));
	struct bridge_arguments arguments;
	int32_t program, ifindex;
	napi_value result;
	size_t length;
	void *frame;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_int(env, arguments.values[0], &program) ||
	    !bridge_bytes(env, arguments.values[1], &frame, &length) || !bridge_int(env, arguments.values[2], &ifindex))
		return NULL;
	opts.data_in = frame;
	opts.data_size_in = length;
	context.ifindex = ifindex;
	if (bpf_prog_test_run_opts(program, &opts))
		return bridge_throw(env, errno, "cannot run the filter on a frame");
	BRIDGE_CHECK(env, napi_create_object(env, &result));
	bridge_set(env, result, "action", bridge_number(env, (int32_t)opts.retval));
	bridge_set(env, result, "mark", bridge_number(env, context.mark));
	return result;
}

static napi_value fd_by_id(napi_env env, napi_callback_info info, int (*get)(__u32), const char *what)
{
	struct bridge_arguments arguments;
	int32_t id;
	int fd;

	if (!bridge_arguments(env, info, 1, &arguments) || !bridge_int(env, arguments.values[0], &id))
		return NULL;
	fd = get(id);
	if (fd < 0)
		return bridge_throw(env, errno, "cannot open BPF %s %d", what, id);
	return bridge_number(env, fd);
}

/* programById(id) -> fd */
static napi_value program_by_id(napi_env env, napi_callback_info info)
{
	return fd_by_id(env, info, bpf_prog_get_fd_by_id, "program");
}

/* mapById(id) -> fd */
static napi_value map_by_id(napi_env env, napi_callback_info info)
{
	return fd_by_id(env, info, bpf_map_get_fd_by_id, "map");
}

/* mapLookup(fd, key, value) -> whether the entry exists; fills value */
static napi_value map_lookup(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	size_t key_length, value_length;
	void *key, *value;
	napi_value result;
	int32_t fd;
	int error;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &key, &key_length) ||
	    !bridge_bytes(env, arguments.values[2], &value, &value_length))
		return NULL;
	error = bpf_map_lookup_elem(fd, key, value) ? errno : 0;
	if (error && error != ENOENT)
		return bridge_throw(env, error, "cannot read a map entry");
	BRIDGE_CHECK(env, napi_get_boolean(env, !error, &result));
	return result;
}

/* mapUpdate(fd, key, value) */
static napi_value map_update(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	size_t key_length, value_length;
	void *key, *value;
	int32_t fd;

	if (!bridge_arguments(env, info, 3, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &key, &key_length) ||
	    !bridge_bytes(env, arguments.values[2], &value, &value_length))
		return NULL;
	if (bpf_map_update_elem(fd, key, value, BPF_ANY))
		return bridge_throw(env, errno, "cannot write a map entry");
	return bridge_undefined(env);
}

/* mapDelete(fd, key) -> whether the entry existed */
static napi_value map_delete(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	napi_value result;
	size_t length;
	int32_t fd;
	void *key;
	int error;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &key, &length))
		return NULL;
	error = bpf_map_delete_elem(fd, key) ? errno : 0;
	if (error && error != ENOENT)
		return bridge_throw(env, error, "cannot delete a map entry");
	BRIDGE_CHECK(env, napi_get_boolean(env, !error, &result));
	return result;
}

/* How many entries a batch reached before one failed; an early failure leaves the count as it was asked. */
static __u32 reached(__u32 count, __u32 wanted)
{
	return count < wanted ? count : 0;
}

/* mapUpdateMany(fd, keys, values, count) -> how many of the first `count` entries were written before one could not be */
static napi_value map_update_many(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	size_t keys_length, values_length;
	void *keys, *values;
	int32_t fd, wanted;
	__u32 count;

	if (!bridge_arguments(env, info, 4, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &keys, &keys_length) ||
	    !bridge_bytes(env, arguments.values[2], &values, &values_length) ||
	    !bridge_int(env, arguments.values[3], &wanted))
		return NULL;
	count = wanted;
	if (count > 0 && bpf_map_update_batch(fd, keys, values, &count, NULL))
		count = reached(count, wanted);
	return bridge_number(env, count);
}

/*
 * mapDeleteMany(fd, keys, keyLength, count) -> how many of the first `count` entries are gone before one could not be deleted
 *
 * An entry that is not there ends a batch of the kernel, but not this.
 */
static napi_value map_delete_many(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t fd, key_length, wanted;
	size_t keys_length;
	__u32 gone = 0;
	uint8_t *keys;

	if (!bridge_arguments(env, info, 4, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], (void **)&keys, &keys_length) ||
	    !bridge_int(env, arguments.values[2], &key_length) || !bridge_int(env, arguments.values[3], &wanted))
		return NULL;
	while (gone < (__u32)wanted) {
		__u32 left = wanted - gone, count = left;

		if (bpf_map_delete_batch(fd, keys + (size_t)gone * key_length, &count, NULL) == 0)
			return bridge_number(env, wanted);
		if (errno != ENOENT)
			return bridge_number(env, gone + reached(count, left));
		gone += count + 1;
	}
	return bridge_number(env, gone);
}

/* How far a reading has come: the first byte of its cursor; behind it is the kernel's, for a trie as long as a key. */
enum read_state {
	READ_BEGINS = 0,
	READ_GOES_ON = 1,
	READ_ENDED = 2,
};

/*
 * mapRead(fd, cursor, keys, keyLength, values, valueLength) -> entries
 *
 * Fills the buffers of whole entries with the next ones; the cursor is 0 before the first, and its first byte is 2 after the last.
 */
static napi_value map_read(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	int32_t fd, key_length, value_length;
	size_t cursor_length, keys_length, values_length;
	uint8_t *cursor;
	void *keys, *values;
	__u32 count;
	int error;

	if (!bridge_arguments(env, info, 6, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], (void **)&cursor, &cursor_length) ||
	    !bridge_bytes(env, arguments.values[2], &keys, &keys_length) ||
	    !bridge_int(env, arguments.values[3], &key_length) ||
	    !bridge_bytes(env, arguments.values[4], &values, &values_length) ||
	    !bridge_int(env, arguments.values[5], &value_length))
		return NULL;
	if (cursor_length < READ_CURSOR_LENGTH || key_length < 1 || value_length < 1)
		return bridge_throw(env, EINVAL, "cannot read a map");
	if (cursor[0] == READ_ENDED)
		return bridge_number(env, 0);
	count = keys_length / key_length < values_length / value_length ? keys_length / key_length : values_length / value_length;
	error = bpf_map_lookup_batch(fd, cursor[0] == READ_BEGINS ? NULL : cursor + 1, cursor + 1, keys, values, &count, NULL) ?
			errno : 0;
	/* ENOSPC: one bucket holds more than the buffers, of which there are none in a table that anybody made. */
	if (error && error != ENOENT)
		return bridge_throw(env, error, "cannot read a map");
	cursor[0] = error ? READ_ENDED : READ_GOES_ON;
	return bridge_number(env, count);
}

/* mapIsEmpty(fd, key) -> whether there is no entry; key is room for one */
static napi_value map_is_empty(napi_env env, napi_callback_info info)
{
	struct bridge_arguments arguments;
	napi_value result;
	size_t length;
	int32_t fd;
	void *key;
	int error;

	if (!bridge_arguments(env, info, 2, &arguments) || !bridge_int(env, arguments.values[0], &fd) ||
	    !bridge_bytes(env, arguments.values[1], &key, &length))
		return NULL;
	error = bpf_map_get_next_key(fd, NULL, key) ? errno : 0;
	if (error && error != ENOENT)
		return bridge_throw(env, error, "cannot read a map");
	BRIDGE_CHECK(env, napi_get_boolean(env, error == ENOENT, &result));
	return result;
}

/* possibleCpus() -> number of CPUs in a per-CPU value */
static napi_value possible_cpus(napi_env env, napi_callback_info info)
{
	(void)info;
	return bridge_number(env, libbpf_num_possible_cpus());
}

static int silence(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* quiet(): errors reach the caller as exceptions, so libbpf need not print them too */
static napi_value quiet(napi_env env, napi_callback_info info)
{
	(void)info;
	libbpf_set_print(silence);
	return bridge_undefined(env);
}

const struct bridge_function bridge_bpf_functions[] = {
	{ "close", fd_close },
	{ "mapById", map_by_id },
	{ "mapDelete", map_delete },
	{ "mapDeleteMany", map_delete_many },
	{ "mapInfo", map_info },
	{ "mapIsEmpty", map_is_empty },
	{ "mapLookup", map_lookup },
	{ "mapRead", map_read },
	{ "mapUpdate", map_update },
	{ "mapUpdateMany", map_update_many },
	{ "mountBpffs", mount_bpffs },
	{ "objectLoad", object_load },
	{ "pin", pin },
	{ "pinned", pinned },
	{ "possibleCpus", possible_cpus },
	{ "programById", program_by_id },
	{ "programInfo", program_info },
	{ "programRun", program_run },
	{ "quiet", quiet },
	{ NULL, NULL },
};
