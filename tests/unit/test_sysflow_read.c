/* SPDX-License-Identifier: Apache-2.0 */
/* SysFlow files read back: records and what they refer to, other schemas, damage and its place. */
#include "unit/avro_make.h"

#include <errno.h>
#include <unistd.h>

#include <sys/stat.h>

#include <lzma.h>
#include <snappy-c.h>
#include <sysflow.h>
#include <zstd.h>

/* A file while it is read. */
struct read {
	struct sysflow_reader *reader;
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
	struct sysflow_reader_stats stats;
	struct eyas_err err;
};

static void open_with(struct read *read, const struct eyas_str *data,
		      const struct sysflow_reader_opts *opts)
{
	int res = sysflow_reader_open(avro_file(data), opts, &read->reader, &read->err);

	if (res)
		test_fail(__FILE__, __LINE__, "not opened: %d %s", res, read->err.text);
}

static int next(struct read *read)
{
	return sysflow_reader_next(read->reader, &read->record, &read->refs, &read->err);
}

#define NEXT_IS(read, want) \
	do { \
		int res_ = next(read); \
		if (res_ != 1) \
			test_fail(__FILE__, __LINE__, "next: %d %s", res_, (read)->err.text); \
		CHECK_INT((read)->record->type, want); \
	} while (0)

static void close_read(struct read *read)
{
	sysflow_reader_close(read->reader);
}

static void stats(struct read *read)
{
	sysflow_reader_stats(read->reader, &read->stats);
}

/* The words end with this, behind the name of the file. */
#define CHECK_WORDS(read, want) \
	do { \
		const char *at_ = strstr((read)->err.text, "offset "); \
		CHECK_STR(at_ ? at_ : (read)->err.text, want); \
	} while (0)

/* Header, container, two processes, two files, an event, a flow. */
static void put_records(struct eyas_str *data)
{
	avro_header(data, 5, "host");
	avro_container(data, "c1", "web");
	avro_process(data, 1, 0, "/sbin/init", NULL);
	avro_process(data, 7, 1, "/bin/sh", "c1");
	avro_path(data, 'x', "/etc/passwd");
	avro_process_event(data, 7, SYSFLOW_OP_EXEC);
	avro_file_flow(data, 7, 'x', 4096);
}

enum { RECORDS = 7 };

static void put_file(struct eyas_str *file)
{
	struct eyas_str data = EYAS_STR_INIT;

	put_records(&data);
	avro_head(file, sf_schema_text(5), "null");
	avro_block(file, RECORDS, &data);
	eyas_str_fini(&data);
}

static void check_process(const struct sysflow_process *process)
{
	CHECK_INT(process->state, SYSFLOW_REUP);
	CHECK_INT(process->oid.createTS, 1007);
	CHECK_INT(process->oid.hpid, 7);
	CHECK(process->has_poid);
	CHECK_INT(process->poid.hpid, 1);
	CHECK_INT(process->ts, 5000);
	CHECK_STR(process->exe, "/bin/sh");
	CHECK_STR(process->exeArgs, "-a b");
	CHECK_INT(process->uid, -1);
	CHECK_STR(process->userName, "user");
	CHECK_INT(process->gid, 7);
	CHECK_STR(process->groupName, "group");
	CHECK(process->tty && !process->entry);
	CHECK_STR(process->containerId, "c1");
	CHECK_STR(process->cwd, "/home/");
	CHECK_INT(process->env.count, 2);
	CHECK_STR(process->env.items[0], "A=1");
	CHECK_STR(process->env.items[1], "B=");
}

TEST(records_and_what_they_refer_to)
{
	struct eyas_str file = EYAS_STR_INIT;
	const struct sysflow_process *parent;
	struct read read;

	put_file(&file);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_INT(read.record->u.header.version, 5);
	CHECK_STR(read.record->u.header.exporter, "host");
	CHECK_STR(read.refs->header->ip, "10.0.0.1");
	NEXT_IS(&read, SYSFLOW_CONTAINER);
	CHECK(read.record->u.container.privileged && !read.record->u.container.podId);
	CHECK_STR(read.refs->container->image, "image:tag");
	NEXT_IS(&read, SYSFLOW_PROCESS);
	CHECK(!read.record->u.process.has_poid && !read.record->u.process.containerId);
	CHECK(!read.refs->container);
	NEXT_IS(&read, SYSFLOW_PROCESS);
	check_process(&read.record->u.process);
	CHECK_STR(read.refs->process->exe, "/bin/sh");
	CHECK_STR(read.refs->container->name, "web");
	NEXT_IS(&read, SYSFLOW_FILE);
	CHECK_INT(read.record->u.file.restype, 'f');
	CHECK_STR(read.refs->file1->path, "/etc/passwd");

	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK_INT(read.record->u.process_event.ts, 1600000000123456789);
	CHECK_INT(read.record->u.process_event.opFlags, SYSFLOW_OP_EXEC);
	CHECK_INT(read.record->u.process_event.ret, -2);
	CHECK_INT(read.record->u.process_event.args.count, 0);
	check_process(read.refs->process);
	CHECK_STR(read.refs->container->id, "c1");
	CHECK_STR(read.refs->header->exporter, "host");
	CHECK(!read.refs->file1 && !read.refs->file2);
	parent = sysflow_reader_process(read.reader, &read.refs->process->poid);
	CHECK_STR(parent->exe, "/sbin/init");

	NEXT_IS(&read, SYSFLOW_FILE_FLOW);
	CHECK_INT(read.record->u.file_flow.numRRecvBytes, 4096);
	CHECK_INT(read.record->u.file_flow.openFlags, 1);
	CHECK_STR(read.refs->file1->path, "/etc/passwd");
	CHECK_INT(next(&read), EYAS_E_END);
	CHECK_INT(next(&read), EYAS_E_END);
	stats(&read);
	CHECK_INT(read.stats.records[SYSFLOW_PROCESS], 2);
	CHECK_INT(read.stats.blocks, 1);
	CHECK_INT(read.stats.bytes, file.len);
	CHECK_INT(read.stats.entities, 4);
	CHECK_INT(read.stats.damaged, 0);
	close_read(&read);
	eyas_str_fini(&file);
}

