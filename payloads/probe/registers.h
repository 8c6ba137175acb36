/* SPDX-License-Identifier: Apache-2.0 */
/* What every CPU must be entered with and what it must look like; for all ways in. */
#ifndef PROBE_REGISTERS_H
#define PROBE_REGISTERS_H

#include <stdint.h>

#include "cpu.h"

/*
 * Check the state that a CPU was entered with: as docs/boot.md says, for the boot CPU, after CPU_ON
 * and after a wake-up alike, which leaves the timers alone. `how` is for messages.
 */
void entry_check(const char *how, const struct cpu_entry *entry, uint64_t context);
void entry_check_woken(const struct cpu_entry *entry, uint64_t context);

/* On this CPU: the registers that must be equal everywhere have the values of the boot CPU. */
void registers_check_same(void);

/* On this CPU: everything that the ID registers promise can be read, nothing of EL2 can. */
void registers_check_access(void);

/* On this CPU: calls and aborts leave the host's registers alone. */
void registers_check_kept(void);

#endif
