/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets to a unix socket (SOCK_SEQPACKET), as a client that nothing stops: a peer that is slow
 * finds a queue, one that is gone or not there yet is tried again and again. What is lost is
 * counted. Connecting and sending never block, and raise no signal.
 */
#ifndef OUTPUT_PACKET_H
#define OUTPUT_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

struct output_packet_opts {
	const char *path;   /* copied */
	size_t queue_bytes; /* waiting at most */
	/* Between attempts to connect: the first pause, and what doubling ends at. */
	uint64_t retry_ns, retry_max_ns;
};

struct output_packet_stats {
	uint64_t sent, lost, connects;
	uint64_t waiting_bytes; /* now, with 4 bytes for each packet */
};

struct output_packet;

int output_packet_new(const struct output_packet_opts *opts, struct output_packet **ret_packet,
		      struct eyas_err *reterr);
/*
 * Is there a peer? Tries to connect when there is none and it is time to: 1 = just now, so that
 * the peer knows nothing, 0 = nothing new, negative = in vain (again after the pause).
 */
int output_packet_connect(struct output_packet *packet, struct eyas_err *reterr);
bool output_packet_connected(const struct output_packet *packet);
/*
 * Send or queue a packet, after those that wait. 0, -ENOBUFS: the queue is full, -EMSGSIZE: it is
 * larger than the socket takes, -ENOTCONN: there is no peer, other: the peer is gone, with all
 * that waited. What fails is counted as lost.
 */
int output_packet_put(struct output_packet *packet, const void *data, size_t len,
		      struct eyas_err *reterr);
/* Count a packet that was not even tried. */
void output_packet_lose(struct output_packet *packet);
/* Send what waits, as far as the peer takes it; notices that the peer is gone. */
int output_packet_pump(struct output_packet *packet, struct eyas_err *reterr);
/*
 * Wait until no more than bytes wait. A peer that takes nothing for stall_ns is given up, with
 * -ETIMEDOUT.
 */
int output_packet_drain(struct output_packet *packet, size_t bytes, uint64_t stall_ns,
			struct eyas_err *reterr);
void output_packet_stats(const struct output_packet *packet, struct output_packet_stats *ret_stats);
/* What still waits is lost; drain first. NULL is fine. */
void output_packet_free(struct output_packet *packet);

#endif