/* The newest version of an entity counts; a header forgets all. */
TEST(entities_change)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_header(&data, 5, "host");
	avro_process(&data, 7, 0, "/bin/sh", NULL);
	avro_process_event(&data, 7, 1);
	avro_process(&data, 7, 0, "/bin/ls", NULL);
	avro_process_event(&data, 7, 1);
	avro_header(&data, 5, "other");
	avro_process_event(&data, 7, 1);
	avro_head(&file, sf_schema_text(5), NULL);
	avro_block(&file, 7, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	NEXT_IS(&read, SYSFLOW_PROCESS);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK_STR(read.refs->process->exe, "/bin/sh");
	NEXT_IS(&read, SYSFLOW_PROCESS);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK_STR(read.refs->process->exe, "/bin/ls");
	NEXT_IS(&read, SYSFLOW_HEADER);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK(!read.refs->process);
	CHECK_STR(read.refs->header->exporter, "other");
	stats(&read);
	CHECK_INT(read.stats.entities, 0);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* What was not used for longest is forgotten first, and counted. */
TEST(entities_are_bounded)
{
	const struct sysflow_reader_opts opts = { .size = sizeof(opts), .max_entities = 3 };
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;
	int64_t pid;

	avro_header(&data, 5, "host");
	for (pid = 1; pid <= 3; pid++)
		avro_process(&data, pid, 0, "/bin/sh", NULL);
	avro_process_event(&data, 1, 1); /* 1 is used: 2 goes for 4 */
	avro_process(&data, 4, 0, "/bin/sh", NULL);
	avro_process_event(&data, 1, 1);
	avro_process_event(&data, 2, 1);
	avro_head(&file, sf_schema_text(5), NULL);
	avro_block(&file, 8, &data);
	open_with(&read, &file, &opts);
	for (pid = 0; pid < 6; pid++)
		CHECK_INT(next(&read), 1);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK(read.refs->process);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	CHECK(!read.refs->process);
	stats(&read);
	CHECK_INT(read.stats.entities, 3);
	CHECK_INT(read.stats.entities_evicted, 1);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

TEST(entities_too_large_to_keep)
{
	const struct sysflow_reader_opts opts = { .size = sizeof(opts), .max_entity_bytes = 100 };
	struct eyas_str file = EYAS_STR_INIT;
	struct read read;
	int i;

	put_file(&file);
	open_with(&read, &file, &opts);
	for (i = 0; i < RECORDS; i++)
		CHECK_INT(next(&read), 1);
	CHECK(!read.refs->process && !read.refs->file1);
	stats(&read);
	CHECK_INT(read.stats.entities, 0);
	CHECK_INT(read.stats.entities_evicted, 4);
	close_read(&read);
	eyas_str_fini(&file);
}

/* ---- other schemas ---- */

#define REC(fields) \
	"{\"type\":\"record\",\"name\":\"SysFlow\",\"namespace\":\"sysflow\",\"fields\":[{" \
	"\"name\":" \
	"\"rec\",\"type\":[" fields "]}]}"
#define HEAD_V1 \
	"{\"type\":\"record\",\"name\":\"SFHeader\",\"fields\":[{\"name\":\"exporter\",\"type\":" \
	"\"string\"},{\"name\":\"version\",\"type\":\"int\"}]}"

/* Fewer fields, in another order, an int for a long: the rest is as the schema says. */
TEST(older_header)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_num(&data, 0);
	avro_text(&data, "host");
	avro_num(&data, 1000);
	avro_head(&file, REC(HEAD_V1), NULL);
	avro_block(&file, 1, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_INT(read.record->u.header.version, 1000);
	CHECK_STR(read.record->u.header.exporter, "host");
	CHECK_STR(read.record->u.header.ip, "NA");
	CHECK_STR(read.record->u.header.filename, "");
	CHECK_INT(next(&read), EYAS_E_END);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

#define NEW_FILE \
	"{\"type\":\"record\",\"name\":\"File\",\"fields\":[" \
	"{\"name\":\"a\",\"type\":{\"type\":\"map\",\"values\":[\"null\",\"double\"]}}," \
	"{\"name\":\"n\",\"type\":\"null\"}," \
	"{\"name\":\"path\",\"type\":\"bytes\"}," \
	"{\"name\":\"b\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"fixed\",\"name\":" \
	"\"Q\",\"size\":2}}}," \
	"{\"name\":\"c\",\"type\":{\"type\":\"record\",\"name\":\"In\",\"fields\":[{\"name\":" \
	"\"x\",\"type\":\"float\"},{\"name\":\"y\",\"type\":\"boolean\"},{\"name\":\"z\"," \
	"\"type\":\"string\"}]}}," \
	"{\"name\":\"state\",\"type\":{\"type\":\"enum\",\"name\":\"S\",\"symbols\":[\"NEW\"," \
	"\"REUP\",\"CREATED\"]}}," \
	"{\"name\":\"restype\",\"type\":[\"null\",\"long\",\"string\"]}]}"
#define NOVELTY \
	"{\"type\":\"record\",\"name\":\"Novelty\",\"fields\":[{\"name\":\"x\",\"type\":" \
	"\"string\"}]}"

/* Fields and records that nobody knows are skipped; symbols go by their names. */
TEST(newer_schema)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_num(&data, 1);
	avro_text(&data, "unknown");
	avro_num(&data, 0);
	avro_num(&data, -2); /* two entries of so many bytes */
	avro_num(&data, 5);
	eyas_str_add(&data, "\2a\0\2b\0", 6); /* not all of them: the length goes */
	data.len -= 1;
	avro_num(&data, 1);
	avro_text(&data, "k");
	avro_num(&data, 1);
	eyas_str_zero(&data, 8);
	avro_num(&data, 0);
	avro_text(&data, "/path");
	avro_num(&data, 2);
	eyas_str_puts(&data, "qqqq");
	avro_num(&data, 0);
	eyas_str_zero(&data, 4);
	eyas_str_putc(&data, 1);
	avro_text(&data, "z");
	avro_num(&data, 1);
	avro_num(&data, 1);
	avro_num(&data, 'd');
	avro_num(&data, 1);
	avro_text(&data, "more");
	avro_head(&file, REC(NEW_FILE "," NOVELTY), NULL);
	avro_block(&file, 3, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_FILE);
	CHECK_STR(read.record->u.file.path, "/path");
	CHECK_INT(read.record->u.file.state, SYSFLOW_REUP);
	CHECK_INT(read.record->u.file.restype, 'd');
	CHECK_INT(read.record->u.file.ts, 0);
	CHECK(!read.record->u.file.containerId);
	CHECK_INT(next(&read), EYAS_E_END);
	stats(&read);
	CHECK_INT(read.stats.unknown, 2);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

TEST(schema_six)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;
	int i, six;

	for (six = 0; six < 2; six++) {
		avro_num(&data, 5);
		avro_oid(&data, 7);
		for (i = 0; i < 14; i++)
			avro_num(&data, 100 + i);
		avro_num(&data, six);
		if (six)
			eyas_str_puts(&data, "ABCDEFGHIJKLMNOP");
		avro_num(&data, six);
		if (six)
			eyas_str_puts(&data, "abcdefghijklmnop");
	}
	avro_head(&file, sf_schema_text(6), NULL);
	avro_block(&file, 2, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_NETWORK_FLOW);
	CHECK(!read.record->u.network_flow.ipv6);
	CHECK_INT(read.record->u.network_flow.sip, 104);
	CHECK_INT(read.record->u.network_flow.numWSendBytes, 113);
	NEXT_IS(&read, SYSFLOW_NETWORK_FLOW);
	CHECK(read.record->u.network_flow.ipv6);
	CHECK(!memcmp(read.record->u.network_flow.sip6, "ABCDEFGHIJKLMNOP", 16));
	CHECK(!memcmp(read.record->u.network_flow.dip6, "abcdefghijklmnop", 16));
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* LibSysFlow writes types of containers that the schema has no name for. */
TEST(enums_beyond_the_schema)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_container(&data, "c1", "web");
	data.len -= 3;
	avro_num(&data, 65535);
	eyas_str_add(&data, "\1\0", 2);
	avro_head(&file, sf_schema_text(5), NULL);
	avro_block(&file, 1, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_CONTAINER);
	CHECK_INT(read.record->u.container.type, 65535);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* A text cannot hold a NUL here: it becomes another character, and that is counted. */
TEST(nul_in_text)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_num(&data, 0);
	avro_num(&data, 5);
	avro_bytes(&data, "a\0b\0", 4);
	avro_text(&data, "");
	avro_text(&data, "f");
	avro_head(&file, sf_schema_text(5), NULL);
	avro_block(&file, 1, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "a\x1a"
						  "b\x1a");
	CHECK_STR(read.record->u.header.ip, "");
	stats(&read);
	CHECK_INT(read.stats.nul_bytes, 2);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* ---- pods: all that nests ---- */

TEST(pods)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	const struct sysflow_pod *pod;
	struct read read;
	int i;

	avro_num(&data, 10);
	avro_num(&data, 9000);
	avro_text(&data, "pod1");
	avro_text(&data, "web");
	avro_text(&data, "node");
	avro_num(&data, 2);
	avro_num(&data, 1);
	avro_num(&data, 2);
	avro_num(&data, 1); /* another block of the same array */
	avro_num(&data, 3);
	avro_num(&data, 0);
	avro_num(&data, 0);
	avro_text(&data, "space");
	avro_num(&data, 4);
	avro_num(&data, 1);
	avro_text(&data, "key");
	avro_text(&data, "value");
	avro_num(&data, 0);
	avro_num(&data, 0);
	avro_num(&data, 2);
	for (i = 0; i < 2; i++) {
		avro_text(&data, i ? "second" : "first");
		avro_text(&data, "id");
		avro_text(&data, "ns");
		avro_num(&data, i);
		if (i) {
			avro_num(&data, 80);
			avro_num(&data, 8080);
			avro_num(&data, 30000);
			avro_text(&data, "TCP");
			avro_num(&data, 0);
		}
		avro_num(&data, 1);
		avro_num(&data, 77);
		avro_num(&data, 0);
	}
	avro_num(&data, 0);
	avro_process_event(&data, 1, 1);
	avro_head(&file, sf_schema_text(5), NULL);
	avro_block(&file, 2, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_POD);
	NEXT_IS(&read, SYSFLOW_PROCESS_EVENT);
	/* The copy that is kept, of which all is behind the record by now. */
	pod = sysflow_reader_pod(read.reader, "pod1");
	CHECK(pod);
	CHECK(!sysflow_reader_pod(read.reader, "pod2") && !sysflow_reader_pod(read.reader, NULL));
	CHECK_STR(pod->nodeName, "node");
	CHECK_INT(pod->hostIP.count, 3);
	CHECK_INT(pod->hostIP.items[2], 3);
	CHECK_INT(pod->internalIP.count, 0);
	CHECK_STR(pod->namespace_, "space");
	CHECK_INT(pod->restartCount, 4);
	CHECK_INT(pod->nlabels, 1);
	CHECK_STR(pod->labels[0].key, "key");
	CHECK_STR(pod->labels[0].value, "value");
	CHECK_INT(pod->nselectors, 0);
	CHECK_INT(pod->nservices, 2);
	CHECK_STR(pod->services[0].name, "first");
	CHECK_INT(pod->services[0].nports, 0);
	CHECK_STR(pod->services[1].namespace_, "ns");
	CHECK_INT(pod->services[1].portList[0].targetPort, 8080);
	CHECK_STR(pod->services[1].portList[0].proto, "TCP");
	CHECK_INT(pod->services[1].clusterIP.items[0], 77);
	CHECK_INT(next(&read), EYAS_E_END);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* ---- codecs ---- */

static void pack(const char *codec, const struct eyas_str *data, struct eyas_str *out)
{
	size_t room = 2 * data->len + 4096, len = room, pos = 0;
	char *to = eyas_str_reserve(out, room);
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)data->data, (uInt)data->len);

	CHECK(to);
	if (!strcmp(codec, "deflate")) {
		avro_deflate(out, data);
	} else if (!strcmp(codec, "snappy")) {
		CHECK_INT(snappy_compress(data->data, data->len, to, &len), SNAPPY_OK);
		out->len += len;
		for (pos = 0; pos < 4; pos++)
			eyas_str_putc(out, (char)(crc >> (24 - 8 * pos)));
	} else if (!strcmp(codec, "zstandard")) {
		len = ZSTD_compress(to, room, data->data, data->len, 3);
		CHECK(!ZSTD_isError(len));
		out->len += len;
	} else if (!strcmp(codec, "xz")) {
		CHECK_INT(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL,
						  (const uint8_t *)data->data, data->len,
						  (uint8_t *)to, &pos, room),
			  LZMA_OK);
		out->len += pos;
	} else {
		eyas_str_add(out, data->data, data->len);
	}
}

