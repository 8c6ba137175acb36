// SPDX-License-Identifier: Apache-2.0
/* Into what the host never had: the hypervisor's image and pool, and what the tree reserves. */
#include <string.h>

#include "features.h"
#include "memory.h"
#include "sysreg.h"

#define BLOCK           (2UL << 20)
#define BLOCK_RAM       0x7fdUL /* a block of RAM in stage 2: valid, write-back, shareable, AF */
#define ENTRY_HOST      1U      /* record of the ledger: owned of the host */
#define ZVA_LARGEST     2048U
#define MAIR_TAGGED     (0xf0UL << 16) /* attribute 2 */
#define MMU_TAGGED      0x0060000000000709UL
#define SCTLR_ATA       (1UL << 43)
#define TCR_NO_TT1      (1UL << 23)
#define TCR_HALF_1      (25UL << 16 | 1UL << 24 | 1UL << 26 | 3UL << 28 | 2UL << 30)
#define HALF_1          0xffffff8000000000UL
#define INSTRUCTION_NOP 0xd503201fU

/* What only we know, to be found again through tables that are not ours. */
static volatile uint64_t secret = 0x0ddba11f005ba11UL;

/* ---- the image ---- */

enum attack_outcome attack_read_image(void)
{
	uint64_t at = memory_image().base + IMAGE_MAGIC_AT;
	uint32_t value = 0;
	bool read = try_read32(at, &value);

	return attack_judge(read && value == IMAGE_MAGIC, "0x%llx: %s, 0x%x",
			    (unsigned long long)at, read ? "read" : "exception", value);
}

enum attack_outcome attack_write_image(void)
{
	uint64_t at = memory_image().base + IMAGE_MAGIC_AT;

	return memory_store(access_str_x, at, at);
}

/* An instruction that returns, where it can be found; else one that is none: fetched, it traps. */
enum attack_outcome attack_run_image(void)
{
	struct machine_range image = memory_image();
	uint64_t value;

	for (uint64_t at = image.base; at < image.base + MACHINE_PAGE; at += 8U) {
		if (!try_read64(at, &value))
			break;
		if ((uint32_t)value == INSTRUCTION_RET)
			return memory_run(at);
		if (value >> 32 == INSTRUCTION_RET)
			return memory_run(at + 4U);
	}
	return memory_run(image.base + IMAGE_MAGIC_AT);
}

static bool is_log(uint64_t page)
{
	static const char magic[] = "PORTCULLIS-LOG1";

	/* the copy in front of the ring, or any other */
	for (uint64_t at = page; at + sizeof(magic) <= page + MACHINE_PAGE; at += 8U)
		if (memcmp((const void *)(uintptr_t)at, magic, sizeof(magic)) == 0)
			return true;
	return false;
}

/* The log tells addresses and what firmware answered: find it, and take it in large pieces. */
enum attack_outcome attack_read_log(void)
{
	return memory_load(access_ld1_4, memory_page(memory_image(), is_log));
}

/* ---- tables of stage 2 ---- */

/* The table of level 2 that maps RAM in blocks. */
static bool is_blocks(uint64_t page)
{
	unsigned blocks = 0;

	for (unsigned i = 0; i < 512U; i++)
		if ((word(page)[i] & 0xfffUL) == BLOCK_RAM &&
		    (word(page)[i] & (MMU_GRANULE - 1U) & ~0xfffUL) == i * BLOCK)
			blocks++;
	return blocks >= 16U;
}

enum attack_outcome attack_read_tables(void)
{
	return memory_load(access_ldp_x, memory_page(memory_pool(), is_blocks));
}

/* Map the hypervisor's image for ourselves. */
enum attack_outcome attack_rewrite_tables(void)
{
	uint64_t page = memory_page(memory_pool(), is_blocks), image = memory_image().base;
	uint64_t *entry = &((uint64_t *)(uintptr_t)page)[image % MMU_GRANULE / BLOCK];
	uint64_t before = 0;
	uint32_t value = 0;
	bool written;

