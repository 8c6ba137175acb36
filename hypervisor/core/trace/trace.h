/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of each call of the host, for somebody who reads the hypervisor's memory from outside
 * (./portcullis run --trace). Off unless the boot option hv.trace=N asks for it; then each CPU has
 * a ring of N records, and traps of the host take another way through the vectors, so that a
 * machine without a trace has no instruction of it in a call.
 *
 * A ring belongs to its CPU, which alone writes it; the reader takes records out at any time:
 *
 *   begun    counts the records that were begun; the last one may be incomplete. It is raised
 *            before anything of the oldest record is overwritten.
 *   number   of a record: 0 while it is being written.
 *   verdict  TRACE_OPEN until the answer is there; of a call that never comes back it stays so.
 *   taken    counts the records that the reader has taken. While a reader is there (attached) a
 *            CPU waits for room, TRACE_PATIENCE at most; then, or without a reader, the oldest
 *            record is lost. What was lost is seen by its index: below begun - capacity.
 *   flush    is raised by a call that ends or resets the system, behind which the next boot may
 *            open the trace anew at any moment. The CPU waits, as above, until `flushed` is the
 *            same: the reader has copied all there is. In a trace that was opened anew `attached`
 *            is 0.
 *
 * Locks: none. `next` and `flush` are atomic; `taken`, `attached` and `flushed` are the reader's.
 */
#ifndef PORTCULLIS_TRACE_H
#define PORTCULLIS_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/plan.h"
#include "core/machine.h"

#define TRACE_RECORDS     1024U /* of a CPU, where hv.trace= gives no number */
#define TRACE_RECORDS_MAX 1048576U
#define TRACE_PATIENCE    10U /* seconds that a CPU waits for room */
#define TRACE_READER_MAX  60U

enum trace_conduit {
	TRACE_SMC,
	TRACE_HVC,
};

enum trace_verdict {
	TRACE_OPEN,      /* not answered (yet) */
	TRACE_ANSWERED,  /* by the hypervisor alone */
	TRACE_FORWARDED, /* firmware was asked for it at least once */
	TRACE_REFUSED,   /* by the hypervisor alone; trace_rule says why */
};

/* Why a call was refused here. */
enum trace_rule {
	TRACE_RULE_NONE,
	TRACE_RULE_IMMEDIATE, /* the immediate of SMC or HVC is not 0 (DEN0028 2.9) */
	TRACE_RULE_RESERVED,  /* no convention gives the identifier a meaning */
	TRACE_RULE_CLOSED,    /* a range that only hv.smc= could open, or nothing */
	TRACE_RULE_FUNCTION,  /* the range is served, the function not offered */
	TRACE_RULE_STATUS,    /* the function refused; its status says why */
	TRACE_RULE_LEDGER,    /* a rule of the ledger: enum ledger_rule in answer[1] */
};

struct trace_record {
	uint64_t number;    /* counts the calls of all CPUs from 1, in the order of their begin */
	uint64_t time;      /* machine_counter() when it came */
	uint64_t x[8];      /* x0 to x7 as the host gave them */
	uint64_t answer[4]; /* x0 to x3 as the host gets them */
	uint32_t ticks;     /* of the counter until the answer; at most 2^32 - 1 */
	uint16_t immediate;
	uint8_t cpu;
	uint8_t conduit;         /* enum trace_conduit */
	uint32_t firmware_calls; /* that were made for it */
	uint8_t verdict;         /* enum trace_verdict */
	uint8_t rule;            /* enum trace_rule */
	uint8_t range;           /* enum smccc_range */
	uint8_t unused;
};

_Static_assert(sizeof(struct trace_record) == 128, "two cache lines");

struct trace_ring {
	uint64_t begun;
	uint64_t taken;
	uint64_t gave_up; /* value of `taken` when the CPU waited in vain; ~0: it did not */
	uint64_t base;    /* of the records, physical */
};

struct trace {
	uint64_t next;      /* number of the next call */
	uint64_t capacity;  /* records in a ring */
	uint64_t frequency; /* of the counter, Hz */
	uint32_t cpus;
	uint32_t attached; /* not 0: a reader is there */
	uint32_t flush, flushed;
	uint32_t patience; /* seconds that the boot waits for a reader */
	struct trace_ring ring[BOOT_CPU_MAX];
};

/* Where the trace is; NULL: there is none. Constant once the host runs; a reader finds it by name.
 */
extern struct trace *host_trace;

/* Bytes that a trace of hv.trace=`value` takes for `cpus` CPUs; a multiple of 4 KiB. */
uint64_t trace_size(const char *value, unsigned cpus);

/*
 * Open the trace in [base, base + trace_size(value, cpus)), mapped and of the hypervisor's, whose
 * content does not matter. `wait`: value of hv.trace-wait=, seconds for a reader to come, at most
 * TRACE_READER_MAX; NULL: none. Boot CPU, once, before firmware_trace().
 */
void trace_open(const char *value, const char *wait, uint64_t base, unsigned cpus);

/* Report line, and the time for a reader to come. Boot CPU, before the host runs. */
void trace_await(void);

/* A call of the calling CPU begins, with x0..x7 in `x`. No lock held. */
void trace_begin(struct trace *trace, enum trace_conduit conduit, uint16_t immediate,
		 const uint64_t *x);

/* Firmware is asked for the call that the calling CPU is handling, if it is. Any CPU. */
void trace_firmware(struct trace *trace);

/* It ends, with x0..x3 in `x`. */
void trace_end(struct trace *trace, const uint64_t *x);

#endif