static const char *const codecs[] = { "null", "deflate", "snappy", "zstandard", "xz" };

TEST(codecs)
{
	struct eyas_str data = EYAS_STR_INIT;
	struct read read;
	size_t i;
	int n;

	put_records(&data);
	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		struct eyas_str file = EYAS_STR_INIT, packed = EYAS_STR_INIT;

		pack(codecs[i], &data, &packed);
		avro_head(&file, sf_schema_text(5), codecs[i]);
		avro_block(&file, RECORDS, &packed);
		avro_block(&file, RECORDS, &packed);
		open_with(&read, &file, NULL);
		for (n = 0; n < 2 * RECORDS; n++)
			CHECK_INT(next(&read), 1);
		CHECK_STR(read.refs->file1->path, "/etc/passwd");
		CHECK_INT(next(&read), EYAS_E_END);
		close_read(&read);
		eyas_str_fini(&packed);
		eyas_str_fini(&file);
	}
	eyas_str_fini(&data);
}

/* Every block with a bit turned is told of, or harmless; the next one is read. */
TEST(codecs_damaged)
{
	struct eyas_str data = EYAS_STR_INIT;
	struct read read;
	size_t i, at;
	int res;

	put_records(&data);
	for (i = 1; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		struct eyas_str packed = EYAS_STR_INIT;

		pack(codecs[i], &data, &packed);
		for (at = 0; at < packed.len; at += 7) {
			struct eyas_str file = EYAS_STR_INIT;
			unsigned good = 0;

			avro_head(&file, sf_schema_text(5), codecs[i]);
			packed.data[at] ^= 0x10;
			avro_block(&file, RECORDS, &packed);
			packed.data[at] ^= 0x10;
			avro_block(&file, RECORDS, &packed);
			open_with(&read, &file, NULL);
			while ((res = next(&read)) != EYAS_E_END)
				good += res == 1;
			stats(&read);
			CHECK(good >= RECORDS);
			CHECK(good + read.stats.lost_records >= 2 * RECORDS);
			CHECK(good == 2 * RECORDS || read.stats.damaged);
			close_read(&read);
			eyas_str_fini(&file);
		}
		eyas_str_fini(&packed);
	}
	eyas_str_fini(&data);
}

