// SPDX-License-Identifier: Apache-2.0
/* Into what the host gave away: at once, through what TLBs still know, and from other CPUs. */
#include "memory.h"
#include "features.h"
#include "psci.h"
#include "sysreg.h"

#define BLOCK_PAGES 512U
#define WAIT_US     20000000U
#define TCR_HA      (1UL << 39)
#define TCR_HD      (1UL << 40)
#define LEAF_AF     (1UL << 10)
#define LEAF_DBM    (1UL << 51)
#define LEAF_READ   (1UL << 7) /* AP[2]: read-only, or writable and clean with DBM */

static const char no_block[] = "no free block of RAM";

static void fill(uint64_t page)
{
	for (unsigned i = 0; i < MACHINE_PAGE / 8U; i++)
		word(page)[i] = PATTERN ^ i;
	__asm__ volatile("dsb sy" ::: "memory");
}

/* Doublewords that are no longer as fill() left them. */
static unsigned changed(uint64_t page)
{
	unsigned count = 0;

	for (unsigned i = 0; i < MACHINE_PAGE / 8U; i++)
		count += word(page)[i] != (PATTERN ^ i);
	return count;
}

/* ---- at once ---- */

/* First and last bytes of a range of `pages` that went. */
static enum attack_outcome read_given(uint64_t pages)
{
	uint64_t base = memory_block();
	enum attack_outcome outcome;

	if (base == 0U)
		return attack_absent(no_block);
	fill(base);
	fill(base + (pages - 1U) * MACHINE_PAGE);
	if (!memory_give(base, pages))
		return ATTACK_STOPPED;
	outcome = memory_load(access_ldrb, base);
	if (outcome == ATTACK_STOPPED)
		outcome = memory_load(access_ldrb, base + pages * MACHINE_PAGE - 1U);
	(void)memory_take(base, pages);
	return outcome;
}

enum attack_outcome attack_read_given(void)
{
	return read_given(1);
}

enum attack_outcome attack_read_given_block(void)
{
	return read_given(BLOCK_PAGES);
}

/* A store into a range that went; what the page holds when it is back tells. */
static enum attack_outcome write_given(uint64_t pages, access_function *store)
{
	uint64_t base = memory_block(), page = base + (pages - 1U) * MACHINE_PAGE;
	struct outcome o;
	unsigned words;

	if (base == 0U)
		return attack_absent(no_block);
	fill(page);
	if (!memory_give(base, pages))
		return ATTACK_STOPPED;
	o = access_try(store, page);
	(void)memory_take(base, pages);
	words = changed(page);
	return attack_judge(words != 0U, "0x%llx: %u exceptions, ESR 0x%llx, %u words changed",
			    (unsigned long long)page, o.count,
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.esr), words);
}

enum attack_outcome attack_write_given(void)
{
	return write_given(1, access_str_x);
}

enum attack_outcome attack_zero_given_block(void)
{
	return feature(ZVA) ? write_given(BLOCK_PAGES, access_dc_zva) : attack_absent("no DC ZVA");
}

static void plant_code(uint64_t page)
{
	*word(page) = (uint64_t)INSTRUCTION_RET << 32 | INSTRUCTION_RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::"r"(page)
			 : "memory");
}

enum attack_outcome attack_run_given(void)
{
	uint64_t page = memory_block();
	enum attack_outcome outcome;

	if (page == 0U)
		return attack_absent(no_block);
	plant_code(page);
	if (!memory_give(page, 1))
		return ATTACK_STOPPED;
	outcome = memory_run(page);
	(void)memory_take(page, 1);
	return outcome;
}

/* Our table of stage 1 goes, and is walked all the same. */
enum attack_outcome attack_walk_given(void)
{
	uint64_t page = memory_block();
	struct outcome o;

