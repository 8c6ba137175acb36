/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions. One that is expected is noted in struct cpu and skipped; any other ends the payload
 * with a line that says what it was.
 */
#ifndef PAYLOAD_EXCEPTION_H
#define PAYLOAD_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

enum exception_class {
	EC_UNKNOWN = 0x00,
	EC_TRAPPED_FP = 0x07,
	EC_SVC64 = 0x15,
	EC_SVC32 = 0x11,
	EC_SYSREG = 0x18,
	EC_IABT_LOWER = 0x20,
	EC_IABT_SAME = 0x21,
	EC_DABT_LOWER = 0x24,
	EC_DABT_SAME = 0x25,
};

/* The last exception of a CPU that was expected. */
struct exception {
	uint64_t esr, far, elr;
	unsigned vector;
	unsigned count; /* since exception_expect() */
	bool expected;
};

/* From here on an exception of this CPU is noted, and the instruction skipped. */
void exception_expect(void);

/* End of that; the number of exceptions that were taken, the last one in *last unless NULL. */
unsigned exception_end(struct exception *last);

static inline unsigned exception_class(const struct exception *e)
{
	return (unsigned)(e->esr >> 26) & 0x3fU;
}

/* A synchronous external abort (of an access or of a table walk), data or instruction. */
static inline bool exception_external_abort(const struct exception *e)
{
	unsigned class = exception_class(e), code = (unsigned)e->esr & 0x3fU;

	return (class == EC_DABT_SAME || class == EC_IABT_SAME || class == EC_DABT_LOWER ||
		class == EC_IABT_LOWER) &&
	       (code == 0x10U || (code >= 0x14U && code <= 0x17U));
}

/* Single accesses; true when no exception came. For addresses of the identity map. */
bool try_read8(uint64_t address, uint8_t *value);
bool try_read32(uint64_t address, uint32_t *value);
bool try_read64(uint64_t address, uint64_t *value);
bool try_write8(uint64_t address, uint8_t value);
bool try_write64(uint64_t address, uint64_t value);

/* Branch to an address; true when it came back without an exception. */
bool try_execute(uint64_t address);

/* Run at EL0 from `pc` with this SPSR until an exception; what it was, and x0 then. */
uint64_t user_run(uint64_t pc, uint64_t spsr, uint64_t x0, struct exception *taken);

#endif