TEST(codec_bomb)
{
	const struct sysflow_reader_opts opts = { .size = sizeof(opts),
						  .max_block_bytes = 1 << 20 };
	struct eyas_str data = EYAS_STR_INIT, small = EYAS_STR_INIT;
	struct read read;
	size_t i;

	eyas_str_zero(&data, 8 << 20);
	put_records(&small);
	for (i = 1; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		struct eyas_str file = EYAS_STR_INIT, packed = EYAS_STR_INIT;

		pack(codecs[i], &data, &packed);
		avro_head(&file, sf_schema_text(5), codecs[i]);
		avro_block(&file, 1, &packed);
		packed.len = 0;
		pack(codecs[i], &small, &packed);
		avro_block(&file, RECORDS, &packed);
		open_with(&read, &file, &opts);
		CHECK_INT(next(&read), EYAS_E_LIMIT);
		CHECK(strstr(read.err.text, "the block is larger than 1048576 bytes unpacked"));
		NEXT_IS(&read, SYSFLOW_HEADER);
		close_read(&read);
		eyas_str_fini(&packed);
		eyas_str_fini(&file);
	}
	eyas_str_fini(&data);
	eyas_str_fini(&small);
}

/* ---- heads ---- */

static int open_bytes(const void *data, size_t len, struct eyas_err *err)
{
	struct eyas_str file = EYAS_STR_INIT;
	struct sysflow_reader *reader;
	int res;

	eyas_str_reserve(&file, len);
	eyas_str_add(&file, data, len);
	res = sysflow_reader_open(avro_file(&file), NULL, &reader, err);
	if (!res)
		sysflow_reader_close(reader);
	eyas_str_fini(&file);
	return res;
}

