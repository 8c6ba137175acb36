// SPDX-License-Identifier: Apache-2.0
/*
 * A call's registers as the values that they carry: the identifier without its hint,
 * arguments and results in the width of the call, status codes that a reader of 32 and one
 * of 64 bits take alike, and nothing else touched (DEN0028 2.5 to 2.7).
 *
 * target: hypervisor/core/smccc/smccc.h all functions
 * bound: every value of x0..x17, of a result and of a status
 * assumes: the number of an argument or result is 1 to 17
 * wraps: smccc_decode_name: the upper half of x0 is no part of the identifier
 * wraps: smccc_decode_form: the number is the low half of the identifier
 * wraps: smccc_word: a 32-bit argument is the low half of its register
 * wraps: smccc_int32: w0 holds an int32
 * wraps: smccc_return_status: an int32 fills w0
 * wraps: prove: x0 as a reader of 64 bits takes it
 * unwind: 18
 */
#include "proof.h"

#include "core/smccc/smccc.h"

static uint64_t before[SMCCC_REGISTERS], x[SMCCC_REGISTERS];

static bool same_but(unsigned n)
{
	for (unsigned i = 0; i < SMCCC_REGISTERS; i++)
		if (i != n && x[i] != before[i])
			return false;
	return true;
}

static void restore(void)
{
	for (unsigned i = 0; i < SMCCC_REGISTERS; i++)
		x[i] = before[i];
}

void prove(void)
{
	struct smccc_call call;
	unsigned n = nondet_unsigned();
	uint32_t value = nondet_uint32();
	uint64_t large = nondet_uint64();
	int32_t status = nondet_int();

	ASSUME(n >= 1U && n <= 17U);
	for (unsigned i = 0; i < SMCCC_REGISTERS; i++)
		before[i] = nondet_uint64();
	restore();
	smccc_decode(&call, x);
	PROMISE(same_but(SMCCC_REGISTERS));
	PROMISE((call.fid | 0x10000U) == ((before[0] & 0xffffffffU) | 0x10000U));
	PROMISE((call.fid >> 16 & 1U) == 0U);
	PROMISE(call.number == (before[0] & 0xffffU));
	PROMISE(call.smc64 == ((before[0] >> 30 & 1U) == 1U));
	PROMISE(smccc_owner(call.fid) == (before[0] >> 24 & 0x3fU));

	PROMISE(smccc_argument32(&call, n) == before[n] % (1UL << 32));
	PROMISE(smccc_argument(&call, n) == (call.smc64 ? before[n] : before[n] % (1UL << 32)));
	PROMISE((smccc_int32(large) < 0) == ((large >> 31 & 1U) == 1U));
	PROMISE((int64_t)smccc_int32(large) + (smccc_int32(large) < 0 ? 1L << 32 : 0L) ==
		(int64_t)(large & 0xffffffffU));

	smccc_return32(&call, n, value);
	PROMISE(x[n] == value && same_but(n));
	restore();
	smccc_return64(&call, n, large);
	PROMISE(x[n] == large && same_but(n));
	restore();
	smccc_return_status(&call, status);
	PROMISE(smccc_int32(x[0]) == status && same_but(0));
	PROMISE(call.smc64 ? (int64_t)x[0] == status : x[0] >> 32 == 0U);
	restore();
	smccc_return_unknown(&call);
	PROMISE(smccc_int32(x[0]) == -1 && (int64_t)x[0] == -1 && same_but(0));
}
