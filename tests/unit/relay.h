/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FF-A mediator alone, between an endpoint whose memory is an array and a manager of partitions
 * that keeps its own state of buffers and lies when a test wants it to. Nothing of the hypervisor
 * besides core/ffa takes part.
 */
#ifndef PORTCULLIS_TEST_RELAY_H
#define PORTCULLIS_TEST_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ffa/ffa.h"

#define RELAY_BASE       0x60000000ULL
#define RELAY_PAGES      64U
#define RELAY_PAGE(n)    (RELAY_BASE + (n) * 4096ULL)
#define RELAY_PARTITIONS 600
#define RELAY_CALLS      4096
#define RELAY_EVENTS     64

struct relay_partition {
	uint16_t id, contexts;
	uint32_t properties;
	uint8_t uuid[16];
};

struct relay {
	/* the manager: what it has and how it answers */
	uint32_t absent[32]; /* FFA_FEATURES says no to these; 0 ends the list */
	uint32_t map_word;   /* w2 of FFA_FEATURES(FFA_RXTX_MAP) */
	uint32_t wide_only;  /* it has only the 64-bit form of FFA_RXTX_MAP */
	uint64_t interrupt;  /* of FFA_FEATURES(SRI) */
	uint32_t stride;     /* bytes of an entry */
	bool tagged;         /* lists in registers have a tag */
	unsigned retries;    /* lists in registers that break off before one ends */
	struct relay_partition partition[RELAY_PARTITIONS];
	unsigned partitions;
	/* answers a call in the manager's place when it returns true */
	bool (*before)(struct relay *relay, uint64_t x[FFA_REGISTERS]);
	/* changes an answer */
	void (*after)(struct relay *relay, uint32_t fid, uint64_t x[FFA_REGISTERS]);

	/* its state */
	uint64_t tx, rx, size; /* physical; size 0: not mapped */
	bool rx_full;
	uint16_t shadow; /* endpoint of the shadows, 0: none */
	uint64_t shadow_tx, shadow_rx;
	bool shadow_taken;   /* by the mediator, or full */
	unsigned complaints; /* calls that broke a rule */

	/* the endpoint's memory, and pins of each page */
	uint8_t memory[RELAY_PAGES * 4096U] __attribute__((aligned(4096)));
	int pins[RELAY_PAGES];
	bool gone[RELAY_PAGES]; /* shared or lent by now: cannot be pinned */
	unsigned reads;
	/* called in the middle of a copy, with nothing held */
	void (*copying)(struct relay *relay);

	unsigned calls;
	uint32_t call[RELAY_CALLS]; /* w0 of each call of the manager */
	struct ffa_event event[RELAY_EVENTS];
	unsigned events;
	uint64_t clock;
	uint8_t *carved; /* what ffa_open() got */
	size_t carved_size, alignment;
};

extern struct relay relay;
extern struct ffa relay_ffa;

/* An honest manager with two partitions. Change `relay`, then relay_start(). */
void relay_prepare(void);

/* The mediator begins on a firmware of `version`; then the endpoint asks for `caller`, unless 0. */
void relay_start(uint32_t version, uint32_t caller);
void relay_end(void);

/* A call of the endpoint on CPU 0: x1..x5 as given, canaries above. Returns w0. */
uint32_t relay_call(uint64_t x[FFA_REGISTERS], uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
		    uint64_t x4, uint64_t x5);

/* The same when only the outcome matters: 0, or the error. */
int relay_ask(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3);

/* TX in page 0, RX in page 1. */
void relay_map(void);

/* How many calls of w0 the manager heard since `from`. */
unsigned relay_heard(uint32_t fid, unsigned from);

/* Sum of all pins. */
int relay_pinned(void);

unsigned relay_told(enum ffa_event_kind kind);

#endif
