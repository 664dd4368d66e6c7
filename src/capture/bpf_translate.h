/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the flags of a live event mean? The probe sends them as the kernel knows them; here
 * they become, in place, the portable values of src/schema/flags.def, before anybody sees the
 * event. Called by the live source for each event, between the ring and all others.
 *
 * What a program sends where the raw value alone will not do:
 *
 *   file flags, of open, openat, openat2, open_by_handle_at
 *	the low 29 bits of the argument (the caller may set the others, open() ignores them), and
 *	EYAS_WIRE_O_* for what only the kernel knows.
 *   flags of eventfd2, signalfd4, inotify_init1 (16 bits)
 *	portable already: 0x40 for non-blocking, 0x1000 for close-on-exec, 0 if the argument is
 *	negative. Left alone here, as are creat_flags and the flags of execve and execveat.
 *   flags of clone, clone3, fork, vfork
 *	the low byte cleared (in the argument of clone it is the exit signal), and EYAS_WIRE_CLONE_*.
 *   cmd of fcntl (8 bits)
 *	EYAS_WIRE_FCNTL(cmd): commands from 1024 on are moved to 64, what fits nowhere is 0xff.
 *   level and optname of setsockopt and getsockopt, resource of the rlimit calls, id of quotactl
 *   as a format (8 bits)
 *	0xff for all that is larger.
 *   request of ptrace (16 bits)
 *	0xffff for all that is larger.
 *   cmd of quotactl (16 bits), type (8 bits)
 *	cmd >> 8, and cmd & 0xff; a format that the command does not have is 0.
 *   events in an FDLIST
 *	as in struct pollfd.
 *   val of semctl
 *	the fourth argument, whatever the command.
 */
#ifndef CAPTURE_BPF_TRANSLATE_H
#define CAPTURE_BPF_TRANSLATE_H

#include <eyas/event.h>

#include "bpf/wire.h"

/* One parameter of one event type. */
struct eyas_bpf_step {
	uint8_t param, size, how, map;
};

/*
 * The portable bits of every four raw ones, by their value: eight loads for a word, whatever is
 * set in it.
 */
struct eyas_bpf_bits {
	uint32_t portable[8][16];
};

/* By map: 0 to 63, and the 64 from base on; all else is 0. */
struct eyas_bpf_values {
	uint16_t base;
	uint16_t portable[128];
};

#define EYAS_BPF_STEPS 128
#define EYAS_BPF_BIT_MAPS 16
#define EYAS_BPF_VALUE_MAPS 8

/* The tables, made of the schema's; read-only after eyas_bpf_translator_init(). */
struct eyas_bpf_translator {
	/* The steps of a type begin here and end where those of the next type begin. */
	uint8_t first[EYAS_EVENT_TYPES + 1];
	struct eyas_bpf_step steps[EYAS_BPF_STEPS];
	struct eyas_bpf_bits bits[EYAS_BPF_BIT_MAPS];
	struct eyas_bpf_values values[EYAS_BPF_VALUE_MAPS];
	uint32_t masks[EYAS_BPF_STEPS]; /* by step, where the portable bits are the kernel's */
	uint64_t families;		/* bit n: the family n has a name */
};

void eyas_bpf_translator_init(struct eyas_bpf_translator *translator);

/* The events with something to translate. */
void eyas_bpf_translate_steps(const struct eyas_bpf_translator *translator,
			      const struct eyas_event *event, uint8_t *bytes);

/*
 * event is a view of bytes that eyas_event_view() has set up; nothing outside of it is touched,
 * and nothing in it but values of the size of their type. Once per event: portable values are no
 * raw ones.
 */
static inline void eyas_bpf_translate(const struct eyas_bpf_translator *translator,
				      const struct eyas_event *event, uint8_t *bytes)
{
	if (translator->first[event->type] != translator->first[event->type + 1])
		eyas_bpf_translate_steps(translator, event, bytes);
}

#endif
