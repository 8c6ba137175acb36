// SPDX-License-Identifier: Apache-2.0
/* Memory that the host gives away and takes back (docs/memory.md): what is gone is gone, on all
 * CPUs. */
#include "memory.h"
#include "power.h"
#include "probe.h"
#include "ranges.h"

#define MEM_VERSION 0x86000020U
#define MEM_DONATE  0xc6000021U
#define MEM_SHARE   0xc6000022U
#define MEM_UNSHARE 0xc6000023U
#define MEM_RETURN  0xc6000024U
#define FORM_64     0x40000000U

#define SUCCESS 0
#define INVALID (-2)
#define DENIED  (-3)

#define BLOCK_PAGES (RANGES_BLOCK / MACHINE_PAGE)
#define PATTERN     0xfeedfacecafef00dUL

bool ledger_offered(void)
{
	return machine.hypervisor && call_plain(MEM_VERSION, 0, 0, 0) >> 32 == 0U;
}

/*
 * The call; its status. Where it is refused, x1 and x2 are rule and page; *page gets the latter.
 * Other registers stay as they were.
 */
static int32_t give(uint32_t fid, uint64_t base, uint64_t pages, uint64_t *page)
{
	struct exchange e, sent;

	call_prepare(&e, fid);
	e.x[1] = base;
	e.x[2] = pages;
	if (!call_perform(&e, &sent, (random_word() & 1U) != 0U ? HVC : SMC))
		return 1;
	(void)call_preserved(&e, &sent, (int64_t)e.x[0] < 0 ? 3 : 1);
	check((int64_t)e.x[0] <= 0 && (int64_t)e.x[0] >= -4, "0x%x of 0x%llx: answered 0x%llx", fid,
	      (unsigned long long)base, (unsigned long long)e.x[0]);
	if (page != NULL)
		*page = e.x[2];
	return (int32_t)(uint32_t)e.x[0];
}

static void expect(uint32_t fid, uint64_t base, uint64_t pages, int32_t expected)
{
	int32_t answer = give(fid, base, pages, NULL);

	check(answer == expected, "0x%x of 0x%llx, %llu pages: %d, not %d", fid,
	      (unsigned long long)base, (unsigned long long)pages, answer, expected);
}

static volatile uint64_t *word(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

/* Each page takes a value and gives it back. */
static void check_ours(const char *when, uint64_t base, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t address = base + i * MACHINE_PAGE, value = 0;

		exception_expect();
		*word(address) = PATTERN ^ address;
		value = *word(address);
		check(exception_end(NULL) == 0U && value == (PATTERN ^ address),
		      "%s: 0x%llx is not ours", when, (unsigned long long)address);
	}
}

static void check_gone(const char *when, uint64_t base, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t address = base + i * MACHINE_PAGE, value;
		struct exception taken;

		(void)try_read64(address, &value);
		check(exception_end(&taken) == 1U && exception_external_abort(&taken),
		      "%s: 0x%llx is still ours: 0x%llx", when, (unsigned long long)address,
		      (unsigned long long)value);
	}
}

