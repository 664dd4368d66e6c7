/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a SysFlow file, and as packets of a socket: every record is shown in every format,
 * with all attributes, and goes through a filter over many of them. What is copied into the table
 * of entities must be what was read.
 *
 * The first byte says what the others are: even, a file; odd, packets of schema 5 or 6, each with
 * two bytes of length in front.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sysflow.h>

#include "sysflow/decode.h"
#include "sysflow/entities.h"
#include "sysflow/schema.h"
#include "sysflow/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that a fuzzer that runs with 2 GiB of memory notices when a limit does not hold. */
enum { MAX_BLOCK = 1 << 20, MAX_ENTITIES = 40, MAX_ENTITY_BYTES = 1 << 14, MAX_RECORDS = 20000 };
enum { FORMATS = 5 };

static const char filter[] =
	"sf.opflags in (EXEC, READ) or sf.proc.aname contains a or sf.proc.env = 'A=1' or "
	"sf.net.net = 10.0.0.0/8 or sf.net.ip != 1.2.3.4 or sf.pod.hostip = 1.1.1.1 or "
	"sf.file.openflags = RDWR or sf.file.directory startswith / or sf.res glob *x* or "
	"sf.event.args exists or sf.container.type = CT_CRI or sf.pproc.cmdline regex '.*' or "
	"sf.ts > 5 or sf.proc.tty = true or sf.net.port < 1024 or sf.k8s.kind exists";

static struct sf_show *shows[FORMATS + 1];

static void make_shows(void)
{
	struct sf_show_opts opts = { .columns = "all", .entities = true };
	int i;

	opts.fd = open("/dev/null", O_WRONLY);
	for (i = 0; i <= FORMATS; i++) {
		opts.format = (enum sf_show_format)(i % FORMATS);
		opts.filter = i == FORMATS ? filter : NULL;
		opts.ns_times = i == 1;
		if (opts.fd < 0 || sf_show_new(&opts, &shows[i], NULL))
			abort();
	}
}

static void show(const struct sysflow_record *record, const struct sysflow_refs *refs,
		 struct sysflow_reader *reader)
{
	const struct sf_row row = { record, refs, reader };
	int i;

	for (i = 0; i <= FORMATS; i++)
		if (sf_show_row(shows[i], &row) < 0)
			abort();
}

static void flush(void)
{
	int i;

	for (i = 0; i <= FORMATS; i++)
		if (sf_show_flush(shows[i]))
			abort();
}

/* Failures end: each is told of once, and what is behind it is no longer than what was before. */
static void run_file(const uint8_t *data, size_t size)
{
	const struct sysflow_reader_opts opts = { .size = sizeof(opts),
						  .max_block_bytes = MAX_BLOCK,
						  .max_entities = MAX_ENTITIES,
						  .max_entity_bytes = MAX_ENTITY_BYTES };
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
	struct sysflow_reader_stats stats;
	struct sysflow_reader *reader;
	struct eyas_err err;
	int fd = memfd_create("file", 0), res = 1, records = 0;
	size_t failures = 0;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	if (!sysflow_reader_open_fd(fd, "fuzz", &opts, &reader, &err)) {
		while (records < MAX_RECORDS && res != EYAS_E_END) {
			res = sysflow_reader_next(reader, &record, &refs, &err);
			if (res == 0 || (res < 0 && ++failures > size + 1))
				abort();
			if (res == 1 && records++ < 200)
				show(record, refs, reader);
		}
		sysflow_reader_stats(reader, &stats);
		if (stats.entities > MAX_ENTITIES || stats.entity_bytes > MAX_ENTITY_BYTES ||
		    stats.bytes > size)
			abort();
		sysflow_reader_close(reader);
	}
	close(fd);
}

static struct sf_program *programs[2];

static void make_programs(void)
{
	static struct eyas_arena arena;
	const struct sf_type *type;
	const char *text;
	int i;

	for (i = 0; i < 2; i++) {
		text = sf_schema_text(5 + i);
		if (sf_types_read(text, strlen(text), &arena, &type, NULL) ||
		    sf_program_new(type, &arena, &programs[i], NULL))
			abort();
	}
}

static void run_packets(const uint8_t *data, size_t size, const struct sf_program *program)
{
	const struct sysflow_refs none = { NULL };
	struct eyas_arena arena = { .blocks = NULL };
	struct sf_entities entities;
	struct sysflow_record record;
	uint8_t packet[4096];
	size_t len;

	sf_entities_init(&entities, MAX_ENTITIES, MAX_ENTITY_BYTES);
	for (; size > 2; data += len, size -= len) {
		len = (size_t)(data[0] | data[1] << 8) % sizeof(packet);
		data += 2;
		size -= 2;
		len = len < size ? len : size;
		memcpy(packet, data, len);
		struct sf_decoder decoder = { .at = packet, .end = packet + len, .arena = &arena };

		if (sf_decode(&decoder, program, &record) == 1) {
			show(&record, &none, NULL);
			sf_entities_add(&entities, &record);
		}
		if (decoder.at > decoder.end)
			abort();
		eyas_arena_reset(&arena);
	}
	sf_entities_fini(&entities);
	eyas_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!shows[0]) {
		make_shows();
		make_programs();
	}
	if (!size)
		return 0;
	if (data[0] & 1)
		run_packets(data + 1, size - 1, programs[data[0] >> 1 & 1]);
	else
		run_file(data + 1, size - 1);
	flush();
	return 0;
}