static const char *behind_name(const struct eyas_err *err)
{
	const char *at = strstr(err->text, "offset ");

	return at ? at : err->text;
}

TEST(not_avro)
{
	struct eyas_err err;

	CHECK_INT(open_bytes("", 0, &err), EYAS_E_TRUNC);
	CHECK_STR(behind_name(&err), "offset 0: the file is empty");
	CHECK_INT(open_bytes("Ob", 2, &err), EYAS_E_TRUNC);
	CHECK_STR(behind_name(&err), "offset 0: the file ends in its head");
	CHECK_INT(open_bytes("Obj\2....", 8, &err), EYAS_E_FORMAT);
	CHECK_STR(behind_name(&err),
		  "offset 0: not an Avro file: expected it to begin with 'Obj' and 1");
	CHECK_INT(open_bytes("{}", 2, &err), EYAS_E_FORMAT);
	CHECK_INT(open_bytes("Obj\1\0", 5, &err), EYAS_E_TRUNC);
	CHECK_STR(behind_name(&err), "offset 5: the file ends in its head");
	CHECK_INT(open_bytes("Obj\1\0" AVRO_SYNC, 21, &err), EYAS_E_FORMAT);
	CHECK_STR(behind_name(&err), "offset 0: there is no schema in the head");
	/* A key of -1 bytes, one of 2^40; a number of more than 64 bits. */
	CHECK_INT(open_bytes("Obj\1\2\1xxxxxxxx", 14, &err), EYAS_E_FORMAT);
	CHECK_STR(behind_name(&err), "offset 6: a length in the head makes no sense");
	CHECK_INT(open_bytes("Obj\1\2\x80\x80\x80\x80\x80\x40xx", 13, &err), EYAS_E_FORMAT);
	CHECK_INT(open_bytes("Obj\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02xx", 16, &err),
		  EYAS_E_FORMAT);
	CHECK_INT(sysflow_reader_open("/nonexistent/x.sf", NULL, &(struct sysflow_reader *){ NULL },
				      &err),
		  -ENOENT);
	CHECK_STR(err.text, "/nonexistent/x.sf: No such file or directory");
	CHECK_INT(sysflow_reader_open("/", NULL, &(struct sysflow_reader *){ NULL }, &err),
		  -EISDIR);
}

/* At every length, a head is cut off, until it is all there. */
TEST(heads_cut_off)
{
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err err;
	size_t len;

	avro_head(&file, REC(HEAD_V1), "deflate");
	for (len = 0; len < file.len; len++)
		CHECK_INT(open_bytes(file.data, len, &err), EYAS_E_TRUNC);
	CHECK_INT(open_bytes(file.data, file.len, &err), 0);
	eyas_str_fini(&file);
}

TEST(unknown_codec)
{
	struct eyas_str file = EYAS_STR_INIT;
	struct eyas_err err;

	avro_head(&file, REC(HEAD_V1), "bzip2");
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_FORMAT);
	CHECK_STR(behind_name(&err),
		  "offset 0: codec 'bzip2' is not known: expected null, deflate, "
		  "snappy, zstandard or xz");
	eyas_str_fini(&file);
}

static const struct {
	const char *schema, *words;
	int code;
} schemas[] = {
	{ "{", "schema: not JSON, byte 1: string or '}' expected near end of file", EYAS_E_FORMAT },
	{ "\"string\"",
	  "schema: not one of SysFlow: expected a record with the union 'rec', found string",
	  EYAS_E_FORMAT },
	{ "3", "schema: a type is missing in 'the schema'", EYAS_E_FORMAT },
	{ "{\"type\":\"record\",\"name\":\"SysFlow\"}", "schema: 'SysFlow' has no fields",
	  EYAS_E_FORMAT },
	{ "{\"type\":\"record\",\"fields\":[]}", "schema: a type without a name in ''",
	  EYAS_E_FORMAT },
	{ "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"type\":\"int\"}]}",
	  "schema: a field without a name in 'A'", EYAS_E_FORMAT },
	{ "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"b\",\"type\":\"B\"}]}",
	  "schema: there is no type 'B'", EYAS_E_FORMAT },
	{ "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"},"
	  "{\"name\":\"b\",\"type\":\"int\"}]}",
	  "schema: there are two fields called 'b'", EYAS_E_FORMAT },
	{ REC("\"string\""),
	  "schema: not one of SysFlow: none of its records is SFHeader, Process, File or another "
	  "of "
	  "these",
	  EYAS_E_FORMAT },
	{ REC(HEAD_V1 "," HEAD_V1), "schema: there are two types called 'sysflow.SFHeader'",
	  EYAS_E_FORMAT },
	{ REC(HEAD_V1 ",\"SFHeader\""), "schema: the union has two records called SFHeader",
	  EYAS_E_FORMAT },
	{ REC("{\"type\":\"fixed\",\"name\":\"A\",\"size\":-1}"),
	  "schema: there is no size that makes sense in 'sysflow.A'", EYAS_E_FORMAT },
	{ REC("{\"type\":\"record\",\"name\":\"SFHeader\",\"fields\":[{\"name\":\"version\","
	      "\"type\":\"string\"}]}"),
	  "schema: SFHeader.version is of type string, which it cannot be read from",
	  EYAS_E_FORMAT },
	{ REC("{\"type\":\"record\",\"name\":\"File\",\"fields\":[{\"name\":\"oid\",\"type\":{"
	      "\"type\":\"fixed\",\"name\":\"FOID\",\"size\":16}}]}"),
	  "schema: File.oid is of type FOID, which it cannot be read from", EYAS_E_FORMAT },
};

