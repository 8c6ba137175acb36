// SPDX-License-Identifier: Apache-2.0
/*
 * FFA_VERSION as callee (DEN0077A): what is answered and what the caller speaks afterwards
 * follow the rules of the standard for every request in every state. A caller never speaks
 * a version that is higher than ours or of another major.
 *
 * target: hypervisor/core/ffa/version.c ffa_version_answer
 * bound: every w1 and w2, every version of ours and of the caller, locked or not
 * assumes: we implement a version, with a major of 1 or more and bit 31 clear
 * assumes: the caller speaks nothing, or a version of our major that is not above ours
 * wraps: ffa_version_answer: an error code is an int32 in w0
 * unwind: 1
 */
#include "proof.h"

#include "core/ffa/version.c"

void prove(void)
{
	uint32_t ours = nondet_uint32(), spoken_now = nondet_uint32();
	uint32_t w1 = nondet_uint32(), w2 = nondet_uint32();
	bool locked = nondet_bool(), asks = ours >= 0x10003U && (w2 & 3U) != 0U;
	bool valid = w1 < 0x80000000U && w1 >= 0x10000U;
	struct ffa_answer answer;

	ASSUME(ours >= 0x10000U && ours < 0x80000000U);
	ASSUME(spoken_now == 0U || (spoken_now <= ours && spoken_now >> 16 == ours >> 16));
	answer = ffa_version_answer(ours, spoken_now, locked, w1, w2);

	PROMISE(answer.version == 0U ||
		(answer.version <= ours && answer.version >> 16 == ours >> 16));
	PROMISE(answer.w0 == 0xffffffffU || answer.w0 == ours || answer.w0 == spoken_now);
	PROMISE(answer.w0 != 0U);
	if (asks || locked)
		PROMISE(answer.version == spoken_now);
	if (asks && (w2 & 3U) == 2U && spoken_now != 0U) {
		PROMISE(answer.w0 == spoken_now);
		return;
	}
	if (!valid)
		PROMISE(answer.w0 == 0xffffffffU && answer.version == spoken_now);
	else if (locked)
		PROMISE(answer.w0 == (w1 == spoken_now ? ours : 0xffffffffU));
	else
		PROMISE(answer.w0 == ours);
	if (valid && !locked && !asks)
		PROMISE(answer.version == (w1 >> 16 != ours >> 16 ? spoken_now
					   : w1 < ours            ? w1
								  : ours));
}
