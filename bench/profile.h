/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the instructions at EL2 go: how many ran at each address, and under which chain of calls.
 * A call is BL or BLR, a return is RET; a visit to EL2 starts a chain of its own, named after what
 * caused it. Each CPU's chain is touched by that CPU's thread only.
 */
#ifndef PORTCULLIS_BENCH_PROFILE_H
#define PORTCULLIS_BENCH_PROFILE_H

#include <stdint.h>

#include "plugin.h"

/*
 * Start to profile into `path`, written by profile_write(). `roots` names what can begin a chain;
 * root 0 is where each CPU starts.
 */
void profile_open(const char *path, const char *const *roots, unsigned count);
bool profile_on(void);

/* Have `insn` counted each time that it runs at EL2. While its block is translated. */
void profile_instruction(struct qemu_plugin_insn *insn, uint64_t address, uint32_t code);

/* `cpu` comes to EL2 because of `root`, below no call. */
void profile_enter(unsigned cpu, unsigned root);

/* Write everything. After the last instruction. */
void profile_write(void);

#endif
