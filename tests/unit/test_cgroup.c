/* SPDX-License-Identifier: Apache-2.0 */
/* From cgroup paths to container ids: what each engine writes, near misses, hostile lists. */
#include "unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_int.h"

#define ID64 "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define ID12 "3ad7b26ded6d"
#define ID63 "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601"
#define OTHER64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER64 "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

static const char *id_of(const char *list, size_t len)
{
	static char text[CONTAINER_ID_MAX + 1];
	char id[CONTAINER_ID_MAX], *copy = malloc(len ? len : 1);
	size_t id_len;

	/* Exactly so large, for the sanitizer. */
	if (!copy)
		abort();
	memcpy(copy, list, len);
	id_len = cgroup_container_id(copy, len, id);
	free(copy);
	CHECK(id_len <= CONTAINER_ID_MAX);
	memcpy(text, id, id_len);
	text[id_len] = '\0';
	return text;
}

static const char *id_of_path(const char *path)
{
	static char item[8192];

	return id_of(item, (size_t)snprintf(item, sizeof(item), "cpu=%s", path) + 1);
}

struct row {
	const char *path, *id;
};

static void check_rows(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(id_of_path(rows[i].path), rows[i].id) != 0)
			test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", rows[i].path,
				  id_of_path(rows[i].path), rows[i].id);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

TEST(engines)
{
	static const struct row rows[] = {
		/* clang-format off */
		/* podman */
		{ "/machine.slice/libpod-" ID64 ".scope", ID12 },
		{ "/user.slice/user@0.service/libpod-" ID64 ".scope/container", ID12 },
		{ "/libpod_parent/libpod-" ID64, ID12 },
		{ "/machine.slice/libpod-payload-" ID64 ".scope", ID12 },
		{ "/machine.slice/libpod-payload-" ID64 ".scope/container", ID12 },
		{ "/machine.slice/libpod-payload-" ID64, ID12 },
		/* docker */
		{ "/docker/" ID64, ID12 },
		{ "/" ID64, ID12 },
		{ "/system.slice/docker-" ID64 ".scope", ID12 },
		{ "/system.slice/docker-" ID64 ".scope/init.scope", "" },
		{ "/system.slice/docker-" ID64 ".scope/deeper", ID12 },
		/* CRI */
		{ "/kubepods/besteffort/pod63b3ebfc-2890-4911-9e37-d7cbc1a9a7e3/" ID64, ID12 },
		{ "/kubepods.slice/crio-" ID64, ID12 },
		{ "/kubepods.slice/crio-" ID64 ".scope", ID12 },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID64 ".scope", ID12 },
		{ "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID64, ID12 },
		{ "/kubepods.slice/docker-" ID64 ".scope", ID12 },
		{ "/user.slice/nerdctl-" ID64 ".scope", ID12 },
		/* containerd: whatever a client called it, in a namespace */
		{ "/default/redis", "redis" },
		{ "/default/a-name-of-many-letters", "a-name-of-ma" },
		{ "/my-ns.v1_x/job", "job" },
		{ "/default/" ID63, ID12 },
		/* LXC */
		{ "/lxc/web-1", "web-1" },
		{ "/lxc/web-1/user.slice/session.scope", "web-1" },
		{ "/lxc.payload/web-1/init.scope", "web-1" },
		{ "/lxc.payload.web-1", "web-1" },
		{ "/lxc.payload.web-1/system.slice/cron.service", "web-1" },
		/* libvirt's LXC driver */
		{ "/guest.libvirt-lxc", "guest" },
		{ "/machine-/guest.libvirt-lxc", "guest" },
		{ "/machine.slice/machine-lxc\\x2dguest.scope", "guest" },
		{ "/machine-lxc\\x2d7\\x2dguest.scope/libvirt", "7\\x2dguest" },
		{ "/a b/libvirt/lxc/guest.scope", "guest.scope" },
		/* BOSH process manager */
		{ "/system.slice/bpm-uaa-1.scope", "uaa-1" },
		{ "/bpm-uaa_1.0", "uaa_1.0" },
		/* clang-format on */
	};

	CHECK_ROWS(rows);
}

TEST(the_host)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ "", "" }, { "/", "" }, { "//", "" }, { "/init.scope", "" },
		{ "/user.slice/user-1000.slice/session-1.scope", "" },
		{ "/system.slice/ssh.service", "" },
		{ "/user.slice/user-501.slice", "" },
		/* clang-format on */
	};

	CHECK_ROWS(rows);
}