	if (!try_read64((uint64_t)(uintptr_t)entry, &before)) {
		written =
		    try_write64((uint64_t)(uintptr_t)entry, (image & ~(BLOCK - 1U)) | BLOCK_RAM);
		return attack_judge(written, "descriptor at 0x%llx: %s",
				    (unsigned long long)(uintptr_t)entry,
				    written ? "written" : "exception");
	}
	written = try_write64((uint64_t)(uintptr_t)entry, (image & ~(BLOCK - 1U)) | BLOCK_RAM);
	dsb_sy();
	isb();
	(void)try_read32(image + IMAGE_MAGIC_AT, &value);
	(void)try_write64((uint64_t)(uintptr_t)entry, before);
	__asm__ volatile("dsb sy\n\ttlbi vmalle1is\n\tdsb sy\n\tisb" ::: "memory");
	return attack_judge(
	    value == IMAGE_MAGIC, "descriptor at 0x%llx: %s; then 0x%x from the image",
	    (unsigned long long)(uintptr_t)entry, written ? "written" : "exception", value);
}

/* What a translation of `base` + the place of our secret leads to, or 0. */
static uint64_t read_secret(uint64_t base)
{
	uint64_t value = 0;

	return try_read64(base + (uint64_t)(uintptr_t)&secret % MMU_GRANULE, &value) ? value : 0U;
}

/* A table of stage 2 serves as one of level 2 in stage 1: each page of the pool is tried. */
enum attack_outcome attack_walk_tables(void)
{
	struct machine_range pool = memory_pool();
	uint64_t found = 0, value = 0;

	for (uint64_t page = pool.base; page - pool.base < pool.size && found == 0U;
	     page += MACHINE_PAGE) {
		(void)mmu_replace(ALIAS, page | MMU_TABLE);
		value = read_secret(ALIAS * MMU_GRANULE);
		if (value == secret)
			found = page;
	}
	memory_alias_end(ALIAS);
	return attack_judge(found != 0U, "%llu pages as a table of level 2; 0x%llx led to 0x%llx",
			    (unsigned long long)(pool.size / MACHINE_PAGE),
			    (unsigned long long)found, (unsigned long long)value);
}

/* The root of stage 2 in TTBR1_EL1. */
enum attack_outcome attack_root_tables(void)
{
	struct machine_range pool = memory_pool();
	uint64_t tcr = sysreg_read(tcr_el1), ttbr1 = sysreg_read(ttbr1_el1), found = 0, value = 0;
	uint64_t granule = (uint64_t)(uintptr_t)&secret & ~(MMU_GRANULE - 1U);

	for (uint64_t page = pool.base; page - pool.base < pool.size && found == 0U;
	     page += MACHINE_PAGE) {
		sysreg_write(ttbr1_el1, page);
		sysreg_write(tcr_el1, (tcr & ~TCR_NO_TT1) | TCR_HALF_1);
		__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
		value = read_secret(HALF_1 + granule);
		if (value == secret)
			found = page;
	}
	sysreg_write(tcr_el1, tcr);
	sysreg_write(ttbr1_el1, ttbr1);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	return attack_judge(found != 0U, "%llu pages as root; 0x%llx led to 0x%llx",
			    (unsigned long long)(pool.size / MACHINE_PAGE),
			    (unsigned long long)found, (unsigned long long)value);
}

/* ---- records of the ledger ---- */

static bool is_records(uint64_t page)
{
	unsigned host = 0;

	for (unsigned i = 0; i < 512U; i++)
		host += word(page)[i] == ((uint64_t)ENTRY_HOST << 32 | ENTRY_HOST);
	return host >= 16U;
}

enum attack_outcome attack_read_records(void)
{
	return memory_load(access_ldxp, memory_page(memory_pool(), is_records));
}

enum attack_outcome attack_swap_records(void)
{
	uint64_t page = memory_page(memory_pool(), is_records);

	return feature(LSE) ? memory_store(access_swp, page, page) : attack_absent("no LSE");
}

enum attack_outcome attack_exclusive_records(void)
{
	uint64_t page = memory_page(memory_pool(), is_records), loaded = PATTERN, seen = 0;
	uint32_t refused = 1;
	struct exception taken;
	unsigned count;

