// SPDX-License-Identifier: Apache-2.0
/*
 * FFA_VERSION as caller: whatever firmware answers, and however it contradicts itself, the
 * questions end, only versions of ours are asked for, a version counts once firmware
 * granted it twice in a row, and what is not a version in w0 is never taken for one.
 *
 * target: hypervisor/core/ffa/version.c ffa_version_read, ffa_negotiate
 * bound: every 64-bit answer to each question, all sequences of them
 * assumes: a reader accepts no minor above the one that it asks for, both of major 1
 * wraps: ffa_version_read: w0 is the low half of x0
 * unwind: 7
 */
#include "proof.h"

#include "core/ffa/version.c"

static uint64_t answers[16];
static unsigned asked_count;

static uint64_t ask(const void *context, uint32_t asked)
{
	(void)context;
	PROMISE(asked >= 0x10000U && asked <= 0x10002U);
	PROMISE(asked_count < FFA_QUESTION_MAX);
	answers[asked_count] = nondet_uint64();
	return answers[asked_count++];
}

static void prove_reading(void)
{
	uint32_t asked = nondet_uint32(), minimum = nondet_uint32(), use;
	uint64_t raw = nondet_uint64(), w0 = raw % (1UL << 32);
	enum ffa_reading reading;

	ASSUME(asked >= 0x10000U && asked < 0x20000U && minimum >= 0x10000U && minimum <= asked);
	reading = ffa_version_read(asked, minimum, raw, &use);
	PROMISE((reading == FFA_READING_NOT_SUPPORTED) == (w0 == 0xffffffffU));
	PROMISE((reading == FFA_READING_OK) == (w0 >= asked && w0 < 0x20000U));
	PROMISE((reading == FFA_READING_DOWNGRADE) == (w0 >= minimum && w0 < asked));
	PROMISE((reading == FFA_READING_INVALID) ==
		(w0 < 0x10000U || (w0 >= 0x80000000U && w0 != 0xffffffffU)));
	PROMISE(use == (reading == FFA_READING_OK          ? asked
			: reading == FFA_READING_DOWNGRADE ? w0
							   : 0U));
}

void prove(void)
{
	struct ffa_negotiation result;

	prove_reading();
	ffa_negotiate(&result, ask, NULL);
	PROMISE(result.count == asked_count && result.count >= 1U && result.count <= 6U);
	PROMISE(result.question[0].asked == 0x10002U);
	PROMISE(result.outcome == FFA_PRESENT || result.version == 0U);
	if (result.outcome == FFA_PRESENT) {
		uint32_t last = (uint32_t)(answers[result.count - 1U] & 0xffffffffU);

		PROMISE(result.version >= 0x10000U && result.version <= 0x10002U);
		PROMISE(result.version == result.question[result.count - 1U].asked);
		PROMISE(last >= result.version && last < 0x20000U);
		PROMISE(result.count >= 2U);
	} else {
		PROMISE(result.outcome == FFA_ABSENT || result.outcome == FFA_UNSTEADY);
	}
}