	if (page == 0U)
		return attack_absent(no_block);
	/* as a table of level 2 and of level 3: every entry leads to the page behind */
	for (unsigned i = 0; i < 512U; i++)
		word(page)[i] = (page + MACHINE_PAGE) | (MMU_NORMAL & ~MMU_TABLE) | MMU_PAGE;
	for (unsigned i = 0; i < 512U; i++)
		word(page + 2U * MACHINE_PAGE)[i] = page | MMU_TABLE;
	fill(page + MACHINE_PAGE);
	(void)mmu_replace(ALIAS, (page + 2U * MACHINE_PAGE) | MMU_TABLE);
	if (!memory_give(page, 1)) {
		memory_alias_end(ALIAS);
		return ATTACK_STOPPED;
	}
	o = access_try(access_ldr_x, ALIAS * MMU_GRANULE);
	memory_alias_end(ALIAS);
	(void)memory_take(page, 1);
	return memory_judge_load(page, &o);
}

/*
 * The walker writes by itself, access flag or dirty state, into a table that is gone with its whole
 * block. `leaf` is what the entries have beside an address; `control` goes into TCR_EL1.
 */
static enum attack_outcome update_given(uint64_t leaf, uint64_t control, access_function *access)
{
	uint64_t block = memory_block(), tcr = sysreg_read(tcr_el1);
	uint64_t table = block + 8U * MACHINE_PAGE, target = block - MACHINE_PAGE;
	uint64_t alias = ALIAS * MMU_GRANULE, entry, own;
	static uint64_t middle[512] __attribute__((aligned(4096)));
	struct outcome o;

	if (block == 0U)
		return attack_absent(no_block);
	entry = target | leaf | MMU_PAGE;
	for (unsigned i = 0; i < 512U; i++) {
		word(table)[i] = entry;
		middle[i] = table | MMU_TABLE;
	}
	(void)mmu_replace(ALIAS, (uint64_t)(uintptr_t)middle | MMU_TABLE);
	sysreg_write(tcr_el1, tcr | control);
	isb();
	__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
	/* on a table of ours first: what does not work there shows nothing */
	(void)access_try(access, alias + MACHINE_PAGE);
	own = word(table)[1];
	if (own == entry) {
		sysreg_write(tcr_el1, tcr);
		isb();
		memory_alias_end(ALIAS);
		return attack_absent("the walker does not write descriptors");
	}
	if (!memory_give(block, BLOCK_PAGES)) {
		sysreg_write(tcr_el1, tcr);
		isb();
		memory_alias_end(ALIAS);
		return ATTACK_STOPPED;
	}
	o = access_try(access, alias + 2U * MACHINE_PAGE);
	sysreg_write(tcr_el1, tcr);
	isb();
	memory_alias_end(ALIAS);
	(void)memory_take(block, BLOCK_PAGES);
	return attack_judge(word(table)[2] != entry,
			    "%u exceptions, ESR 0x%llx; descriptor 0x%llx is 0x%llx", o.count,
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.esr),
			    (unsigned long long)entry, (unsigned long long)word(table)[2]);
}

enum attack_outcome attack_access_flag_given_block(void)
{
	return update_given(MMU_NORMAL & ~(MMU_TABLE | LEAF_AF), TCR_HA, access_ldr_x);
}

enum attack_outcome attack_dirty_given_block(void)
{
	return update_given((MMU_NORMAL & ~MMU_TABLE) | LEAF_DBM | LEAF_READ, TCR_HA | TCR_HD,
			    access_str_x);
}

/* ---- what comes back is not more than what comes back ---- */

/* Two pages go, one returns. */
enum attack_outcome attack_read_joined(void)
{
	uint64_t page = memory_block() + 5U * MACHINE_PAGE;
	enum attack_outcome outcome;

	if (page == 5U * MACHINE_PAGE)
		return attack_absent(no_block);
	fill(page);
	if (!memory_give(page, 2))
		return ATTACK_STOPPED;
	(void)memory_take(page + MACHINE_PAGE, 1);
	outcome = memory_load(access_ldr_q, page);
	(void)memory_take(page, 1);
	return outcome;
}

/* A block goes, all of it returns but its last page. */
enum attack_outcome attack_write_joined(void)
{
	uint64_t block = memory_block(), last = block + (BLOCK_PAGES - 1U) * MACHINE_PAGE;
	struct outcome o;
	unsigned words;