	exception_expect();
	__asm__ volatile("ldxr %0, [%2]\n\tstxr %w1, %3, [%2]"
			 : "+&r"(loaded), "+&r"(refused)
			 : "r"(page), "r"(PATTERN)
			 : "memory");
	count = exception_end(&taken);
	if (loaded != PATTERN && try_read64(page, &seen))
		(void)try_write64(page, loaded);
	return attack_judge(count == 0U && refused == 0U && seen == PATTERN,
			    "0x%llx: %u exceptions, ESR 0x%llx, status %u, then 0x%llx",
			    (unsigned long long)page, count, (unsigned long long)taken.esr, refused,
			    (unsigned long long)seen);
}

/* DC ZVA on the records: nobody's pages any more. */
enum attack_outcome attack_zero_records(void)
{
	uint64_t page = memory_page(memory_pool(), is_records);
	uint64_t kept[ZVA_LARGEST / 8U], value = 0;
	unsigned words, zero = 0;
	struct outcome o;
	bool readable = true;

	if (!feature(ZVA))
		return attack_absent("no DC ZVA");
	words = (4U << (sysreg_read(dczid_el0) & 15U)) / 8U;
	for (unsigned i = 0; i < words; i++)
		readable = try_read64(page + 8UL * i, &kept[i]) && readable;
	o = access_try(access_dc_zva, page);
	for (unsigned i = 0; readable && i < words; i++) {
		zero += try_read64(page + 8UL * i, &value) && value == 0U;
		(void)try_write64(page + 8UL * i, kept[i]);
	}
	return attack_judge(zero == words, "0x%llx: %u exceptions, ESR 0x%llx, %u words are 0",
			    (unsigned long long)page, o.count,
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.esr), zero);
}

/* ---- stacks and state of CPUs ---- */

enum attack_outcome attack_read_stacks(void)
{
	return memory_load(access_ldp_q, memory_page(memory_pool(), NULL));
}

/* As EL0 would, by EL1. */
enum attack_outcome attack_write_stacks(void)
{
	/* what is above the struct of a CPU is the stack of a crash report: unused until then */
	uint64_t at = memory_page(memory_pool(), NULL) + MACHINE_PAGE - 64U;
	enum attack_outcome outcome =
	    memory_store(access_sttr, memory_alias(ALIAS, at, MMU_USER), at);

	memory_alias_end(ALIAS);
	return outcome;
}

enum attack_outcome attack_user_stacks(void)
{
	return memory_user_load(memory_page(memory_pool(), NULL));
}

/* Tags of the hypervisor's memory. */
enum attack_outcome attack_tag_stacks(void)
{
	uint64_t at = memory_page(memory_pool(), NULL), before, after = 0;
	uint64_t mair = sysreg_read(mair_el1), sctlr = sysreg_read(sctlr_el1);
	struct exception taken;
	unsigned count;

	if (!feature(MTE))
		return attack_absent("no MTE");
	sysreg_write(mair_el1, mair | MAIR_TAGGED);
	sysreg_write(sctlr_el1, sctlr | SCTLR_ATA);
	isb();
	at = memory_alias(ALIAS, at, MMU_TAGGED);
	before = at;
	exception_expect();
	/* LDG, STG of the tag that is one more, LDG; then as it was */
	__asm__ volatile(".arch armv8.5-a+memtag\n\t"
			 "ldg %0, [%2]\n\t"
			 "addg %1, %0, #0, #1\n\t"
			 "stg %1, [%2]\n\t"
			 "mov %1, %2\n\t"
			 "ldg %1, [%2]\n\t"
			 "stg %0, [%2]"
			 : "+&r"(before), "+&r"(after)
			 : "r"(at)
			 : "memory");
	count = exception_end(&taken);
	memory_alias_end(ALIAS);
	sysreg_write(sctlr_el1, sctlr);
	sysreg_write(mair_el1, mair);
	isb();
	return attack_judge(count == 0U && before != after,
			    "0x%llx: %u exceptions, ESR 0x%llx, tag 0x%llx became 0x%llx",
			    (unsigned long long)at, count, (unsigned long long)taken.esr,
			    (unsigned long long)(before >> 56), (unsigned long long)(after >> 56));
}

/* ---- memory of the ITS ---- */

enum attack_outcome attack_read_its(void)
{
	return memory_load(access_ldrb, memory_page(memory_pool(), NULL));
}