static void check_refusals(uint64_t base)
{
	static const uint32_t calls[] = {MEM_DONATE, MEM_SHARE, MEM_UNSHARE, MEM_RETURN};
	uint64_t page;

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		expect(calls[i], base, 0, INVALID);
		expect(calls[i], base + 1U, 1, INVALID);
		expect(calls[i], base + 0x800U, 1, INVALID);
		expect(calls[i], base, ~0UL, INVALID);
		expect(calls[i], base, 1UL << 52, INVALID);
		expect(calls[i], 0xfffffffffffff000UL, 1, INVALID);
		expect(calls[i], 0xfffffffffffff000UL, 2, INVALID);
		expect(calls[i], machine.console & ~(MACHINE_PAGE - 1U), 1, INVALID);
		for (unsigned r = 0; r < machine.ram_count; r++) {
			uint64_t end = machine.ram[r].base + machine.ram[r].size;

			expect(calls[i], end, 1, INVALID);
			check(give(calls[i], end - MACHINE_PAGE, 2, NULL) < 0,
			      "0x%x beyond the end of RAM", calls[i]);
		}
		/* The hypervisor's own pages change hands for nobody. */
		for (unsigned r = 0; r < machine.kept_count; r++) {
			const struct machine_range *kept = &machine.kept[r];

			check(give(calls[i], kept->base, 1, NULL) < 0 &&
				  give(calls[i], kept->base + kept->size - MACHINE_PAGE, 1, NULL) <
				      0 &&
				  give(calls[i], kept->base - MACHINE_PAGE, 2, NULL) < 0,
			      "0x%x of %s", calls[i], kept->name);
		}
		check(call_plain(calls[i] & ~FORM_64, base, 1, 0) == ~0UL, "0x%x has a 32-bit form",
		      calls[i]);
	}
	/* whole range or nothing, and the page that is the reason */
	expect(MEM_DONATE, base + 5U * MACHINE_PAGE, 1, SUCCESS);
	check(give(MEM_DONATE, base, 8, &page) == DENIED && page == base + 5U * MACHINE_PAGE,
	      "page 0x%llx is the reason, not 0x%llx", (unsigned long long)page,
	      (unsigned long long)base + 5U * MACHINE_PAGE);
	check_ours("after a refusal", base, 5);
	check_ours("after a refusal", base + 6U * MACHINE_PAGE, 2);
	expect(MEM_DONATE, base + 5U * MACHINE_PAGE, 1, DENIED);
	expect(MEM_SHARE, base + 5U * MACHINE_PAGE, 1, DENIED);
	expect(MEM_UNSHARE, base + 5U * MACHINE_PAGE, 1, DENIED);
	expect(MEM_RETURN, base + 4U * MACHINE_PAGE, 2, DENIED);
	expect(MEM_RETURN, base + 5U * MACHINE_PAGE, 1, SUCCESS);
	expect(MEM_RETURN, base + 5U * MACHINE_PAGE, 1, DENIED);
	expect(MEM_SHARE, base, 3, SUCCESS);
	check_ours("shared", base, 3);
	expect(MEM_SHARE, base + 2U * MACHINE_PAGE, 1, DENIED);
	expect(MEM_DONATE, base + 2U * MACHINE_PAGE, 2, DENIED);
	expect(MEM_UNSHARE, base, 3, SUCCESS);
	expect(MEM_UNSHARE, base, 1, DENIED);
}

void test_ledger(void)
{
	/* first page and number of pages within the two blocks */
	static const struct {
		uint64_t first, pages;
	} parts[] = {{0, 1},
		     {511, 1},
		     {511, 2},
		     {3, 600},
		     {0, BLOCK_PAGES},
		     {BLOCK_PAGES, BLOCK_PAGES},
		     {0, 2U * BLOCK_PAGES},
		     {1, 2U * BLOCK_PAGES - 2U}};
	uint64_t base = ranges_blocks(2);

	test_begin("memory given away");
	if (!check(base != 0U, "no two free blocks of RAM")) {
		test_end();
		return;
	}
	check_refusals(base);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint64_t first = base + parts[i].first * MACHINE_PAGE;
		uint64_t end = first + parts[i].pages * MACHINE_PAGE;

		check_ours("before", base, 2U * BLOCK_PAGES);
		expect(MEM_DONATE, first, parts[i].pages, SUCCESS);
		check_gone("donated", first, parts[i].pages);
		check_ours("beside", first - MACHINE_PAGE, 1);
		check_ours("beside", end, 1);
		if (parts[i].pages <= 2U) {
			memory_check_gone("donated", first);
			/* Nor can a CPU start there, or wake. */
			refuse_entry("donated", first);
			refuse_entry("donated", end - 4U);
		}
		expect(MEM_RETURN, first, parts[i].pages, SUCCESS);
		check_ours("returned", base, 2U * BLOCK_PAGES);
	}
	/* in a random order, and back in another */
	for (unsigned round = 0; round < 4U; round++) {
		uint64_t odd = random_word() | 1U;

		for (uint64_t i = 0; i < BLOCK_PAGES; i++)
			expect(MEM_DONATE, base + (i * odd % BLOCK_PAGES) * MACHINE_PAGE, 1,
			       SUCCESS);
		check_gone("page by page", base, BLOCK_PAGES);
		odd = random_word() | 1U;
		for (uint64_t i = 0; i < BLOCK_PAGES; i++)
			expect(MEM_RETURN, base + (i * odd % BLOCK_PAGES) * MACHINE_PAGE, 1,
			       SUCCESS);
		check_ours("page by page", base, BLOCK_PAGES);
	}
	test_end();
}

