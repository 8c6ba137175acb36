/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAYLOAD_CPU_H
#define PAYLOAD_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "exception.h"
#include "layout.h"
#include "sysreg.h"

/* System registers of which a CPU keeps the value that it was entered with; order as in start.S. */
enum entry_register {
	ENTRY_SCTLR,
	ENTRY_DAIF,
	ENTRY_LEVEL, /* CurrentEL */
	ENTRY_SPSEL,
	ENTRY_NZCV,
	ENTRY_CPACR,
	ENTRY_TCR,
	ENTRY_VBAR,
	ENTRY_CNTKCTL,
	ENTRY_MDSCR,
	ENTRY_CONTEXTIDR,
	ENTRY_CSSELR,
	ENTRY_TPIDR_EL1,
	ENTRY_TPIDR_EL0,
	ENTRY_TPIDRRO,
	ENTRY_CNTP_CTL,
	ENTRY_CNTV_CTL,
};

/* State of a CPU as it was entered; the stack pointer alone is not in it. */
struct cpu_entry {
	uint64_t x[31];
	uint64_t system[ENTRY_COUNT];
};

typedef void cpu_function(void *argument);

struct cpu {
	uint64_t stack; /* top */
	cpu_function *function;
	void *argument;
	uint64_t user_sp; /* of EL1, while EL0 runs */
	struct cpu_entry entry;
	unsigned index;
	uint32_t phase; /* enum cpu_phase, atomic */
	struct exception exception;
};

enum cpu_phase {
	CPU_AWAY,
	CPU_STARTED,
	CPU_DONE
};

extern struct cpu cpus[CPU_LIMIT];

/* MPIDR of the last CPU that ran an entry that nobody may reach; see `stray` in start.S. */
extern volatile uint64_t strays;

static inline struct cpu *cpu_self(void)
{
	return (struct cpu *)(uintptr_t)sysreg_read(tpidr_el1);
}

/* Where CPU_ON and suspend calls must lead; their context is a struct cpu. */
void secondary(void);
void stray(void);

/*
 * Start CPU `index` and let it run `function`; PSCI's status. The CPU turns itself off when the
 * function returns.
 */
int32_t cpu_start(unsigned index, cpu_function *function, void *argument);

/* Until CPU `index` has ended its function and firmware calls it off; false after `us`. */
bool cpu_wait_off(unsigned index, uint64_t us);

/* Run `function` on CPU `index`, to its end. False, after a line, when it did not. */
bool cpu_run(unsigned index, cpu_function *function, void *argument);

void cpu_leave(void);

#endif
