/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs are in the kernel, and what do they cost? */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/err.h"
#include "capture/bpf_source.h"
#include "bpf/eyas.skel.h"

int eyas_live_program(const struct eyas_source *source, unsigned index,
		      struct eyas_live_program *ret_program)
{
	struct bpf_probe *probe = bpf_source_probe(source);
	struct bpf_prog_info info = { 0 };
	struct bpf_program *program;
	uint32_t size = sizeof(info);

	if (!probe)
		return 0;
	bpf_object__for_each_program(program, probe->skel->obj)
	{
		if (!bpf_program__autoload(program) || index--)
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			memset(&info, 0, sizeof(info));
		*ret_program = (struct eyas_live_program){
			.name = bpf_program__name(program),
			.attach = bpf_program__section_name(program),
			.verified_insns = info.verified_insns,
			.jited_bytes = info.jited_prog_len,
			.xlated_bytes = info.xlated_prog_len,
			.run_count = info.run_cnt,
			.run_ns = info.run_time_ns,
		};
		return 1;
	}
	return 0;
}

int eyas_live_run_stats(struct eyas_source *source, struct eyas_err *reterr)
{
	struct bpf_probe *probe = bpf_source_probe(source);
	int fd;

	if (!probe)
		return eyas_err_set(reterr, EYAS_E_USAGE, "this is no live source");
	if (probe->stats_fd >= 0)
		return 0;
	fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0)
		return eyas_err_set(reterr, fd, "run statistics cannot be switched on: %s%s",
				    strerror(-fd), fd == -EPERM ? "; CAP_SYS_ADMIN is needed" : "");
	probe->stats_fd = fd;
	return 0;
}
