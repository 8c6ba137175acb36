/* SPDX-License-Identifier: Apache-2.0 */
/* The way through a suspend call and back. */
#ifndef PAYLOAD_SUSPEND_H
#define PAYLOAD_SUSPEND_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A suspend call came back at its entry: cpu_self()->entry is what the CPU was entered with.
 */
#define SUSPEND_WOKE 1

/*
 * x0 to x3 of a call of this CPU, through SMC or HVC, whose entry leads to secondary() with
 * cpu_self() as its context. Status of a call that returned, as w0 has it, or SUSPEND_WOKE.
 */
int32_t suspend_by(const uint64_t call[4], bool hvc);

/* Entry for the boot CPU that does not need the context. */
void suspend_boot_cpu(void);

#endif
