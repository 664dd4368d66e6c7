/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program reads SysFlow records back with libeyas, whoever wrote them: which process read and
 * wrote how many bytes of which file.
 *
 *   cc sysflow_read.c $(pkg-config --cflags --libs eyas) -o sysflow_read
 *   ./sysflow_read FILE.sf
 */
#include <stdio.h>

#include <sysflow.h>

static void print_flow(const struct sysflow_file_flow *flow, const struct sysflow_refs *refs)
{
	/* A file may begin in the middle: what a flow refers to need not be in it. */
	printf("%s read %lld and wrote %lld bytes of %s\n",
	       refs->process ? refs->process->exe : "somebody", (long long)flow->numRRecvBytes,
	       (long long)flow->numWSendBytes, refs->file1 ? refs->file1->path : "something");
}

int main(int argc, char **argv)
{
	const struct sysflow_record *record;
	const struct sysflow_refs *refs;
	struct sysflow_reader *reader;
	struct eyas_err err;
	int res, status = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	if (sysflow_reader_open(argv[1], NULL, &reader, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while ((res = sysflow_reader_next(reader, &record, &refs, &err)) != EYAS_E_END) {
		if (res == 1 && record->type == SYSFLOW_FILE_FLOW)
			print_flow(&record->u.file_flow, refs);
		/* What cannot be read is told of, and reading goes on behind it. */
		if (res < 0) {
			fprintf(stderr, "%s\n", err.text);
			status = 1;
		}
	}
	sysflow_reader_close(reader);
	return status;
}