/* ---- several CPUs ---- */

static struct {
	uint64_t page;
	uint32_t gone;    /* the page is donated: nobody may read it any more */
	uint32_t ready;   /* CPUs that read it in a loop */
	uint32_t late;    /* reads that succeeded after that */
	uint32_t holders; /* of the page, while two CPUs fight for it */
	uint32_t rounds, doubles, wins[CPU_LIMIT];
} shared;

/* Read the page until it is said to be gone, and once more. */
static void watch(void *argument)
{
	uint64_t value;
	bool first = true;

	(void)argument;
	for (;;) {
		bool gone = __atomic_load_n(&shared.gone, __ATOMIC_ACQUIRE) != 0U;
		bool read = try_read64(shared.page, &value);

		if (gone) {
			if (read)
				__atomic_fetch_add(&shared.late, 1U, __ATOMIC_RELAXED);
			return;
		}
		if (first)
			__atomic_fetch_add(&shared.ready, 1U, __ATOMIC_ACQ_REL);
		first = false;
	}
}

static int32_t plain_give(uint32_t fid, uint64_t page)
{
	return psci_call(fid, page, 1, 0);
}

/* Who donates the page holds it until it has returned it; nobody else may. */
static void fight(void *argument)
{
	(void)argument;
	for (uint32_t round = 0; round < shared.rounds; round++) {
		if (plain_give(MEM_DONATE, shared.page) != SUCCESS)
			continue;
		shared.wins[cpu_self()->index]++;
		if (__atomic_fetch_add(&shared.holders, 1U, __ATOMIC_ACQ_REL) != 0U)
			__atomic_fetch_add(&shared.doubles, 1U, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&shared.holders, 1U, __ATOMIC_ACQ_REL);
		if (plain_give(MEM_RETURN, shared.page) != SUCCESS)
			__atomic_fetch_add(&shared.doubles, 1U, __ATOMIC_RELAXED);
	}
}

void test_ledger_race(void)
{
	uint64_t begin, wins = 0;

	test_begin("memory given away beside other CPUs");
	shared.page = ranges_blocks(2) + 7U * MACHINE_PAGE;
	for (unsigned round = 0; round < 5U; round++) {
		shared.gone = shared.ready = shared.late = 0;
		for (unsigned i = 1; i < machine.cpu_count; i++)
			check(cpu_start(i, watch, NULL) == PSCI_SUCCESS, "CPU_ON of cpu%u", i);
		begin = clock_us();
		while (__atomic_load_n(&shared.ready, __ATOMIC_ACQUIRE) < last_cpu() &&
		       clock_us() - begin < 5000000U)
			;
		expect(MEM_DONATE, shared.page, 1, SUCCESS);
		__atomic_store_n(&shared.gone, 1U, __ATOMIC_RELEASE);
		for (unsigned i = 1; i < machine.cpu_count; i++)
			check(cpu_wait_off(i, 5000000U), "cpu%u is not OFF", i);
		check(shared.late == 0U, "%u CPUs read a page that was donated", shared.late);
		expect(MEM_RETURN, shared.page, 1, SUCCESS);
	}
	shared.rounds = (uint32_t)machine_option("races", 20);
	for (unsigned i = 1; i < machine.cpu_count; i++)
		check(cpu_start(i, fight, NULL) == PSCI_SUCCESS, "CPU_ON of cpu%u", i);
	fight(NULL);
	for (unsigned i = 1; i < machine.cpu_count; i++)
		check(cpu_wait_off(i, 30000000U), "cpu%u is not OFF", i);
	for (unsigned i = 0; i < machine.cpu_count; i++)
		wins += shared.wins[i];
	check(shared.doubles == 0U, "%u times two CPUs held one page", shared.doubles);
	check(wins != 0U, "nobody ever had the page");
	check_ours("in the end", shared.page, 1);
	test_end();
	note("%llu donations of %u tries", (unsigned long long)wins,
	     shared.rounds * machine.cpu_count);
}
