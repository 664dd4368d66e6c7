/* SPDX-License-Identifier: Apache-2.0 */
/* Records as bytes: by hand, and as a decoder that is not ours reads them. */
#include "unit/harness.h"

#include <avro.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysflow/encode.h"
#include "sysflow/schema.h"
#include "unit/sfrecords.h"

static void check_bytes(const struct sysflow_record *record, int schema, bool raw,
			const char *want_hex)
{
	struct eyas_str out = EYAS_STR_INIT, hex = EYAS_STR_INIT;

	CHECK_INT(sf_encode(record, schema, raw, &out), 0);
	eyas_str_hexdump(&hex, out.data, out.len);
	eyas_str_putc(&hex, '\0');
	CHECK_STR(hex.data, want_hex);
	eyas_str_fini(&out);
	eyas_str_fini(&hex);
}

TEST(numbers)
{
	static const struct {
		int64_t value;
		const char *hex;
	} rows[] = {
		{ 0, "00" },
		{ -1, "01" },
		{ 1, "02" },
		{ 63, "7e" },
		{ -64, "7f" },
		{ 64, "8001" },
		{ -65, "8101" },
		{ 8191, "fe7f" },
		{ 8192, "808001" },
		{ INT64_MAX, "feffffffffffffffff01" },
		{ INT64_MIN, "ffffffffffffffffff01" },
	};
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT };
	char want[64];
	size_t i;

	record.u.k8s_event.message = "";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record.u.k8s_event.ts = rows[i].value;
		snprintf(want, sizeof(want), "160000%s00", rows[i].hex);
		check_bytes(&record, 5, false, want);
	}
}

TEST(a_header_by_hand)
{
	struct sysflow_record record = { .type = SYSFLOW_HEADER };

	record.u.header = (struct sysflow_header){ 5, "e", "NA", "/a" };
	/* branch 0, version 5, and three strings with their lengths */
	check_bytes(&record, 5, false, "000a0265044e41042f61");
}

TEST(a_process_by_hand)
{
	struct sysflow_record record = { .type = SYSFLOW_PROCESS };
	static const char *const env[] = { "A", "" };

	record.u.process = (struct sysflow_process){ .state = SYSFLOW_REUP,
						     .oid = { 1, 2 },
						     .ts = 3,
						     .exe = "x",
						     .exeArgs = "",
						     .uid = -1,
						     .userName = "u",
						     .gid = 4,
						     .groupName = "g",
						     .tty = true,
						     .cwd = "/",
						     .env = { env, 2 } };
	check_bytes(&record, 5, false,
		    "04"	 /* branch */
		    "04"	 /* state */
		    "0204"	 /* oid */
		    "00"	 /* no poid */
		    "06"	 /* ts */
		    "027800"	 /* exe, exeArgs */
		    "010275"	 /* uid, userName */
		    "080267"	 /* gid, groupName */
		    "01"	 /* tty */
		    "00"	 /* no container */
		    "00"	 /* entry */
		    "022f"	 /* cwd */
		    "0402410000" /* env: two, and the end */
	);
	record.u.process.has_poid = true;
	record.u.process.poid = (struct sysflow_oid){ 5, 6 };
	record.u.process.containerId = "c";
	record.u.process.tty = false;
	record.u.process.entry = true;
	record.u.process.env.count = 0;
	check_bytes(&record, 5, false, "04040204020a0c060278000102750802670002026301022f00");
}

TEST(schema_6_appends_addresses)
{
	struct sysflow_record flow = { .type = SYSFLOW_NETWORK_FLOW };
	struct sysflow_record event = { .type = SYSFLOW_NETWORK_EVENT };
	char want[256];

	check_bytes(&flow, 5, false, "0a00000000000000000000000000000000");
	check_bytes(&flow, 6, false, "0a000000000000000000000000000000000000");
	check_bytes(&event, 5, false, "100000000000000000000000");
	check_bytes(&event, 6, false, "1000000000000000000000000000");
	flow.u.network_flow.ipv6 = event.u.network_event.ipv6 = true;
	memset(flow.u.network_flow.sip6, 0x11, 16);
	memset(flow.u.network_flow.dip6, 0x22, 16);
	memset(event.u.network_event.sip6, 0x33, 16);
	memset(event.u.network_event.dip6, 0x44, 16);
	snprintf(want, sizeof(want), "%s%s%s", "0a00000000000000000000000000000000",
		 "0211111111111111111111111111111111", "0222222222222222222222222222222222");
	check_bytes(&flow, 6, false, want);
	snprintf(want, sizeof(want), "%s%s%s", "100000000000000000000000",
		 "0233333333333333333333333333333333", "0244444444444444444444444444444444");
	check_bytes(&event, 6, false, want);
}

