// SPDX-License-Identifier: Apache-2.0
/* Memory that is shared, lent, donated and taken back; what must be refused on the way. */
#include "ffa.h"

#include "exception.h"
#include "payload.h"

#define SEED 0x5eedU

/* The pattern that the partition looks for, and the one that it leaves: docs/firmware.md. */
static void fill(uint64_t base, uint32_t pages, uint32_t first, uint32_t seed)
{
	for (uint32_t page = 0; page < pages; page++)
		for (uint32_t offset = 0; offset < 4096U; offset += 8U)
			*(volatile uint64_t *)(uintptr_t)(base + page * 4096UL + offset) =
			    (uint64_t)seed << 32 | ((first + page) * 4096U + offset);
}

static bool filled(uint64_t base, uint32_t pages, uint32_t first, uint32_t seed)
{
	for (uint32_t page = 0; page < pages; page++)
		for (uint32_t offset = 0; offset < 4096U; offset += 8U)
			if (*(volatile uint64_t *)(uintptr_t)(base + page * 4096UL + offset) !=
			    ((uint64_t)seed << 32 | ((first + page) * 4096U + offset)))
				return false;
	return true;
}

/*
 * Pages whose first word cannot be read, nor the last one read and written, all with an external
 * abort. What stands there stays.
 */
static unsigned withheld(uint64_t base, uint32_t pages)
{
	unsigned count = 0;

	for (uint32_t page = 0; page < pages; page++) {
		volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)(base + page * 4096UL);
		struct exception taken;
		uint64_t last;

		exception_expect();
		(void)at[0];
		last = at[511];
		at[511] = last;
		if (exception_end(&taken) == 3U && exception_external_abort(&taken))
			count++;
	}
	return count;
}

static int32_t status_of(const struct call *answer)
{
	return (int32_t)word(answer, 3);
}

/* The partition has it, finds what we wrote, writes, and gives it up. */
static void let_use(uint64_t handle)
{
	struct call answer = message(KEEPER, COMMAND_ROUND, (uint32_t)handle,
				     (uint32_t)(handle >> 32), host.id, SEED);

	check(word(&answer, 0) == FFA_DIRECT_RESP && status_of(&answer) == 0,
	      "the partition: 0x%x, status %d at step %u", word(&answer, 0), status_of(&answer),
	      word(&answer, 4));
}

/* The whole way of `pages` pages; they are ours again at its end. */
static void round_trip(uint32_t fid, uint32_t pages)
{
	uint64_t base = pages_take(pages), handle;
	struct call answer;
	bool shared = (fid & ~FN64) == FFA_MEM_SHARE;

	fill(base, pages, 0, SEED);
	answer = memory_give(fid, KEEPER, base, pages);
	if (!check_success(&answer, "give"))
		return;
	handle = handle_of(&answer);
	if (shared)
		check(withheld(base, pages) == 0U, "shared pages stay with us");
	else
		check(withheld(base, pages) == pages, "%u of %u lent pages are withheld",
		      withheld(base, pages), pages);
	let_use(handle);
	answer = memory_reclaim(handle, 0);
	check_success(&answer, "RECLAIM");
	check(withheld(base, pages) == 0U, "pages are back");
	check(filled(base, pages, 0, SEED + 1U), "the partition wrote them");
	answer = memory_reclaim(handle, 0);
	check_error(&answer, INVALID_PARAMETERS, "RECLAIM twice (M4)");
}

