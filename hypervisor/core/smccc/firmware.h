/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about the firmware below: asked once at boot, on the boot CPU, and held. Everything
 * here is a typed reading; the raw registers are kept only where the boot report prints them.
 *
 * Locks: none. firmware_discover() runs before any other CPU does; afterwards the struct is
 * constant except `pe`, of which each CPU writes its own element.
 */
#ifndef PORTCULLIS_FIRMWARE_H
#define PORTCULLIS_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ffa/ffa.h"
#include "core/machine.h"

#define FIRMWARE_CPU_MAX 64

enum firmware_conduit {
	FIRMWARE_NONE, /* nobody answers an SMC: there is no firmware to ask */
	FIRMWARE_SMC,
	FIRMWARE_SMC_TRACED, /* SMC, and the host's trace tells of it */
};

/* What ARCH_FEATURES said about ARCH_WORKAROUND_1..4 on one PE (DEN0070). */
enum firmware_workaround {
	FIRMWARE_WORKAROUND_UNASKED = 0,
	FIRMWARE_WORKAROUND_ABSENT,       /* -1: not implemented */
	FIRMWARE_WORKAROUND_NOT_REQUIRED, /* -2: safe or mitigated for good, must not be called */
	FIRMWARE_WORKAROUND_NEEDED,       /* 0: this PE needs the call */
	FIRMWARE_WORKAROUND_HARMLESS,     /* 1: may be called, does nothing on this PE */
};

#define FIRMWARE_WORKAROUNDS 4

struct firmware {
	enum firmware_conduit conduit; /* set by the caller of firmware_discover() */

	/* PSCI (DEN0022). Bit n of psci32/psci64: function number n has an SMC32/SMC64 form. */
	uint64_t psci_version_raw;
	bool psci;
	uint32_t psci_version; /* major in 31:16, minor in 15:0 */
	uint32_t psci32, psci64;
	uint32_t suspend_flags; /* PSCI_FEATURES(CPU_SUSPEND): bit 0 OS initiated, bit 1 extended */
	uint32_t off2_flags;    /* PSCI_FEATURES(SYSTEM_OFF2) */

	/* SMCCC (DEN0028). 1.0 when firmware cannot be asked. */
	uint64_t smccc_version_raw;
	bool smccc_asked;
	uint32_t smccc_version;

	bool soc_id; /* version and revision below; the 64-bit form has a name as well */
	bool soc_id_name;
	uint32_t soc_version, soc_revision;

	/* TRNG (DEN0098) */
	bool trng;
	uint32_t trng_version;
	bool trng_uuid, trng_rnd32, trng_rnd64;

	struct ffa_negotiation ffa;

	struct firmware_pe {
		uint8_t workaround[FIRMWARE_WORKAROUNDS]; /* enum firmware_workaround */
	} pe[FIRMWARE_CPU_MAX];

	uint64_t ticks; /* spent in discovery, of machine_counter() */
};

/*
 * One call to firmware, x0..x17 in and out as machine_firmware_call(); without a conduit nothing is
 * called and x0 comes back as "unknown function". Any CPU, no locks needed.
 */
void firmware_call(const struct firmware *firmware, uint64_t x[SMCCC_REGISTERS]);

/* The rest of firmware_message(), for every conduit but SMC alone. */
void firmware_message_otherwise(const struct firmware *firmware,
				uint64_t x[SMCCC_MESSAGE_REGISTERS], uint64_t *since);

/* The same as machine_firmware_message(). */
static inline void firmware_message(const struct firmware *firmware,
				    uint64_t x[SMCCC_MESSAGE_REGISTERS], uint64_t *since)
{
	if (__builtin_expect(firmware->conduit == FIRMWARE_SMC, 1))
		machine_firmware_message(NULL, x, since);
	else
		firmware_message_otherwise(firmware, x, since);
}

/* The rest of firmware_ask(), for every conduit but SMC alone. */
uint64_t firmware_ask_otherwise(const struct firmware *firmware, uint32_t fid, uint64_t x1,
				uint64_t x2, uint64_t x3);

/* Call `fid` with up to three arguments, all other registers zero; the result is raw x0. */
static inline uint64_t firmware_ask(const struct firmware *firmware, uint32_t fid, uint64_t x1,
				    uint64_t x2, uint64_t x3)
{
	if (__builtin_expect(firmware->conduit == FIRMWARE_SMC, 1))
		return machine_firmware_ask(fid, x1, x2, x3);
	return firmware_ask_otherwise(firmware, fid, x1, x2, x3);
}

/* From here on the trace of the host is told of each call. Boot CPU, before the host runs. */
void firmware_trace(struct firmware *firmware);

/*
 * Ask everything that the rest relies on: PSCI, SMCCC, TRNG, SOC_ID, FF-A. `conduit` is set by the
 * caller, all other fields are written. No answer is fatal. Boot CPU, once.
 */
void firmware_discover(struct firmware *firmware);

/* What this PE's firmware says about ARCH_WORKAROUND_n, n = 1..4; asked once per PE. Any CPU. */
enum firmware_workaround firmware_workaround(struct firmware *firmware, unsigned n);

/* The boot report's part: PSCI, SMCCC, TRNG, and every FF-A question with its raw answer. */
void firmware_report(const struct firmware *firmware);

#endif