TEST(near_misses)
{
	static const struct row rows[] = {
		/* clang-format off */
		/* One digit too few or too many, or a letter that is none. */
		{ "/system.slice/docker-" ID63 ".scope", "" },
		{ "/system.slice/docker-" ID64 "0.scope", "" },
		{ "/system.slice/docker-" ID63 "g.scope", "" },
		{ "/machine.slice/libpod-" ID63 ".scope", "" },
		{ "/machine.slice/libpod-payload-" ID63 "-.scope", "" },
		{ "/kubepods.slice/crio-" ID64 "0.scope", "" },
		{ "/system.slice/docker-.scope", "" },
		{ "/" ID63, "" },
		{ "/" ID64 "/", "" },
		/* The last of two. */
		{ "/docker/" OTHER64 "/" ID64, ID12 },
		{ "/docker-" OTHER64 ".scope/docker-" ID64 ".scope", ID12 },
		/* A suffix in front of the prefix. */
		{ "/a.scope/docker-" ID64, "" },
		/* Capital digits are digits. */
		{ "/docker/" UPPER64, "0123456789AB" },
		/* containerd: endings of systemd, names that are no namespace, no id, a long one */
		{ "/default/redis.service", "" },
		{ "/default/redis.slice", "" },
		{ "/default/redis.scope", "" },
		{ "/-default/redis", "" },
		{ "/de..fault/redis", "" },
		{ "/default./redis", "" },
		{ "/d\xc3\xa9""fault/redis", "" },
		{ "/default/", "" },
		{ "/default/" ID64 "0", "" },
		{ "default/redis", "" },
		/* The first component that is a namespace, not the first of all. */
		{ "/a b/default/redis", "redis" },
		/* Others without an id. */
		{ "/a b/lxc/", "" },
		{ "/lxc.payload./x.scope", "" },
		{ "/-/.libvirt-lxc", "" },
		{ "/-/machine-lxc\\x2d.scope", "" },
		{ "/-lxc\\x2.scope", "" },
		{ "/bpm-.scope", "" },
		{ "/bpm-a b.scope", "" },
		/* clang-format on */
	};

	CHECK_ROWS(rows);
}

TEST(order_of_engines)
{
	/* Both an id in full and a containerd namespace; both LXC and libvirt. */
	CHECK_STR(id_of_path("/default/" ID64), ID12);
	CHECK_STR(id_of_path("/a b/libvirt/lxc/guest/x.slice"), "guest");
	/* containerd is asked before LXC, and takes any two names for its own. */
	CHECK_STR(id_of_path("/lxc/a-name-of-many-letters"), "a-name-of-ma");
	CHECK_STR(id_of_path("/lxc/a-name-of-many-letters/init.scope"), "a-name-of-many-letters");
}

#define CHECK_LIST(list, want) CHECK_STR(id_of(list, sizeof(list) - 1), want)

TEST(lists)
{
	/* The first path that fits, whichever it is; hybrid set-ups have both kinds. */
	CHECK_LIST("cpuset=/\0cpu=/docker/" ID64 "\0memory=/\0", ID12);
	CHECK_LIST("name=systemd=/docker/" ID64 "\0", ID12);
	CHECK_LIST("cpuset=/\0name=systemd=/user.slice/a.scope\0io=/system.slice/docker-" ID64
		   ".scope\0",
		   ID12);
	CHECK_LIST("cpu=/docker/" ID64 "\0memory=/docker/" OTHER64 "\0", ID12);
	/* Without the last NUL, without a subsystem, empty items, nothing. */
	CHECK_LIST("cpu=/docker/" ID64, ID12);
	CHECK_LIST("/docker/" ID64, ID12);
	CHECK_LIST("\0\0=\0cpu=\0\0a=/docker/" ID64 "\0\0", ID12);
	CHECK_LIST("", "");
	CHECK_LIST("\0", "");
}

TEST(hostile_lengths)
{
	static char path[70000];
	size_t i;

	/* A name of every length around the limits; never more than the buffer of the caller. */
	memcpy(path, "a=/lxc.payload.", 15);
	memset(path + 15, 'x', sizeof(path) - 15);
	for (i = 0; i < 600; i++)
		CHECK_INT(strlen(id_of(path, 15 + i)), i < CONTAINER_ID_MAX ? i : CONTAINER_ID_MAX);
	CHECK_INT(strlen(id_of(path, sizeof(path))), CONTAINER_ID_MAX);
	/* Nothing but separators and prefixes. */
	memset(path, '/', sizeof(path));
	CHECK_STR(id_of(path, sizeof(path)), "");
	for (i = 0; i + 8 <= sizeof(path); i += 8)
		memcpy(path + i, "/docker-", 8);
	CHECK_STR(id_of(path, sizeof(path)), "");
}