static void test_owners(void)
{
	uint64_t base = pages_take(3), handle;
	struct call answer, other;

	test_begin("M1 pages that are given already");
	answer = memory_give(FFA_MEM_SHARE, KEEPER, base + 4096U, 1);
	check_success(&answer, "share");
	handle = handle_of(&answer);
	other = memory_give(FFA_MEM_SHARE, KEEPER, base + 4096U, 1);
	check_error(&other, DENIED, "share again");
	other = memory_give(FFA_MEM_LEND, KEEPER, base, 3);
	check_error(&other, DENIED, "lend with its neighbours");
	check(withheld(base, 3) == 0U, "a refused lend takes nothing");
	answer = memory_reclaim(handle, 0);
	check_success(&answer, "RECLAIM");
	answer = memory_give(FFA_MEM_SHARE, KEEPER, base, 3);
	check_success(&answer, "share of all");
	answer = memory_reclaim(handle_of(&answer), 0);
	check_success(&answer, "RECLAIM of all");
	test_end();

	test_begin("M6 memory that the partition still has");
	answer = memory_give(FFA_MEM_SHARE, KEEPER, base, 1);
	check_success(&answer, "share");
	handle = handle_of(&answer);
	other = message(KEEPER, COMMAND_RETRIEVE, (uint32_t)handle, (uint32_t)(handle >> 32),
			host.id, 0);
	check(status_of(&other) == 0, "retrieve: %d", status_of(&other));
	answer = memory_reclaim(handle, 0);
	check_error(&answer, DENIED, "RECLAIM");
	other =
	    message(KEEPER, COMMAND_RELINQUISH, (uint32_t)handle, (uint32_t)(handle >> 32), 0, 0);
	check(status_of(&other) == 0, "relinquish: %d", status_of(&other));
	answer = memory_reclaim(handle, 0);
	check_success(&answer, "RECLAIM at last");
	test_end();

	test_begin("M4 handles that are not ours");
	for (unsigned i = 0; i < 64U; i++) {
		answer = memory_reclaim(1UL << i, 0);
		check_error(&answer, INVALID_PARAMETERS, "one bit");
	}
	answer = memory_reclaim(0, 0);
	check_error(&answer, INVALID_PARAMETERS, "zero");
	answer = memory_reclaim(~0UL, 0);
	check_error(&answer, INVALID_PARAMETERS, "all ones");
	test_end();
}

static void test_cleared(void)
{
	uint64_t base = pages_take(2);
	struct call answer;
	bool zero = true;

	test_begin("M11 M15 memory that is cleared on its way back");
	fill(base, 2, 0, SEED);
	answer = memory_give(FFA_MEM_LEND, KEEPER, base, 2);
	check_success(&answer, "lend");
	answer = memory_reclaim(handle_of(&answer), 0x10);
	check_error(&answer, INVALID_PARAMETERS, "a flag that is reserved");
	test_end();
	test_begin("M15 cleared by the mediator");
	fill(base = pages_take(2), 2, 0, SEED);
	answer = memory_give(FFA_MEM_LEND, KEEPER, base, 2);
	check_success(&answer, "lend");
	answer = memory_reclaim(handle_of(&answer), 1);
	check_success(&answer, "RECLAIM with CLEAR");
	for (uint64_t at = base; at < base + 8192U; at += 8U)
		zero = zero && *(volatile uint64_t *)(uintptr_t)at == 0U;
	check(zero, "the pages are empty");
	test_end();
}

void test_memory(void)
{
	struct call answer;

	if (host.buffer_size == 0U || !offered(FFA_MEM_SHARE)) {
		test_begin("Q6 memory is not offered");
		answer = call_of(FFA_MEM_SHARE, 112, 112, 0, 0, 0, 0, 0);
		check_error(&answer, NOT_SUPPORTED, "share");
		answer = memory_reclaim(1, 0);
		check(error_of(&answer) < 0, "reclaim");
		test_end();
		return;
	}
	test_begin("M7 shared and back");
	round_trip(FFA_MEM_SHARE, 1);
	round_trip(FFA_MEM_SHARE | FN64, 16);
	round_trip(FFA_MEM_SHARE | FN64, 1024);
	test_end();
	test_begin("M2 lent: out of our reach, and back");
	round_trip(FFA_MEM_LEND, 1);
	round_trip(FFA_MEM_LEND | FN64, 600);
	test_end();
	if (offered(FFA_MEM_DONATE)) {
		test_begin("M2 donated: out of our reach");
		answer = memory_give(FFA_MEM_DONATE, KEEPER, pages_take(1), 1);
		check_success(&answer, "donate");
		test_end();
	}
	test_owners();
	test_cleared();
}

/* One descriptor that is wrong in one place, in each memory call. */
struct wrong {
	const char *row, *what;
	uint32_t offset; /* from the start; with `composite` from the composite */
	bool composite;
	unsigned size;
	uint64_t value;
	int32_t code;
	uint32_t lowest; /* version whose layout has the field */
};

