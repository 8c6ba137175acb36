/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SMC from the normal world: first the personality's rules, then the firmware's own functions,
 * then the rules again for what is returned (docs/firmware.md has the order).
 */
#ifndef FIRMWARE_CALLS_H
#define FIRMWARE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

#define CALL_REGISTERS 18 /* x0..x17, DEN0028 2.6 and 2.7 */

/* SMCCC status codes (DEN0028 7.1). */
#define SMCCC_NOT_SUPPORTED     (-1)
#define SMCCC_NOT_REQUIRED      (-2)
#define SMCCC_INVALID_PARAMETER (-3)

struct call {
	uint64_t argument[CALL_REGISTERS]; /* as received */
	uint64_t result[CALL_REGISTERS]; /* starts as the arguments: what is not a result is kept */
	uint32_t function;               /* w0 without the SVE hint, bit 16 of a fast call */
	uint16_t immediate;
	uint16_t line; /* of the script: the rule that took the call; 0: none */
	unsigned cpu;
};

/* A function of the firmware's own. The handler writes `result`, or does not return. */
struct service {
	uint32_t function;
	void (*handler)(struct call *call);
};

extern const struct service psci_services[];
extern const size_t psci_service_count;
extern const struct service arch_services[];
extern const size_t arch_service_count;
extern const struct service trng_services[];
extern const size_t trng_service_count;

/* Argument n with the width that the function identifier says. */
uint64_t call_argument(const struct call *call, unsigned n);

/* A status in x0: int32, sign-extended as TF-A does. */
void call_status(struct call *call, int32_t status);

/* Has the firmware a function of that identifier? */
bool call_known(uint32_t function);

/* Carry out the firmware's own function; an unknown one answers NOT_SUPPORTED in 64 bits. */
void call_serve(struct call *call);

/* The call will not return to its caller: write its line of the log now. */
void call_leaves(const struct call *call);

/* Everything that the SMC does, from the caller's registers to the caller's registers. */
void call_handle(struct frame *frame, uint16_t immediate);

/* Power and trap code that entry.S calls. */
void trap_lower(struct frame *frame);
_Noreturn void trap_unexpected(struct frame *frame, unsigned vector);

/* Report a fault of the firmware's own or of its set-up, and stop the machine. */
_Noreturn void crash(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