	if (block == 0U)
		return attack_absent(no_block);
	fill(last);
	if (!memory_give(block, BLOCK_PAGES))
		return ATTACK_STOPPED;
	(void)memory_take(block, BLOCK_PAGES - 1U);
	o = access_try(access_stnp_x, last);
	(void)memory_take(last, 1);
	words = changed(last);
	return attack_judge(words != 0U, "0x%llx: %u exceptions, ESR 0x%llx, %u words changed",
			    (unsigned long long)last, o.count,
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.esr), words);
}

/* ---- through what this CPU's TLB still knows ---- */

/*
 * The page's neighbour goes first: that splits the block, and what follows is the change of a
 * single page. `use` fills the TLB and makes the access after the page went.
 */
static enum attack_outcome stale_page(enum attack_outcome (*use)(uint64_t page), bool code)
{
	uint64_t page = memory_block();
	enum attack_outcome before, outcome;

	if (page == 0U)
		return attack_absent(no_block);
	fill(page);
	if (code)
		plant_code(page);
	if (!memory_give(page + MACHINE_PAGE, 1))
		return ATTACK_STOPPED;
	before = use(page);
	if (!memory_give(page, 1))
		return ATTACK_STOPPED;
	outcome = use(page);
	(void)memory_take(page, 2);
	if (before != ATTACK_SUCCEEDED)
		attack_broken("the page was not ours before");
	return outcome;
}

static enum attack_outcome use_read(uint64_t page)
{
	return memory_load(access_ldr_x, page);
}

static enum attack_outcome use_write(uint64_t page)
{
	return memory_store(access_stlr, page, page);
}

enum attack_outcome attack_read_stale(void)
{
	return stale_page(use_read, false);
}

enum attack_outcome attack_write_stale(void)
{
	return stale_page(use_write, false);
}

enum attack_outcome attack_run_stale(void)
{
	return stale_page(memory_run, true);
}

/* What stage 1 made of it, for EL0. Aliases stay, so that nothing of ours empties the TLB. */
enum attack_outcome attack_user_stale(void)
{
	enum attack_outcome outcome;

	memory_user_begin(memory_block());
	outcome = stale_page(memory_user_run, false);
	memory_user_end();
	return outcome;
}

static uint64_t alias_kept;

static enum attack_outcome use_alias(uint64_t page)
{
	return memory_load(access_ldtr, alias_kept + page % MMU_GRANULE);
}

enum attack_outcome attack_alias_stale(void)
{
	enum attack_outcome outcome;
	uint64_t block = memory_block();

	alias_kept = memory_alias(ALIAS, block, MMU_USER) - block % MMU_GRANULE;
	outcome = stale_page(use_alias, false);
	memory_alias_end(ALIAS);
	return outcome;
}

static enum attack_outcome stale_block(bool write)
{
	uint64_t block = memory_block(), last = block + (BLOCK_PAGES - 1U) * MACHINE_PAGE;
	enum attack_outcome outcome;
	struct outcome o;
	unsigned words;

	if (block == 0U)
		return attack_absent(no_block);
	fill(last);
	if (!memory_give(block, BLOCK_PAGES))
		return ATTACK_STOPPED;
	(void)memory_take(block, BLOCK_PAGES);
	/* the block is whole, and in the TLB */
	(void)access_try(access_ldr_x, last);
	if (!memory_give(block, BLOCK_PAGES))
		return ATTACK_STOPPED;
	o = access_try(write ? access_str_x : access_ldr_x, last);
	(void)memory_take(block, BLOCK_PAGES);
	if (!write)
		return memory_judge_load(last, &o);
	words = changed(last);
	outcome = attack_judge(words != 0U, "0x%llx: %u exceptions, %u words changed",
			       (unsigned long long)last, o.count, words);
	return outcome;
}

enum attack_outcome attack_read_stale_block(void)
{
	return stale_block(false);
}

enum attack_outcome attack_write_stale_block(void)
{
	return stale_block(true);
}

/* ---- from another CPU, while it goes and after ---- */

enum use {
	USE_READ,
	USE_WRITE,
	USE_RUN,
	USE_EXCLUSIVE
};