static const struct wrong wrongs[] = {
    {"D17", "another sender", 0, false, 2, 2, DENIED, 0x10000},
    {"D18", "a handle", 8, false, 8, 5, INVALID_PARAMETERS, 0x10000},
    {"D14", "CLEAR of a share", 4, false, 4, 1, INVALID_PARAMETERS, 0x10000},
    {"D14", "a reserved flag", 4, false, 4, 0x80000000U, INVALID_PARAMETERS, 0x10000},
    {"D15", "device memory", 2, false, 1, 0x10, DENIED, 0x10000},
    {"D5", "no borrower", 28, false, 4, 0, INVALID_PARAMETERS, 0x10000},
    {"D5", "2^32 - 1 borrowers", 28, false, 4, 0xffffffffU, INVALID_PARAMETERS, 0x10000},
    {"D3", "borrowers of no size", 24, false, 4, 0, INVALID_PARAMETERS, 0x10001},
    {"D2", "borrowers in the header", 32, false, 4, 16, INVALID_PARAMETERS, 0x10001},
    {"D2", "borrowers beyond the end", 32, false, 4, 0xfffffff0U, INVALID_PARAMETERS, 0x10001},
    {"D8", "no ranges", 4, true, 4, 0, INVALID_PARAMETERS, 0x10000},
    {"D8", "2^32 - 1 ranges", 4, true, 4, 0xffffffffU, INVALID_PARAMETERS, 0x10000},
    {"D8", "another sum of pages", 0, true, 4, 7, INVALID_PARAMETERS, 0x10000},
    {"D9", "no pages", 24, true, 4, 0, INVALID_PARAMETERS, 0x10000},
    {"D9", "half a page", 16, true, 2, 0x0800, INVALID_PARAMETERS, 0x10000},
    {"D9", "an address beyond all", 16, true, 8, 0xfffffffffffff000UL, INVALID_PARAMETERS, 0x10000},
};

void test_descriptors(void)
{
	uint64_t base = pages_take(1);
	struct range range = {base, 1};
	struct call answer;

	if (host.buffer_size == 0U || !offered(FFA_MEM_SHARE))
		return;
	test_begin("D2 D3 D5 D8 D9 D14 D15 D17 D18 descriptors that are wrong in one place");
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *wrong = &wrongs[i];
		struct request request = request_new(FFA_MEM_SHARE, KEEPER, &range, 1);
		uint32_t size, at = wrong->offset + (wrong->composite ? request_composite() : 0U);

		if (host.version < wrong->lowest)
			continue;
		host_lock();
		size = request_write(&request, host.tx, host.buffer_size);
		for (unsigned n = 0; n < wrong->size; n++)
			host.tx[at + n] = (uint8_t)(wrong->value >> (8U * n));
		answer = call_of(FFA_MEM_SHARE, size, size, 0, 0, 0, 0, 0);
		host_unlock();
		check(error_of(&answer) == wrong->code, "%s %s: 0x%x %d, not %d", wrong->row,
		      wrong->what, word(&answer, 0), (int32_t)word(&answer, 2), wrong->code);
	}
	test_end();

	test_begin("D1 D19 D20 lengths");
	{
		struct request request = request_new(FFA_MEM_SHARE, KEEPER, &range, 1);
		uint32_t size = request_write(&request, host.tx, host.buffer_size);

		for (uint32_t length = 0; length < size; length++) {
			answer = call_of(FFA_MEM_SHARE, length, length, 0, 0, 0, 0, 0);
			check(error_of(&answer) == INVALID_PARAMETERS, "%u of %u bytes: 0x%x %d",
			      length, size, word(&answer, 0), (int32_t)word(&answer, 2));
		}
		answer = call_of(FFA_MEM_SHARE, size, size + 16U, 0, 0, 0, 0, 0);
		check_error(&answer, INVALID_PARAMETERS, "a fragment longer than all");
		answer = call_of(FFA_MEM_SHARE, 0xffffffffU, 0xffffffffU, 0, 0, 0, 0, 0);
		check(error_of(&answer) < 0, "2^32 - 1 bytes");
		answer = call_of(FFA_MEM_SHARE, size, size, base, 1, 0, 0, 0);
		check_error(&answer, INVALID_PARAMETERS, "a buffer of our own");
	}
	test_end();

	test_begin("D12 D13 pages that are not ours among those that are");
	for (unsigned i = 0; i < machine.kept_count && i < 16U; i++) {
		struct range ranges[3] = {{base, 1}, {machine.kept[i].base & ~0xfffUL, 1}, {0, 0}};
		struct request request = request_new(FFA_MEM_LEND, KEEPER, ranges, 2);

		answer = memory_send(FFA_MEM_LEND, &request);
		check(error_of(&answer) == DENIED || error_of(&answer) == INVALID_PARAMETERS,
		      "%s: 0x%x %d", machine.kept[i].name, word(&answer, 0),
		      (int32_t)word(&answer, 2));
		check(withheld(base, 1) == 0U, "the first page stays ours");
	}
	test_end();

	test_begin("D11 a page named twice");
	{
		struct range ranges[2] = {{base, 1}, {base, 1}};
		struct request request = request_new(FFA_MEM_SHARE, KEEPER, ranges, 2);

		answer = memory_send(FFA_MEM_SHARE, &request);
		check_error(&answer, DENIED, "share");
		answer = memory_give(FFA_MEM_SHARE, KEEPER, base, 1);
		check_success(&answer, "the page alone");
		answer = memory_reclaim(handle_of(&answer), 0);
		check_success(&answer, "RECLAIM");
	}
	test_end();
}

