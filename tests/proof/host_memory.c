// SPDX-License-Identifier: Apache-2.0
/*
 * The host's calls about memory: whatever it passes, the ledger is asked for exactly the
 * range that was meant, in bytes that did not wrap, or not at all; the answer follows
 * docs/memory.md, and no register beyond it is touched.
 *
 * target: hypervisor/core/host/memory.c host_memory_call
 * bound: every value of x0..x17, every answer of the ledger
 * assumes: the number of the call is one of this range (smccc_route)
 * assumes: the ledger names a rule if and only if it refuses
 * wraps: smccc_decode_name: the upper half of x0 is no part of the identifier
 * wraps: smccc_decode_form: the number is the low half of the identifier
 * wraps: smccc_return_status: an int32 fills w0
 * wraps: prove: x0 as a reader of 64 bits takes it
 * unwind: 18
 */
#include "proof.h"

#include "core/host/memory.c"
#include "machine.h"

static struct {
	unsigned calls;
	uint64_t base, size;
	enum ledger_party from, to;
	char what;
	struct ledger_answer answer;
} asked;

static struct ledger_answer ask(char what, uint64_t base, uint64_t size, enum ledger_party from,
				enum ledger_party to)
{
	asked.calls++;
	asked.base = base;
	asked.size = size;
	asked.from = from;
	asked.to = to;
	asked.what = what;
	return asked.answer;
}

struct ledger_answer ledger_donate(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner, enum ledger_party heir, uint32_t cause)
{
	(void)ledger;
	(void)cause;
	return ask('d', base, size, owner, heir);
}

struct ledger_answer ledger_share(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, enum ledger_party borrower,
				  uint32_t cause)
{
	(void)ledger;
	(void)cause;
	return ask('s', base, size, owner, borrower);
}

struct ledger_answer ledger_unshare(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    uint32_t cause)
{
	(void)ledger;
	(void)cause;
	return ask('u', base, size, owner, borrower);
}

const char *ledger_rule_words(enum ledger_rule rule)
{
	(void)rule;
	return "";
}

static uint64_t before[SMCCC_REGISTERS], x[SMCCC_REGISTERS];

static bool same_from(unsigned n)
{
	for (unsigned i = 0; i < SMCCC_REGISTERS; i++)
		if (i >= n && x[i] != before[i])
			return false;
	return true;
}

void prove(void)
{
	struct host_memory memory = {0};
	struct ledger ledger;
	struct smccc_call call;
	uint32_t w0;

	for (unsigned i = 0; i < SMCCC_REGISTERS; i++)
		x[i] = before[i] = nondet_uint64();
	w0 = (uint32_t)(before[0] & 0xfffeffffU);
	ASSUME((w0 & 0x3fffffffU) >= 0x06000020U && (w0 & 0x3fffffffU) <= 0x06000024U &&
	       w0 >> 31 == 1U);
	asked.answer =
	    (struct ledger_answer){(enum ledger_status)(nondet_unsigned() % 4U),
				   (enum ledger_rule)(nondet_unsigned() % 10U), nondet_uint64()};
	ASSUME((asked.answer.status == LEDGER_OK) == (asked.answer.rule == LEDGER_RULE_NONE));
	smccc_decode(&call, x);
	host_memory_call(&memory, &ledger, &call);

	PROMISE(same_from(3) && asked.calls <= 1U);
	if (w0 == 0x86000020U) {
		PROMISE(x[0] == 0x10000U && same_from(1) && asked.calls == 0U);
		return;
	}
	if (w0 < 0xc6000021U) {
		PROMISE((int64_t)x[0] == -1 && same_from(1) && asked.calls == 0U);
		return;
	}
	/* 2^52 pages are all that a 64-bit address reaches */
	PROMISE((asked.calls == 1U) == (before[2] <= (1UL << 52) - 1U));
	if (asked.calls == 0U) {
		PROMISE((int64_t)x[0] == -2 && x[1] == LEDGER_RULE_RANGE && x[2] == before[1]);
		return;
	}
	PROMISE(asked.base == before[1] && (wide)asked.size == (wide)before[2] * 4096U);
	PROMISE(asked.what == (w0 == 0xc6000022U ? 's' : w0 == 0xc6000023U ? 'u' : 'd'));
	PROMISE(asked.from == (w0 == 0xc6000024U ? LEDGER_HYPERVISOR : LEDGER_HOST));
	PROMISE(asked.to == (w0 == 0xc6000024U ? LEDGER_HOST : LEDGER_HYPERVISOR));
	if (asked.answer.status == LEDGER_OK)
		PROMISE(x[0] == 0U && same_from(1));
	else
		PROMISE((int64_t)x[0] < 0 && (int64_t)x[0] >= -4 && x[1] == asked.answer.rule &&
			x[2] == asked.answer.page);
}