static struct {
	uint64_t page;
	enum use use;
	uint32_t ready, gone, exceptions, status;
	uint64_t late; /* what came of the access after the page was gone */
} other;

/* One access; true when nothing stopped it. */
static bool use_once(uint64_t value)
{
	switch (other.use) {
	case USE_READ:
		return try_read64(other.page, &other.late);
	case USE_WRITE:
		return try_write64(other.page, value);
	default:
		return try_execute(other.page);
	}
}

/* Before, during and once more after the page went. */
static void use_always(void *argument)
{
	(void)argument;
	for (;;) {
		bool gone = __atomic_load_n(&other.gone, __ATOMIC_ACQUIRE) != 0U;
		bool done = use_once(gone ? ~PATTERN : PATTERN);

		if (gone) {
			other.exceptions = done ? 0U : 1U;
			return;
		}
		__atomic_store_n(&other.ready, 1U, __ATOMIC_RELEASE);
	}
}

/* The load before, the store after: the monitor must not remember. */
static void use_exclusive(void *argument)
{
	uint64_t loaded;
	uint32_t status;

	(void)argument;
	exception_expect();
	__asm__ volatile("ldxr %0, [%3]\n\t"
			 "mov %w1, #1\n\t"
			 "str %w1, [%4]\n"
			 "1:\tldr %w1, [%5]\n\t"
			 "cbz %w1, 1b\n\t"
			 "dmb sy\n\t"
			 "stxr %w1, %2, [%3]"
			 : "=&r"(loaded), "=&r"(status)
			 : "r"(~PATTERN), "r"(other.page), "r"(&other.ready), "r"(&other.gone)
			 : "memory");
	other.status = status;
	other.exceptions = exception_end(NULL);
}

static enum attack_outcome other_cpu(enum use use)
{
	uint64_t page = memory_block(), begin;
	bool given, off;
	unsigned words;

	if (page == 0U)
		return attack_absent(no_block);
	fill(page);
	if (use == USE_RUN)
		plant_code(page);
	else
		*word(page) = PATTERN;
	other.page = page;
	other.use = use;
	other.ready = other.gone = other.exceptions = other.status = 0;
	other.late = 0;
	if (!memory_give(page + MACHINE_PAGE, 1))
		return ATTACK_STOPPED;
	if (cpu_start(1, use == USE_EXCLUSIVE ? use_exclusive : use_always, NULL) != PSCI_SUCCESS) {
		(void)memory_take(page + MACHINE_PAGE, 1);
		return attack_absent("no second CPU");
	}
	begin = clock_us();
	while (__atomic_load_n(&other.ready, __ATOMIC_ACQUIRE) == 0U &&
	       clock_us() - begin < WAIT_US)
		;
	given = memory_give(page, 1);
	__atomic_store_n(&other.gone, 1U, __ATOMIC_RELEASE);
	off = cpu_wait_off(1, WAIT_US);
	if (given)
		(void)memory_take(page, 2);
	words = changed(page);
	if (!off || other.ready == 0U)
		attack_broken("cpu1 did not come through");
	switch (use) {
	case USE_READ:
		return attack_judge(other.exceptions == 0U && other.late == PATTERN,
				    "cpu1: %u exceptions, 0x%llx", other.exceptions,
				    (unsigned long long)other.late);
	case USE_RUN:
		return attack_judge(other.exceptions == 0U, "cpu1: %u exceptions",
				    other.exceptions);
	default:
		return attack_judge(*word(page) == ~PATTERN,
				    "cpu1: %u exceptions, status %u, %u words changed",
				    other.exceptions, other.status, words);
	}
}

enum attack_outcome attack_read_other_cpu(void)
{
	return other_cpu(USE_READ);
}

enum attack_outcome attack_write_other_cpu(void)
{
	return other_cpu(USE_WRITE);
}

enum attack_outcome attack_run_other_cpu(void)
{
	return other_cpu(USE_RUN);
}

enum attack_outcome attack_exclusive_other_cpu(void)
{
	return other_cpu(USE_EXCLUSIVE);
}
