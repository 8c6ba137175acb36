/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often and why each CPU left the host for the hypervisor. One struct per CPU, which alone
 * writes it; others read it while it changes, so each counter is one aligned word.
 *
 * Calls are counted by function: power calls and those of FF-A by their number in either form
 * (DEN0022 and DEN0077A put both forms of a function at one number), all others by identifier, in
 * the order of their first use.
 */
#ifndef PORTCULLIS_HOST_EXITS_H
#define PORTCULLIS_HOST_EXITS_H

#include <stdint.h>

#define HOST_EXITS_PSCI 32U
#define HOST_EXITS_CALLS                                                                           \
	14U /* identifiers with a counter of their own: what Linux uses, and some more */

/* FF-A: numbers that a standard has given so far; those beyond count as all others. */
#define HOST_EXITS_FFA_FIRST 0x60U
#define HOST_EXITS_FFA       0x38U

struct host_exits {
	uint64_t psci[HOST_EXITS_PSCI];
	uint64_t ffa[HOST_EXITS_FFA];
	uint64_t call[HOST_EXITS_CALLS];
	uint32_t fid[HOST_EXITS_CALLS]; /* whose call[] it is, where that is not 0 */
	uint64_t calls_other;           /* calls for which no call[] was left */
	uint64_t hvc;                   /* of all calls, those by HVC; the others came by SMC */
	uint64_t abort;                 /* stage-2 faults */
	uint64_t trap;                  /* registers and instructions that are not the host's */
};

/* A call that has no counter by its number. The calling CPU's own struct. */
void host_exits_count(struct host_exits *exits, uint32_t fid);

/* All calls of that CPU. Any CPU. */
uint64_t host_exits_calls(const struct host_exits *exits);

/* `exits` belongs to CPU `cpu` from now on. Boot CPU, before that CPU runs. */
void host_exits_register(unsigned cpu, const struct host_exits *exits);

/* Log line: the sum of all CPUs, when the host ends the system. Any CPU, no locks held. */
void host_exits_report(void);

#endif
