/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware for the fake machine: PSCI, SMCCC, TRNG and FF-A as variables. Start from
 * fake_firmware_good() and break what the test is about.
 */
#ifndef PORTCULLIS_FAKE_FIRMWARE_H
#define PORTCULLIS_FAKE_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "fake/machine.h"

#define FAKE_CPUS    8
#define FAKE_ANSWERS 16

/* One scripted answer: raw x0 to the n-th FFA_VERSION. */
struct fake_ffa {
	uint64_t answer[FAKE_ANSWERS];
	unsigned count; /* of answers; the last one repeats */
	unsigned asked;
	uint32_t last; /* w1 of the last question */
	/* or, when not NULL, computed */
	uint64_t (*compute)(struct fake_ffa *ffa, uint32_t asked);
	uint32_t implemented, recorded;
};

struct fake_firmware {
	uint64_t unknown;      /* x0 for what it does not know */
	bool unknown_keeps_x0; /* nobody handled it: x0 stays the identifier */

	uint64_t psci_version;
	uint32_t psci32, psci64; /* bit n: PSCI_FEATURES says yes */
	int32_t suspend_flags;
	bool features_knows_smccc;
	bool sign_extends; /* statuses fill x0, else the upper half is zero */
	uint64_t smccc_version;

	int32_t workaround[FAKE_CPUS][4]; /* ARCH_FEATURES per CPU, of 1..4 */
	bool soc_id, soc_id_name;
	bool trng;
	uint64_t trng_status; /* raw x0 of RND */

	/* raw status of the next calls, by PSCI function number; 0 = works */
	uint64_t status[32];
	/* CPUs as EL3 sees them */
	bool on[FAKE_CPUS];
	unsigned starts[FAKE_CPUS];

	struct fake_ffa ffa;

	bool clobbers;      /* x4..x17 and the upper halves of x1..x3 are garbage afterwards */
	unsigned malformed; /* calls with garbage: upper halves of SMC32, unused registers */
	bool (*special)(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS]);
};

/* SMCCC 1.2, PSCI 1.1, everything on one CPU, FF-A 1.1 in good form. Installs itself in `fake`. */
void fake_firmware_good(struct fake_firmware *firmware);

void fake_firmware_handle(void *context, uint64_t x[SMCCC_REGISTERS]);

/* FF-A that answers these raw values one after the other; the last repeats. */
void fake_ffa_script(struct fake_firmware *firmware, unsigned count, ...);

#endif