/* A command in the queue that the ITS reads. */
enum attack_outcome attack_write_its(void)
{
	uint64_t at = memory_page(memory_pool(), NULL);

	return memory_store(access_stp_x, at, at);
}

/* ---- first and last bytes ---- */

enum attack_outcome attack_first_byte(void)
{
	return memory_load(access_ldrb, memory_image().base);
}

enum attack_outcome attack_last_byte(void)
{
	struct machine_range image = memory_image(), pool = memory_pool();
	enum attack_outcome outcome = memory_load(access_ldrb, image.base + image.size - 1U);

	return outcome == ATTACK_STOPPED ? memory_load(access_ldrb, pool.base + pool.size - 1U)
					 : outcome;
}

/* Half of it is ours. */
enum attack_outcome attack_straddle_in(void)
{
	return memory_load(access_ldr_x, memory_image().base - 4U);
}

enum attack_outcome attack_straddle_out(void)
{
	struct machine_range image = memory_image();
	uint64_t end = image.base + image.size, ours = *word(end);
	enum attack_outcome outcome = memory_store(access_str_x, end - 4U, end - 8U);

	*word(end) = ours;
	return outcome;
}

/* ---- reserved for nobody ---- */

static const char no_reserve[] = "the tree reserves nothing with no-map";

/* The load that never faults: which lanes it could fill stands in FFR. */
enum attack_outcome attack_quiet_reserved(void)
{
	uint64_t base = memory_reserved().base;

	if (base == 0U)
		return attack_absent(no_reserve);
	return feature(SVE) ? memory_load(access_ldnf1b_sve, base) : attack_absent("no SVE");
}

enum attack_outcome attack_fill_reserved(void)
{
	uint64_t base = memory_reserved().base;

	return base == 0U ? attack_absent(no_reserve) : memory_store(access_st1_4, base, base);
}

/* No branch leads there: the last instruction of ours is followed by the first that is not. */
enum attack_outcome attack_fall_into_reserved(void)
{
	uint64_t base = memory_reserved().base, ours, before = 0;
	enum attack_outcome outcome;

	if (base == 0U)
		return attack_absent(no_reserve);
	ours = *word(base - 8U);
	*word(base - 8U) = (uint64_t)INSTRUCTION_NOP << 32 | INSTRUCTION_NOP;
	if (try_read64(base, &before))
		(void)try_write64(base, (uint64_t)INSTRUCTION_RET << 32 | INSTRUCTION_RET);
	__asm__ volatile(
	    "dc cvau, %0\n\tdc cvau, %1\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::"r"(base -
											  8U),
	    "r"(base - 8U)
	    : "memory");
	outcome = memory_run(base - 8U);
	(void)try_write64(base, before);
	*word(base - 8U) = ours;
	return outcome;
}

/* PAN says that EL1 must not, UAO that «as EL0» means EL1: neither means stage 2. */
enum attack_outcome attack_privilege_reserved(void)
{
	uint64_t base = memory_reserved().base, alias, pan = 0, uao = 0;
	struct outcome o;

	if (base == 0U)
		return attack_absent(no_reserve);
	if (!feature(PAN) && !feature(UAO))
		return attack_absent("neither PAN nor UAO");
	alias = memory_alias(ALIAS, base, MMU_NORMAL);
	if (feature(UAO)) {
		uao = sysreg_read(s3_0_c4_c2_4);
		sysreg_write(s3_0_c4_c2_4, 1UL << 23);
	}
	if (feature(PAN)) {
		pan = sysreg_read(s3_0_c4_c2_3);
		sysreg_write(s3_0_c4_c2_3, 1UL << 22);
	}
	/* with UAO this is a privileged load of a privileged page; without it, a load of EL0's page
	 */
	if (!feature(UAO)) {
		memory_alias_end(ALIAS);
		alias = memory_alias(ALIAS, base, MMU_USER);
	}
	o = access_try(access_ldtr, alias);
	if (feature(PAN))
		sysreg_write(s3_0_c4_c2_3, pan);
	if (feature(UAO))
		sysreg_write(s3_0_c4_c2_4, uao);
	memory_alias_end(ALIAS);
	return memory_judge_load(base, &o);
}
