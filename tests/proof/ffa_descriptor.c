// SPDX-License-Identifier: Apache-2.0
/*
 * Head of a memory transaction (DEN0140) that a caller sends: whatever the bytes, the version, the
 * call and the lengths, none beyond the first fragment is read, and what is accepted keeps the
 * tables of sends: places, reserved fields, sender, borrowers, permissions, flags, attributes,
 * counts. What is given to the mediator is what the bytes say.
 *
 * target: hypervisor/core/ffa/descriptor.c ffa_descriptor_read
 * bound: every value of first fragments of 32 and 96 bytes, aligned to 8 bytes
 * assumes: the call is one of the three that send memory, in either form
 * assumes: the caller speaks 1.0, 1.1 or 1.2, and its identifier is of the normal world
 * unwind: 5
 * loops: prove_of.0:13
 */
#include "proof.h"

#include "core/ffa/descriptor.c"

#define WORDS 12U
#define MOST  4U /* access descriptors that have room in them */

static uint64_t copy[WORDS];

/* The bytes of the first fragment, once more. */
static uint64_t number(uint64_t at, unsigned size)
{
	uint64_t value = copy[at / 8U] >> at % 8U * 8U;

	return size == 8U ? value : value & ((1ULL << size * 8U) - 1U);
}

/* 13.2, 13.4: one access descriptor; the offset of its composite in *composite. */
static void promise_borrower(const struct ffa_borrower *borrower, uint64_t at, uint64_t size,
			     uint16_t caller, bool donate, uint64_t composite)
{
	uint64_t permissions = number(at + 2U, 1);

	PROMISE(number(at, 2) == borrower->id && borrower->id >> 15 == 1U);
	PROMISE(borrower->id != caller);
	PROMISE(borrower->permissions == permissions);
	PROMISE(donate ? permissions == 0U : permissions == 1U || permissions == 2U);
	PROMISE(number(at + 3U, 1) <= 1U && number(at + 3U, 1) == borrower->flags);
	PROMISE(number(at + 4U, 4) == composite);
	PROMISE(number(at + size - 8U, 8) == 0U);
	PROMISE(borrower->implementation[0] == (size == 32U ? number(at + 8U, 8) : 0U));
	PROMISE(borrower->implementation[1] == (size == 32U ? number(at + 16U, 8) : 0U));
}

/* 13.1, 13.3, 13.5, 13.6 and 14.1, column «send». */
static void promise(const struct ffa_descriptor *head, uint32_t size, uint32_t total,
		    uint32_t version, uint32_t number_of_call, uint16_t caller)
{
	bool old = version == 0x10000U, donate = number_of_call == 0x71U;
	bool share = number_of_call == 0x73U;
	uint64_t header = old ? 32U : 48U, emads = old ? 32U : number(32, 4);
	uint64_t emad = old ? 16U : number(24, 4), count = number(28, 4);
	uint64_t composite = head->ranges - 16U, end = emads + count * emad;

	PROMISE(size <= total && size >= header + 32U);
	PROMISE(number(0, 2) == caller && head->sender == caller);
	PROMISE(number(8, 8) == 0U && head->handle == 0U);
	PROMISE(head->tag == number(16, 8));
	PROMISE(old ? number(3, 1) == 0U && number(24, 4) == 0U
		    : number(36, 4) == 0U && number(40, 8) == 0U);
	PROMISE(number(4, 4) <= 3U && head->flags == number(4, 4));
	PROMISE(!share || number(4, 4) % 2U == 0U);
	PROMISE(emad == 16U || (emad == 32U && version == 0x10002U));
	PROMISE(emads >= header && emads % 16U == 0U);
	PROMISE(count >= 1U && count <= 16U && head->borrower_count == count);
	PROMISE(!donate || count == 1U);
	/* share, or lend to several: 0x2f; else the type is left open */
	PROMISE(number(2, old ? 1U : 2U) == (share || count > 1U ? 0x2fU : 0U));
	PROMISE(end <= composite && composite % 16U == 0U && composite + 16U <= size);
	PROMISE(number(composite + 8U, 8) == 0U);
	PROMISE(head->page_count == number(composite, 4));
	PROMISE(head->range_count == number(composite + 4U, 4) && head->range_count != 0U);
	PROMISE((wide)composite + 16U + (wide)head->range_count * 16U == total);
	PROMISE((size - composite) % 16U == 0U);
	for (unsigned i = 0; i < MOST && i < count; i++) {
		promise_borrower(&head->borrower[i], emads + i * emad, emad, caller, donate,
				 composite);
		for (unsigned other = 0; other < i; other++)
			PROMISE(head->borrower[i].id != head->borrower[other].id);
	}
}

static void prove_of(uint64_t *bytes, uint32_t size)
{
	static const uint32_t calls[] = {0x84000071, 0x84000072, 0x84000073,
					 0xc4000071, 0xc4000072, 0xc4000073};
	uint32_t version = nondet_uint32(), total = nondet_uint32(), choice = nondet_uint32();
	uint16_t caller = nondet_uint16();
	struct ffa_descriptor head;
	struct ffa_verdict verdict;

	ASSUME(choice < 6U);
	ASSUME(version >= 0x10000U && version <= 0x10002U && caller < 0x8000U);
	for (unsigned i = 0; i < size / 8U; i++)
		copy[i] = bytes[i] = nondet_uint64();
	verdict = ffa_descriptor_read((const uint8_t *)bytes, size, total, calls[choice], version,
				      caller, &head);
	PROMISE(verdict.error == FFA_OK || verdict.error == FFA_DENIED ||
		verdict.error == FFA_INVALID_PARAMETERS);
	PROMISE((verdict.error == FFA_OK) == (verdict.rule == FFA_RULE_NONE));
	if (verdict.error == FFA_OK)
		promise(&head, size, total, version, calls[choice] & 0xffU, caller);
}

void prove(void)
{
	uint64_t header[4], bytes[12];

	if (nondet_bool())
		prove_of(header, 32);
	else
		prove_of(bytes, 96);
}