TEST(wrong_schemas)
{
	struct eyas_err err;
	char words[300];
	size_t i;

	for (i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		struct eyas_str file = EYAS_STR_INIT;

		avro_head(&file, schemas[i].schema, NULL);
		CHECK_INT(open_bytes(file.data, file.len, &err), schemas[i].code);
		snprintf(words, sizeof(words), "offset 0: %s", schemas[i].words);
		CHECK_STR(behind_name(&err), words);
		eyas_str_fini(&file);
	}
}

/* Deep, wide, long: refused without much ado. */
TEST(huge_schemas)
{
	struct eyas_str file = EYAS_STR_INIT, schema = EYAS_STR_INIT;
	struct eyas_err err;
	int i;

	for (i = 0; i < 1000; i++)
		eyas_str_puts(&schema, "{\"type\":\"array\",\"items\":");
	eyas_str_puts(&schema, "\"int\"");
	for (i = 0; i < 1000; i++)
		eyas_str_putc(&schema, '}');
	eyas_str_putc(&schema, '\0');
	avro_head(&file, schema.data, NULL);
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_LIMIT);
	file.len = schema.len = 0;
	for (i = 0; i < 600000; i++)
		eyas_str_putc(&schema, '[');
	eyas_str_putc(&schema, '\0');
	avro_head(&file, schema.data, NULL);
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_FORMAT);
	file.len = schema.len = 0;
	eyas_str_putc(&schema, '[');
	for (i = 0; i < 1001; i++)
		eyas_str_puts(&schema, "\"int\",");
	eyas_str_puts(&schema, "\"int\"]");
	eyas_str_putc(&schema, '\0');
	avro_head(&file, schema.data, NULL);
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_LIMIT);
	file.len = schema.len = 0;
	for (i = 0; i < 1100000; i++)
		eyas_str_putc(&schema, ' ');
	eyas_str_putc(&schema, '\0');
	avro_head(&file, schema.data, NULL);
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_LIMIT);
	file.len = 0;
	eyas_str_add(&file, "Obj\1", 4);
	avro_num(&file, 1);
	avro_text(&file, "key");
	avro_num(&file, 3 << 20);
	eyas_str_zero(&file, 5 << 20);
	memset(file.data + file.len - (2 << 20), 2, 2 << 20);
	CHECK_INT(open_bytes(file.data, file.len, &err), EYAS_E_LIMIT);
	eyas_str_fini(&file);
	eyas_str_fini(&schema);
}

/* ---- damage in blocks ---- */

/* One block of one datum whose bytes are wrong, then a good block. */
static void check_datum(const char *schema, const void *bytes, size_t len, const char *words)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	char expected[300];
	struct read read;
	size_t offset;
	int res;

	avro_head(&file, schema, NULL);
	offset = file.len;
	eyas_str_reserve(&data, len);
	eyas_str_add(&data, bytes, len);
	avro_block(&file, 1, &data);
	data.len = 0;
	avro_header(&data, 5, "good");
	avro_block(&file, 1, &data);
	open_with(&read, &file, NULL);
	res = next(&read);
	CHECK(res == EYAS_E_FORMAT || res == EYAS_E_LIMIT);
	CHECK_INT(read.err.offset, offset);
	snprintf(expected, sizeof(expected), "offset %zu: record 1 of 1 in the block, byte 0: %s",
		 offset, words);
	CHECK_WORDS(&read, expected);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "good");
	stats(&read);
	CHECK_INT(read.stats.damaged, 1);
	CHECK_INT(read.stats.lost_records, 1);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

#define DATUM(bytes, words) check_datum(sf_schema_text(5), bytes, sizeof(bytes) - 1, words)