#define SCATTERED 600U /* ranges: more than two buffers of one page hold */

void test_fragments(void)
{
	static struct range ranges[SCATTERED];
	uint64_t base, handle;
	struct request request;
	struct call answer;

	if (host.buffer_size == 0U || !offered(FFA_MEM_SHARE) || !offered(FFA_MEM_FRAG_TX))
		return;
	base = pages_take(2U * SCATTERED);
	for (uint32_t i = 0; i < SCATTERED; i++)
		ranges[i] = (struct range){base + i * 8192UL, 1};
	test_begin("F4 F13 a descriptor in fragments");
	for (uint32_t i = 0; i < SCATTERED; i++)
		fill(ranges[i].base, 1, i, SEED);
	request = request_new(FFA_MEM_LEND, KEEPER, ranges, SCATTERED);
	answer = memory_send(FFA_MEM_LEND, &request);
	if (check_success(&answer, "lend")) {
		handle = handle_of(&answer);
		check(withheld(base, 1) == 1U && withheld(base + 4096U, 1) == 0U,
		      "every other page is lent");
		let_use(handle);
		answer = memory_reclaim(handle, 0);
		check_success(&answer, "RECLAIM");
		for (uint32_t i = 0; i < SCATTERED; i++)
			check(filled(ranges[i].base, 1, i, SEED + 1U), "page %u", i);
	}
	test_end();

	test_begin("F1 F2 fragments of nothing, and one that names a page that is not ours");
	answer = call_of(FFA_MEM_FRAG_TX, 0x1234, 0, 16, 0, 0, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "FRAG_TX of nothing");
	if (machine.kept_count > 0U) {
		ranges[SCATTERED - 1U].base = machine.kept[0].base & ~0xfffUL;
		answer = memory_send(FFA_MEM_LEND, &request);
		check(error_of(&answer) < 0, "0x%x", word(&answer, 0));
		check(withheld(base, 2U * SCATTERED) == 0U, "all pages are ours again");
		ranges[SCATTERED - 1U].base = base + (SCATTERED - 1U) * 8192UL;
		answer = memory_send(FFA_MEM_SHARE, &request);
		check(error_of(&answer) < 0, "attributes of a lend in a share");
	}
	request = request_new(FFA_MEM_SHARE, KEEPER, ranges, SCATTERED);
	answer = memory_send(FFA_MEM_SHARE, &request);
	if (check_success(&answer, "share of the same pages")) {
		answer = memory_reclaim(handle_of(&answer), 0);
		check_success(&answer, "RECLAIM");
	}
	test_end();
}
