/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program gets SysFlow records with libeyas: a configuration, a driver, a callback. Prints a
 * line for each event and flow: what happened, which process and its ancestors, which files or
 * connection.
 *
 *   cc sysflow_callback.c $(pkg-config --cflags --libs eyas) -o sysflow_callback
 *   ./sysflow_callback CAPTURE      or, as root, without: what happens on this machine
 */
#include <signal.h>
#include <stdio.h>

#include <sysflow.h>

/* The signal handler cannot be given it. */
static struct sysflow_driver *driver;

static void on_signal(int number)
{
	(void)number;
	sysflow_driver_exit(driver);
}

static const struct {
	int32_t flag;
	const char *name;
} operations[] = {
	{ SYSFLOW_OP_CLONE, "clone" },	     { SYSFLOW_OP_EXEC, "exec" },
	{ SYSFLOW_OP_EXIT, "exit" },	     { SYSFLOW_OP_SETUID, "setuid" },
	{ SYSFLOW_OP_SETNS, "setns" },	     { SYSFLOW_OP_ACCEPT, "accept" },
	{ SYSFLOW_OP_CONNECT, "connect" },   { SYSFLOW_OP_OPEN, "open" },
	{ SYSFLOW_OP_READ_RECV, "read" },    { SYSFLOW_OP_WRITE_SEND, "write" },
	{ SYSFLOW_OP_CLOSE, "close" },	     { SYSFLOW_OP_TRUNCATE, "truncated" },
	{ SYSFLOW_OP_SHUTDOWN, "shutdown" }, { SYSFLOW_OP_MMAP, "mmap" },
	{ SYSFLOW_OP_MKDIR, "mkdir" },	     { SYSFLOW_OP_RMDIR, "rmdir" },
	{ SYSFLOW_OP_LINK, "link" },	     { SYSFLOW_OP_UNLINK, "unlink" },
	{ SYSFLOW_OP_SYMLINK, "symlink" },   { SYSFLOW_OP_RENAME, "rename" },
};

static void print_operations(int32_t flags)
{
	const char *separator = "";
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!(flags & operations[i].flag))
			continue;
		printf("%s%s", separator, operations[i].name);
		separator = "+";
	}
}

/* Addresses are four bytes in the order of the network, whatever the machine. */
static void print_address(int32_t address, int32_t port)
{
	uint32_t bytes = (uint32_t)address;

	printf("%u.%u.%u.%u:%d", bytes & 255, bytes >> 8 & 255, bytes >> 16 & 255, bytes >> 24,
	       port);
}

static void print_connection(const struct sysflow_network_flow *flow)
{
	printf(" ");
	print_address(flow->sip, flow->sport);
	printf(" -> ");
	print_address(flow->dip, flow->dport);
}

static void print_amounts(int64_t reads, int64_t read_bytes, int64_t writes, int64_t write_bytes)
{
	printf(", %lld bytes in %lld reads, %lld in %lld writes", (long long)read_bytes,
	       (long long)reads, (long long)write_bytes, (long long)writes);
}

static void print_record(const struct sysflow_record *record)
{
	const struct sysflow_network_flow *net = &record->u.network_flow;
	const struct sysflow_file_flow *flow = &record->u.file_flow;

	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		print_operations(record->u.process_event.opFlags);
		printf(" = %d", record->u.process_event.ret);
		break;
	case SYSFLOW_PROCESS_FLOW:
		print_operations(record->u.process_flow.opFlags);
		printf(" of threads");
		break;
	case SYSFLOW_FILE_EVENT:
		print_operations(record->u.file_event.opFlags);
		printf(" = %d", record->u.file_event.ret);
		break;
	case SYSFLOW_FILE_FLOW:
		print_operations(flow->opFlags);
		print_amounts(flow->numRRecvOps, flow->numRRecvBytes, flow->numWSendOps,
			      flow->numWSendBytes);
		break;
	case SYSFLOW_NETWORK_FLOW:
		print_operations(net->opFlags);
		print_connection(net);
		print_amounts(net->numRRecvOps, net->numRRecvBytes, net->numWSendOps,
			      net->numWSendBytes);
		break;
	default:
		printf("record of type %d", (int)record->type);
	}
}

/* From the process upwards. */
static void print_ancestors(const struct sysflow_process *process)
{
	printf(" by %s (%lld)", process->exe, (long long)process->oid.hpid);
	while (process->has_poid) {
		/* The process is lent until the next call, and so is its poid. */
		const struct sysflow_oid oid = process->poid;

		process = sysflow_driver_process(driver, &oid);
		if (!process)
			break;
		printf(" < %s", process->exe);
	}
}

static void on_record(void *ctx, const struct sysflow_header *header,
		      const struct sysflow_container *container,
		      const struct sysflow_process *process, const struct sysflow_file *file1,
		      const struct sysflow_file *file2, const struct sysflow_record *record)
{
	(void)ctx;
	printf("%s: ", header ? header->exporter : "?");
	print_record(record);
	if (file1)
		printf(", %s", file1->path);
	if (file2)
		printf(" to %s", file2->path);
	if (process)
		print_ancestors(process);
	if (container)
		printf(" in %s", container->id);
	printf("\n");
}

int main(int argc, char **argv)
{
	struct sysflow_config config;
	struct eyas_err err;
	int res;

	sysflow_config_init(&config);
	config.callback = on_record;
	config.exporterID = "example";
	config.fileOnly = false;
	config.fileReadMode = 0;
	if (argc > 1)
		config.scapInputPath = argv[1];
	if (sysflow_driver_new(&config, &driver, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	res = sysflow_driver_run(driver, &err);
	if (res)
		fprintf(stderr, "%s\n", err.text);
	/* Flows that are still open come now. */
	sysflow_driver_free(driver);
	return res ? 1 : 0;
}