TEST(data_that_make_no_sense)
{
	DATUM("", "a record: a number is cut off");
	DATUM("\x80", "a record: a number is cut off");
	DATUM("\x18", "a record: a union has no such branch");
	DATUM("\x01", "a record: a union has no such branch");
	DATUM("\0\x80", "SFHeader.version: a number is cut off");
	DATUM("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "SFHeader.version: a number has more "
							    "than 64 bits");
	DATUM("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02........",
	      "SFHeader.version: a number has "
	      "more than 64 bits");
	DATUM("\0\x0a\x0a"
	      "xyz",
	      "SFHeader.exporter: a length goes beyond the end");
	DATUM("\0\x0a\x01....", "SFHeader.exporter: a length is negative");
	DATUM("\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01....",
	      "SFHeader.exporter: a length is negative");
	DATUM("\0\x0a\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01....",
	      "SFHeader.exporter: a length goes beyond the end");
	DATUM("\2\0\0\0\0\1....", "Container.type: the number of a symbol is negative");
	DATUM("\2\0\0\0\0\0\2....", "Container.privileged: a boolean is neither 0 nor 1");
	DATUM("\2\0\0\0\0\0", "Container.privileged: a boolean is cut off");
	DATUM("\2\0\0\0\0\0\0\4....", "Container.podId: a union has no such branch");
	DATUM("\4\0\2", "Process.oid.hpid: a number is cut off");
	DATUM("\6\0short", "File.oid: bytes of a fixed size are cut off");
	DATUM("\x08\0\0\0\0\xfe\xff\xff\xff\x1f......", "ProcessEvent.opFlags: a number has more "
							"than 32 bits");
	DATUM("\x08\0\0\0\0\0\x0a\0\0", "ProcessEvent.args: there are more items than bytes");
	DATUM("\x08\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01......",
	      "ProcessEvent.args: there are more items than bytes");
	DATUM("\x08\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0......",
	      "ProcessEvent.args: a number of items makes no sense");
	DATUM("\x08\0\0\0\0\0\x01\x40\0......", "ProcessEvent.args: a length goes beyond the end");
}

#define ODD(type) \
	REC(HEAD \
	    ",{\"type\":\"record\",\"name\":\"Odd\",\"fields\":[{\"name\":\"odd\",\"type\":" type \
	    "}]}")
#define HEAD \
	"{\"type\":\"record\",\"name\":\"SFHeader\",\"fields\":[{\"name\":\"version\",\"type\":" \
	"\"long\"},{\"name\":\"exporter\",\"type\":\"string\"},{\"name\":\"ip\",\"type\":" \
	"\"string\"}," \
	"{\"name\":\"filename\",\"type\":\"string\"}]}"
#define SKIPPED(type, bytes, words) check_datum(ODD(type), bytes, sizeof(bytes) - 1, words)

TEST(skipped_data_that_make_no_sense)
{
	SKIPPED("\"string\"", "\2\x0a....", "Odd: a length goes beyond the end");
	SKIPPED("\"double\"", "\2....", "Odd: a value is cut off");
	SKIPPED("\"float\"", "\2...", "Odd: a value is cut off");
	SKIPPED("\"boolean\"", "\2", "Odd: a value is cut off");
	SKIPPED("{\"type\":\"array\",\"items\":\"int\"}", "\2\x0a\0\0",
		"Odd: there are more items than bytes");
	SKIPPED("{\"type\":\"map\",\"values\":\"null\"}", "\2\x0a\0\0",
		"Odd: there are more items than bytes");
	SKIPPED("[\"null\",\"int\"]", "\2\4", "Odd: a union has no such branch");
	SKIPPED("\"Odd\"", "\2\0\0\0", "Odd: values are nested too deeply");
	SKIPPED("{\"type\":\"array\",\"items\":\"Odd\"}",
		"\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2"
		"\2\2\2",
		"Odd: values are nested too deeply");
}

/* An array of 2^60 nulls, and of records without fields, takes no time. */
TEST(many_nothings)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	struct read read;

	avro_num(&data, 1);
	avro_num(&data, INT64_C(1) << 60);
	avro_num(&data, 0);
	avro_header(&data, 5, "host");
	avro_head(&file,
		  ODD("{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"E\","
		      "\"fields\":[{"
		      "\"name\":\"n\",\"type\":\"null\"}]}}"),
		  NULL);
	avro_block(&file, 2, &data);
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_INT(next(&read), EYAS_E_END);
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* ---- damage between blocks ---- */

static void put_good(struct eyas_str *file, const char *exporter)
{
	struct eyas_str data = EYAS_STR_INIT;

	avro_header(&data, 5, exporter);
	avro_block(file, 1, &data);
	eyas_str_fini(&data);
}

/* A good block, one that is wrong, a good one: two records, one failure at the wrong one. */
static void check_block(const void *bytes, size_t len, int code, const char *words)
{
	struct eyas_str file = EYAS_STR_INIT;
	char expected[300];
	struct read read;
	size_t offset;

	avro_head(&file, sf_schema_text(5), NULL);
	put_good(&file, "before");
	offset = file.len;
	eyas_str_add(&file, bytes, len);
	put_good(&file, "lost");
	put_good(&file, "after");
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "before");
	CHECK_INT(next(&read), code);
	CHECK_INT(read.err.offset, offset);
	snprintf(expected, sizeof(expected), "offset %zu: %s", offset, words);
	CHECK_WORDS(&read, expected);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "after");
	CHECK_INT(next(&read), EYAS_E_END);
	stats(&read);
	CHECK_INT(read.stats.damaged, 1);
	CHECK(read.stats.skipped_bytes > len);
	CHECK_INT(read.stats.bytes, file.len);
	close_read(&read);
	eyas_str_fini(&file);
}

#define BLOCK(bytes, code, words) check_block(bytes, sizeof(bytes) - 1, code, words)