TEST(what_is_not_utf8)
{
	static const struct {
		const char *text, *hex, *raw_hex;
	} rows[] = {
		{ "abcdefgh\x7f", "1261626364656667687f", "1261626364656667687f" },
		{ "\xc3\xa9", "04c3a9", "04c3a9" },
		{ "12345678\xe2\x82\xac", "163132333435363738e282ac", "163132333435363738e282ac" },
		{ "\xff", "06efbfbd", "02ff" },
		{ "a\xc3", "0861efbfbd", "0461c3" },
		{ "\xed\xa0\x80", "12efbfbdefbfbdefbfbd", "06eda080" },
		{ "\xc0\xaf", "0cefbfbdefbfbd", "04c0af" },
		{ "x\xf0\x9f\x98\x80\x80y", "1278f09f9880efbfbd79", "0e78f09f98808079" },
	};
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT };
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record.u.k8s_event.message = rows[i].text;
		snprintf(want, sizeof(want), "16000000%s", rows[i].hex);
		check_bytes(&record, 5, false, want);
		snprintf(want, sizeof(want), "16000000%s", rows[i].raw_hex);
		check_bytes(&record, 5, true, want);
	}
	record.u.k8s_event.message = NULL;
	check_bytes(&record, 5, false, "1600000000");
}

TEST(what_is_not_utf8_is_found_anywhere)
{
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT };
	struct eyas_str out = EYAS_STR_INIT;
	char text[20];
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		text[i] = '\x80';
		record.u.k8s_event.message = text;
		out.len = 0;
		CHECK_INT(sf_encode(&record, 5, false, &out), 0);
		CHECK_INT(out.len, 5 + sizeof(text) - 1 + 2);
		CHECK(!memcmp(out.data + 5 + i, "\xef\xbf\xbd", 3));
	}
	eyas_str_fini(&out);
}

TEST(enums_stay_in_range)
{
	struct sysflow_record container = { .type = SYSFLOW_CONTAINER };
	struct sysflow_record file = { .type = SYSFLOW_FILE };
	struct sysflow_record event = { .type = SYSFLOW_K8S_EVENT };

	container.u.container.type = SYSFLOW_CT_BPM;
	check_bytes(&container, 5, false, "0200000000120000");
	container.u.container.type = 10;
	check_bytes(&container, 5, false, "02000000000a0000");
	container.u.container.type = 0xffff;
	check_bytes(&container, 5, true, "02000000000a0000");
	container.u.container.type = -1;
	check_bytes(&container, 5, false, "02000000000a0000");
	file.u.file.state = 3;
	check_bytes(&file, 5, false, "0604000000000000000000000000000000000000000000000000");
	event.u.k8s_event.kind = 10;
	event.u.k8s_event.action = 6;
	check_bytes(&event, 5, false, "16120a0000");
}

TEST(failures_leave_the_buffer_alone)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct sysflow_record record = sf_records[3].record;
	size_t len;

	CHECK_INT(sf_encode(&record, 5, false, &out), 0);
	len = out.len;
	CHECK_INT(sf_encode(&record, 5, false, &out), 0);
	CHECK_INT(out.len, 2 * len);
	CHECK(!memcmp(out.data, out.data + len, len));
	record.type = (enum sysflow_type)12;
	CHECK_INT(sf_encode(&record, 5, false, &out), -EINVAL);
	CHECK_INT(out.len, 2 * len);
	/* Text that there is no memory for. */
	record.type = SYSFLOW_K8S_EVENT;
	record.u.k8s_event.message = "x";
	out.nomem = true;
	CHECK_INT(sf_encode(&record, 5, false, &out), -ENOMEM);
	CHECK_INT(out.len, 2 * len);
	eyas_str_fini(&out);
}

/* ---- the schema, and what it says of the bytes ---- */

