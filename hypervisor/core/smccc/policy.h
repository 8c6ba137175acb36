/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers a call of the host, by range of function identifiers. One table (policy.c) holds the
 * ranges; the router looks a call up by owner, the boot report prints it.
 *
 * Locks: none. Constant after boot, except `used`, atomics.
 */
#ifndef PORTCULLIS_POLICY_H
#define PORTCULLIS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum smccc_range {
	SMCCC_RANGE_UNKNOWN, /* reserved owners, reserved bits, immediate not 0 */
	SMCCC_RANGE_ARCH,
	SMCCC_RANGE_CPU,
	SMCCC_RANGE_SIP,
	SMCCC_RANGE_OEM,
	SMCCC_RANGE_STANDARD, /* owner 4: PSCI, TRNG, FF-A by number */
	SMCCC_RANGE_STANDARD_HYPERVISOR,
	SMCCC_RANGE_VENDOR_HYPERVISOR,
	SMCCC_RANGE_VENDOR_EL3,
	SMCCC_RANGE_TRUSTED_OS, /* owners 48..63, fast and yielding */
	SMCCC_RANGE_LEGACY,     /* yielding calls from before the convention */
	SMCCC_RANGES,
};

/* Ranges that the boot option hv.smc= can open; bits of smccc_policy.open. */
#define SMCCC_OPEN(range) (1U << (range))

/* Functions of the vendor hypervisor range, bits of the answer to 0x86000000. */
#define PORTCULLIS_PRESENT_CONFINED 0x1U /* the host runs behind stage 2 */

struct smccc_policy {
	uint32_t open;     /* ranges that are forwarded although nobody checks them */
	uint32_t used;     /* of these, bit set when the first call was logged; atomic */
	uint32_t presence; /* what 0x86000000 answers: PORTCULLIS_PRESENT_* */
};

/* Everything that can be refused is refused; `presence` as given. Boot CPU, once. */
void smccc_policy_init(struct smccc_policy *policy, uint32_t presence);

/*
 * Value of the boot option hv.smc: names of ranges, comma-separated (sip, oem, tos). Opens each
 * that is known; false, after a log line, when one was not. Boot CPU.
 */
bool smccc_policy_option(struct smccc_policy *policy, const char *value);

/* Range of an identifier (hint bit cleared). */
enum smccc_range smccc_range_of(uint32_t fid);

/* Log lines: the table, and for each opened range what is no longer guaranteed. */
void smccc_policy_report(const struct smccc_policy *policy);

#endif