TEST(blocks_that_make_no_sense)
{
	BLOCK("\x01\x02", EYAS_E_FORMAT,
	      "a block says it has a number of records that makes no sense");
	BLOCK("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02", EYAS_E_FORMAT,
	      "a block says it has a number of records that makes no sense");
	BLOCK("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", EYAS_E_FORMAT,
	      "a block says it has a number of records that makes no sense");
	BLOCK("\x02\x01", EYAS_E_FORMAT, "a block says it has a negative number of bytes");
	BLOCK("\x02\xfe\xff\xff\xff\x1f", EYAS_E_LIMIT,
	      "a block says it has 4294967295 bytes, more than the limit of 33554432");
	BLOCK("\x02\x08....", EYAS_E_FORMAT, "behind a block there is no sync marker");
	BLOCK("\x02\x80\x80\x80\x08.", EYAS_E_TRUNC, "the file ends in a block");
}

/* The number of records and that of bytes do not agree. */
TEST(blocks_with_another_number_of_records)
{
	struct eyas_str file = EYAS_STR_INIT, data = EYAS_STR_INIT;
	char expected[300];
	struct read read;
	size_t offset;

	avro_head(&file, sf_schema_text(5), NULL);
	offset = file.len;
	avro_header(&data, 5, "one");
	avro_header(&data, 5, "two");
	avro_block(&file, 1, &data);
	avro_block(&file, 3, &data);
	put_good(&file, "after");
	open_with(&read, &file, NULL);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_INT(next(&read), EYAS_E_FORMAT);
	snprintf(expected, sizeof(expected),
		 "offset %zu: %zu bytes follow the last record of the block", offset, data.len / 2);
	CHECK_WORDS(&read, expected);
	NEXT_IS(&read, SYSFLOW_HEADER);
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "two");
	CHECK_INT(next(&read), EYAS_E_FORMAT);
	snprintf(expected, sizeof(expected),
		 "record 3 of 3 in the block, byte %zu: a record: a "
		 "number is cut off",
		 data.len);
	CHECK(strstr(read.err.text, expected));
	NEXT_IS(&read, SYSFLOW_HEADER);
	CHECK_STR(read.record->u.header.exporter, "after");
	close_read(&read);
	eyas_str_fini(&data);
	eyas_str_fini(&file);
}

/* Wherever a file ends, what is whole before is delivered, and the rest is told of. */
TEST(files_cut_off)
{
	struct eyas_str file = EYAS_STR_INIT, part;
	size_t head, len, first;
	struct read read;
	int good, bad, res;

	avro_head(&file, sf_schema_text(5), NULL);
	head = file.len;
	put_good(&file, "one");
	first = file.len;
	put_good(&file, "two");
	for (len = head; len <= file.len; len++) {
		part = (struct eyas_str){ file.data, len, file.cap, false };
		open_with(&read, &part, NULL);
		good = bad = 0;
		while ((res = next(&read)) != EYAS_E_END) {
			good += res == 1;
			bad += res == EYAS_E_TRUNC;
		}
		CHECK_INT(good, len == file.len ? 2 : len >= first);
		CHECK_INT(bad, len != head && len != first && len != file.len);
		close_read(&read);
	}
	eyas_str_fini(&file);
}

/* ---- following ---- */

static void append(const char *path, const struct eyas_str *file, size_t from, size_t to)
{
	FILE *out = fopen(path, "ab");

	CHECK(out && fwrite(file->data + from, 1, to - from, out) == to - from && !fclose(out));
}

/* A file that grows by a few bytes at a time, from nothing on. */
TEST(following)
{
	const struct sysflow_reader_opts opts = { .size = sizeof(opts), .follow = true };
	struct eyas_str file = EYAS_STR_INIT;
	struct read read;
	char path[600];
	size_t at;
	int good = 0, res;

	avro_head(&file, sf_schema_text(5), NULL);
	put_good(&file, "one");
	put_good(&file, "two");
	snprintf(path, sizeof(path), "%s/grows.sf", test_tmpdir());
	append(path, &file, 0, 0);
	CHECK_INT(sysflow_reader_open(path, &opts, &read.reader, &read.err), 0);
	CHECK_INT(next(&read), 0);
	for (at = 0; at < file.len; at += 7) {
		append(path, &file, at, at + 7 < file.len ? at + 7 : file.len);
		while ((res = next(&read)) != 0) {
			CHECK_INT(res, 1);
			good++;
		}
	}
	CHECK_INT(good, 2);
	CHECK_STR(read.record->u.header.exporter, "two");
	CHECK_INT(sysflow_reader_wait(read.reader, 1), 0);
	close_read(&read);
	eyas_str_fini(&file);
}

TEST(descriptors)
{
	struct eyas_str file = EYAS_STR_INIT;
	struct read read;
	int fds[2], i;

	put_file(&file);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(write(fds[1], file.data, file.len), file.len);
	close(fds[1]);
	CHECK_INT(sysflow_reader_open_fd(fds[0], "a pipe", NULL, &read.reader, &read.err), 0);
	for (i = 0; i < RECORDS; i++)
		CHECK_INT(next(&read), 1);
	CHECK_INT(next(&read), EYAS_E_END);
	close_read(&read);
	/* It is ours. */
	CHECK_INT(close(fds[0]), 0);
	eyas_str_fini(&file);
}

TEST(options)
{
	struct sysflow_reader_opts opts = { .size = sizeof(opts) };
	struct eyas_str file = EYAS_STR_INIT;
	struct sysflow_reader *reader;
	struct eyas_err err;

	put_file(&file);
	opts.max_block_bytes = UINT64_C(1) << 31;
	CHECK_INT(sysflow_reader_open(avro_file(&file), &opts, &reader, &err), -EINVAL);
	opts.size = 3;
	CHECK_INT(sysflow_reader_open(avro_file(&file), &opts, &reader, &err), -EINVAL);
	sysflow_reader_close(NULL);
	eyas_str_fini(&file);
}
