/* SPDX-License-Identifier: Apache-2.0 */
#include "core/smccc/policy.h"

#include <stddef.h>
#include <string.h>

#include "core/log/log.h"
#include "core/smccc/smccc.h"

struct smccc_rule {
	const char *identifiers;
	const char *name;
	const char *answer;
	const char *option; /* word of hv.smc= that opens the range, or NULL */
	const char *lost;   /* what is no longer guaranteed then */
};

static const struct smccc_rule rules[SMCCC_RANGES] = {
    [SMCCC_RANGE_ARCH] = {"0x80000000 0xc0000000", "architecture", "answered here", NULL, NULL},
    [SMCCC_RANGE_CPU] = {"0x81000000 0xc1000000", "CPU service", "refused", NULL, NULL},
    [SMCCC_RANGE_SIP] = {"0x82000000 0xc2000000", "silicon provider", "refused", "sip",
			 "its calls may name any physical address, also the hypervisor's"},
    [SMCCC_RANGE_OEM] = {"0x83000000 0xc3000000", "OEM", "refused", "oem",
			 "its calls may name any physical address, also the hypervisor's"},
    [SMCCC_RANGE_STANDARD] = {"0x84000000 0xc4000000", "standard secure",
			      "PSCI relayed, TRNG checked and forwarded, FF-A mediated, others "
			      "refused",
			      NULL, NULL},
    [SMCCC_RANGE_STANDARD_HYPERVISOR] = {"0x85000000 0xc5000000", "standard hypervisor", "refused",
					 NULL, NULL},
    [SMCCC_RANGE_VENDOR_HYPERVISOR] = {"0x86000000 0xc6000000", "vendor hypervisor",
				       "answered here", NULL, NULL},
    [SMCCC_RANGE_VENDOR_EL3] = {"0x87000000 0xc7000000", "vendor EL3", "refused", NULL, NULL},
    [SMCCC_RANGE_TRUSTED_OS] =
	{"owners 48 to 63", "trusted OS", "refused", "tos",
	 "the trusted OS may be told to share any physical address, also the "
	 "hypervisor's"},
    [SMCCC_RANGE_LEGACY] = {"0x00000000 to 0x0100ffff", "before SMCCC", "refused", NULL, NULL},
    [SMCCC_RANGE_UNKNOWN] = {"all others", "reserved", "refused", NULL, NULL},
};

enum smccc_range smccc_range_of(uint32_t fid)
{
	static const uint8_t fast[8] = {
	    [SMCCC_OWNER_ARCH] = SMCCC_RANGE_ARCH,
	    [SMCCC_OWNER_CPU] = SMCCC_RANGE_CPU,
	    [SMCCC_OWNER_SIP] = SMCCC_RANGE_SIP,
	    [SMCCC_OWNER_OEM] = SMCCC_RANGE_OEM,
	    [SMCCC_OWNER_STANDARD] = SMCCC_RANGE_STANDARD,
	    [SMCCC_OWNER_STANDARD_HYPERVISOR] = SMCCC_RANGE_STANDARD_HYPERVISOR,
	    [SMCCC_OWNER_VENDOR_HYPERVISOR] = SMCCC_RANGE_VENDOR_HYPERVISOR,
	    [SMCCC_OWNER_VENDOR_EL3] = SMCCC_RANGE_VENDOR_EL3,
	};
	uint32_t owner = (fid >> 24) & 0x3fU;

	if ((fid & SMCCC_FAST) == 0U && fid <= 0x0100ffffU)
		return SMCCC_RANGE_LEGACY; /* also where bits 23:17 are set: no SMCCC yet */
	if ((fid & SMCCC_RESERVED) != 0U)
		return SMCCC_RANGE_UNKNOWN;
	if (owner >= (uint32_t)SMCCC_OWNER_TRUSTED_APPLICATION)
		return SMCCC_RANGE_TRUSTED_OS;
	if ((fid & SMCCC_FAST) != 0U && owner < sizeof(fast))
		return (enum smccc_range)fast[owner];
	return SMCCC_RANGE_UNKNOWN;
}

void smccc_policy_init(struct smccc_policy *policy, uint32_t presence)
{
	*policy = (struct smccc_policy){.presence = presence};
}

static bool open_range(struct smccc_policy *policy, const char *word, size_t length)
{
	for (unsigned i = 0; i < SMCCC_RANGES; i++)
		if (rules[i].option != NULL && strlen(rules[i].option) == length &&
		    memcmp(rules[i].option, word, length) == 0) {
			policy->open |= SMCCC_OPEN(i);
			return true;
		}
	return false;
}

bool smccc_policy_option(struct smccc_policy *policy, const char *value)
{
	bool known = true;

	for (;;) {
		size_t left = strlen(value);
		const char *comma = memchr(value, ',', left);
		size_t length = comma != NULL ? (size_t)(comma - value) : left;

		if (!open_range(policy, value, length)) {
			log_line("smccc", "smc-option",
				 "hv.smc: no range \"%.*s\" can be opened (sip, oem, tos); ignored",
				 (int)(length < 32U ? length : 32U), value);
			known = false;
		}
		if (comma == NULL)
			return known;
		value = comma + 1;
	}
}

void smccc_policy_report(const struct smccc_policy *policy)
{
	/* In the order of the identifiers; what no range claims comes last. */
	for (unsigned i = 1; i <= SMCCC_RANGES; i++) {
		const struct smccc_rule *rule = &rules[i % SMCCC_RANGES];
		bool open = (policy->open & SMCCC_OPEN(i % SMCCC_RANGES)) != 0U;

		log_line("smccc", "smc-policy", "%-24s %-20s %s", rule->identifiers, rule->name,
			 open ? "FORWARDED UNCHECKED" : rule->answer);
	}
	for (unsigned i = 0; i < SMCCC_RANGES; i++)
		if ((policy->open & SMCCC_OPEN(i)) != 0U)
			log_line("smccc", "smc-open",
				 "hv.smc=%s: no longer guaranteed that the host cannot reach "
				 "withheld memory: %s",
				 rules[i].option, rules[i].lost);
}