static void check_decoded(const struct sfrecord *row, int schema)
{
	struct eyas_str out = EYAS_STR_INIT;
	avro_value_iface_t *class;
	avro_schema_t parsed;
	avro_reader_t reader;
	avro_value_t value, rec, branch;
	char *got, want[1024];
	const char *extra = "";

	CHECK_INT(avro_schema_from_json_length(sf_schema_text(schema),
					       strlen(sf_schema_text(schema)), &parsed),
		  0);
	class = avro_generic_class_from_schema(parsed);
	CHECK(class);
	CHECK_INT(avro_generic_value_new(class, &value), 0);
	CHECK_INT(sf_encode(&row->record, schema, false, &out), 0);
	reader = avro_reader_memory(out.data, (int64_t)out.len);
	CHECK_INT(avro_value_read(reader, &value), 0);
	/* All of it. */
	CHECK(avro_skip(reader, 1));
	CHECK_INT(avro_value_get_by_index(&value, 0, &rec, NULL), 0);
	CHECK_INT(avro_value_get_current_branch(&rec, &branch), 0);
	CHECK_INT(avro_value_to_json(&branch, 1, &got), 0);
	if (schema == 6 &&
	    (row->record.type == SYSFLOW_NETWORK_FLOW || row->record.type == SYSFLOW_NETWORK_EVENT))
		extra = ", \"sip6\": null, \"dip6\": null";
	snprintf(want, sizeof(want), "%.*s%s}", (int)strlen(row->json) - 1, row->json, extra);
	CHECK_STR(got, want);
	free(got);
	avro_reader_free(reader);
	eyas_str_fini(&out);
	avro_value_decref(&value);
	avro_value_iface_decref(class);
	avro_schema_decref(parsed);
}

TEST(every_type_as_another_decoder_reads_it)
{
	size_t i;

	for (i = 0; i < SF_RECORDS; i++) {
		check_decoded(&sf_records[i], 5);
		check_decoded(&sf_records[i], 6);
	}
}

/*
 * Without comments and annotations, which do not change the bytes, and with the namespaces that
 * types have from the one around them.
 */
static void normalize(json_t *json, const char *space)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_object(json)) {
		json_object_del(json, "doc");
		json_object_del(json, "logicalType");
		if (json_object_get(json, "name") &&
		    (json_object_get(json, "fields") || json_object_get(json, "symbols") ||
		     json_object_get(json, "size"))) {
			if (!json_object_get(json, "namespace"))
				json_object_set_new(json, "namespace", json_string(space));
			space = json_string_value(json_object_get(json, "namespace"));
		}
		json_object_foreach(json, key, value) normalize(value, space);
	} else if (json_is_array(json)) {
		json_array_foreach(json, i, value) normalize(value, space);
	}
}

static json_t *schema_json(int schema)
{
	json_t *json = json_loads(sf_schema_text(schema), JSON_REJECT_DUPLICATES, NULL);

	CHECK(json);
	return json;
}

static json_t *branches(json_t *schema)
{
	return json_object_get(json_array_get(json_object_get(schema, "fields"), 0), "type");
}

static json_t *fields_of(json_t *schema, size_t branch)
{
	return json_object_get(json_array_get(branches(schema), branch), "fields");
}

TEST(schema_5_is_the_published_one)
{
	char path[4096];
	json_t *want, *got = schema_json(5);

	snprintf(path, sizeof(path), "%s/data/sysflow/schema/SysFlow.avsc", test_data());
	want = json_load_file(path, 0, NULL);
	if (!want)
		test_skip("%s: not there", path);
	normalize(want, "");
	CHECK(json_equal(got, want));
	json_decref(got);
	json_decref(want);
}

TEST(schema_6_is_schema_5_and_addresses)
{
	static const size_t network[] = { SYSFLOW_NETWORK_FLOW, SYSFLOW_NETWORK_EVENT };
	json_t *got = schema_json(6), *want = schema_json(5), *fields, *field, *version;
	size_t i, n, k;

	version = json_array_get(fields_of(got, SYSFLOW_HEADER), 0);
	CHECK_INT(json_integer_value(json_object_get(version, "default")), 6);
	json_object_set_new(version, "default", json_integer(5));
	for (i = 0; i < 2; i++) {
		fields = fields_of(got, network[i]);
		n = json_array_size(fields);
		for (k = n - 2; k < n; k++) {
			field = json_array_get(fields, k);
			CHECK_STR(json_string_value(json_object_get(field, "name")),
				  k == n - 2 ? "sip6" : "dip6");
			CHECK(json_is_null(json_object_get(field, "default")));
			CHECK_STR(json_string_value(
					  json_array_get(json_object_get(field, "type"), 0)),
				  "null");
		}
		json_array_remove(fields, n - 1);
		json_array_remove(fields, n - 2);
	}
	CHECK(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	CHECK(!sf_schema_text(4) && !sf_schema_text(7));
}
