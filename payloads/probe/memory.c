// SPDX-License-Identifier: Apache-2.0
/* What the host must not reach gives an external abort whichever way it is asked, and never data.
 */
#include <string.h>

#include "accesses.h"
#include "exception.h"
#include "mmu.h"
#include "memory.h"
#include "ranges.h"
#include "probe.h"

#define ISS_WNR         (1U << 6)
#define CODE_EXTERNAL   0x10U
#define CODE_WALK       0x14U /* to 0x17: of the table at level 0 to 3 */
#define PAR_FAILED      1U
#define PAR_ADDRESS     0x0000fffffffff000UL
#define BLOCK           (2UL << 20)
#define INSTRUCTION_RET 0xd65f03c0U
#define LONGEST_ZVA     2048U

/* Entries of level 1 that the identity map can do without for a while. */
#define ALIAS      500U
#define ALIAS_USER 501U

#define MMU_ATTRIBUTE (7UL << 2)

/* TCR_EL1 with a second half like the first: 39 bits, 4 KiB granule, cached walks. */
#define TCR_NO_TT1 (1UL << 23)
#define TCR_HALF_1 (25UL << 16 | 1UL << 24 | 1UL << 26 | 3UL << 28 | 2UL << 30)
#define HALF_1     0xffffff8000000000UL

static uint64_t table[512] __attribute__((aligned(4096)));

static unsigned code(const struct outcome *o)
{
	return (unsigned)o->taken.esr & 0x3fU;
}

/* A data abort of the access itself, at one of `size` bytes from `address` on, and nothing brought.
 */
static void expect_abort(const char *what, const char *where, uint64_t address, unsigned size,
			 const struct outcome *o)
{
	uint64_t first = address, last = address + size - 1U;

	if (size == 0U) {
		first = address & ~(uint64_t)(LONGEST_ZVA - 1U);
		last = first + LONGEST_ZVA - 1U;
	}
	check(o->count == 1U && exception_class(&o->taken) == EC_DABT_SAME &&
		  code(o) == CODE_EXTERNAL,
	      "%s at 0x%llx (%s): %u exceptions, ESR 0x%llx", what, (unsigned long long)address,
	      where, o->count, (unsigned long long)o->taken.esr);
	check(o->count == 0U || (o->taken.far >= first && o->taken.far <= last),
	      "%s at 0x%llx (%s): FAR 0x%llx", what, (unsigned long long)address, where,
	      (unsigned long long)o->taken.far);
	check(o->result == o->canary, "%s at 0x%llx (%s): brought 0x%llx", what,
	      (unsigned long long)address, where, (unsigned long long)o->result);
}

static void expect_no_code(const char *where, uint64_t address)
{
	struct outcome o = access_execute(address);

	check(o.count == 1U && exception_class(&o.taken) == EC_IABT_SAME &&
		  code(&o) == CODE_EXTERNAL && o.taken.far == address && o.taken.elr == address,
	      "run at 0x%llx (%s): %u exceptions, ESR 0x%llx, FAR 0x%llx",
	      (unsigned long long)address, where, o.count, (unsigned long long)o.taken.esr,
	      (unsigned long long)o.taken.far);
}

/* Every page, its first and its last bytes. */
void test_withheld(void)
{
	test_begin("withheld pages");
	check(!machine.hypervisor || machine.kept_count != 0U,
	      "Portcullis is below and withholds nothing");
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct machine_range range = withheld(r);
		uint64_t end = range.base + range.size;

		note("withheld 0x%llx .. 0x%llx %s", (unsigned long long)range.base,
		     (unsigned long long)end, range.name);
		check(range.base % MACHINE_PAGE == 0U && range.size % MACHINE_PAGE == 0U &&
			  range.size != 0U,
		      "%s is not made of whole pages", range.name);
		for (uint64_t page = range.base; page - range.base < range.size;
		     page += MACHINE_PAGE) {
			struct outcome o = access_try(access_ldr_x, page);

			expect_abort("ldr", range.name, page, 8, &o);
			check((o.taken.esr & ISS_WNR) == 0U, "a read said to be a write");
			o = access_try(access_ldrb, page + MACHINE_PAGE - 1U);
			expect_abort("ldrb", range.name, page + MACHINE_PAGE - 1U, 1, &o);
		}
	}
	test_end();
}

/* One instruction after the other on the page; the aligned places at its start and its end. */
static void try_all(const char *where, uint64_t page)
{
	for (unsigned i = 0; i < access_count; i++) {
		const struct access *access = &accesses[i];
		uint64_t end = page + MACHINE_PAGE - (access->size > 64U ? access->size : 64U);
		uint64_t places[] = {page, page + 64U, end};

		if (!feature(access->feature))
			continue;
		for (unsigned p = 0; p < 3U; p++) {
			struct outcome o = access_try(access->function, places[p]);

			if (access->kind == HINT) {
				check(o.count == 0U || exception_external_abort(&o.taken),
				      "%s at 0x%llx (%s): ESR 0x%llx", access->name,
				      (unsigned long long)places[p], where,
				      (unsigned long long)o.taken.esr);
				check(o.result == o.canary, "%s at 0x%llx (%s): brought 0x%llx",
				      access->name, (unsigned long long)places[p], where,
				      (unsigned long long)o.result);
				continue;
			}
			expect_abort(access->name, where, places[p], access->size, &o);
			check(access->kind == SWAP || access->kind == UPDATE || o.count == 0U ||
				  ((o.taken.esr & ISS_WNR) != 0U) == (access->kind == STORE),
			      "%s at 0x%llx: ESR 0x%llx tells the direction wrongly", access->name,
			      (unsigned long long)places[p], (unsigned long long)o.taken.esr);
		}
	}
	expect_no_code(where, page);
	expect_no_code(where, page + MACHINE_PAGE - 4U);
}

/*
 * Half of the access lies in our own RAM: [own, own + 64) is ours, the boundary at one of its ends
 * is at offset `edge` from the access. A store may leave our half as it was or written, nothing
 * else.
 */
static void try_across(const char *where, uint64_t own, uint64_t boundary)
{
	static const struct {
		const char *name;
		access_function *function;
		unsigned size;
		bool store;
	} across[] = {
	    {"ldrh", access_ldrh, 2, false},    {"ldr w", access_ldr_w, 4, false},
	    {"ldr x", access_ldr_x, 8, false},  {"ldp x", access_ldp_x, 16, false},
	    {"ldr q", access_ldr_q, 16, false}, {"ld1 x4", access_ld1_4, 64, false},
	    {"strh", access_strh, 2, true},     {"str w", access_str_w, 4, true},
	    {"str x", access_str_x, 8, true},   {"stp x", access_stp_x, 16, true},
	};
	volatile uint8_t *bytes = (volatile uint8_t *)(uintptr_t)own;
	uint8_t kept[64];

	for (unsigned i = 0; i < 64U; i++)
		kept[i] = bytes[i];
	for (unsigned i = 0; i < sizeof(across) / sizeof(across[0]); i++)
		for (unsigned before = 1; before < across[i].size; before++) {
			uint64_t address = boundary - before;
			struct outcome o = access_try(across[i].function, address);

			/* A load may have brought our half before the other one was refused. */
			if (!across[i].store)
				o.result = o.canary;
			expect_abort(across[i].name, where, address, across[i].size, &o);
			for (unsigned b = 0; b < 64U; b++) {
				uint64_t offset = own + b - address;
				bool inside = across[i].store && offset < across[i].size;
				uint8_t written = (uint8_t)(o.canary >> offset % 8U * 8U);

				check(bytes[b] == kept[b] || (inside && bytes[b] == written),
				      "%s at 0x%llx (%s): our byte at 0x%llx is 0x%x",
				      across[i].name, (unsigned long long)address, where,
				      (unsigned long long)own + b, bytes[b]);
				bytes[b] = kept[b];
			}
		}
}

/* A vector load that stops quietly where memory ends must stop there. */
static void try_first_fault(const char *where, uint64_t boundary)
{
	uint8_t bytes[64];
	uint64_t lanes;
	unsigned count;

	exception_expect();
	lanes = access_first_fault(boundary - 16U, bytes);
	count = exception_end(NULL);
	check(count == 0U && lanes <= 16U,
	      "ldff1b 16 bytes before 0x%llx (%s): %llu lanes, %u exceptions",
	      (unsigned long long)boundary, where, (unsigned long long)lanes, count);
	check(memcmp(bytes, (const void *)(uintptr_t)(boundary - 16U), lanes < 16U ? lanes : 16U) ==
		  0,
	      "ldff1b before 0x%llx (%s): wrong bytes", (unsigned long long)boundary, where);
}

/* As EL0 would, and running it, through aliases in which stage 1 allows both. */
static void try_aliases(const char *where, uint64_t page)
{
	uint64_t granule = page & ~(MMU_GRANULE - 1U), offset = page % MMU_GRANULE;
	uint64_t user = ALIAS_USER * MMU_GRANULE + offset, run = ALIAS * MMU_GRANULE + offset;
	uint64_t user_before = mmu_replace(ALIAS_USER, granule | MMU_USER);
	uint64_t run_before = mmu_replace(ALIAS, granule | MMU_RUN);
	struct outcome o = access_try(access_ldtr, user);

	expect_abort("ldtr", where, user, 8, &o);
	o = access_try(access_ldtrb, user + MACHINE_PAGE - 1U);
	expect_abort("ldtrb", where, user + MACHINE_PAGE - 1U, 1, &o);
	o = access_try(access_sttr, user);
	expect_abort("sttr", where, user, 8, &o);
	o = access_try(access_ldr_x, run);
	expect_abort("ldr by an alias", where, run, 8, &o);
	o = access_try(access_str_x, run + 8U);
	expect_abort("str by an alias", where, run + 8U, 8, &o);
	expect_no_code(where, run);
	/* Stage 1 is the host's own affair: the answer is its intermediate address, if anything. */
	o = access_try(access_at, run);
	check(o.count == 0U && (o.result & PAR_FAILED) == 0U && (o.result & PAR_ADDRESS) == page,
	      "at s1e1r of 0x%llx (%s): %u exceptions, PAR 0x%llx", (unsigned long long)page, where,
	      o.count, (unsigned long long)o.result);
	(void)mmu_replace(ALIAS, run_before);
	(void)mmu_replace(ALIAS_USER, user_before);
}

/* The same on our own memory: what does not work there shows nothing elsewhere. */
static void try_own(void)
{
	uint64_t page = (uint64_t)(uintptr_t)table, user;
	uint64_t before;
	struct outcome o;

	for (unsigned i = 0; i < access_count; i++)
		if (feature(accesses[i].feature)) {
			memset(table, 0x5a, sizeof(table));
			o = access_try(accesses[i].function, page + 64U);
			check(o.count == 0U, "%s on our own memory: ESR 0x%llx", accesses[i].name,
			      (unsigned long long)o.taken.esr);
			check((accesses[i].kind != LOAD && accesses[i].kind != SWAP) ||
				  o.result != o.canary,
			      "%s on our own memory brings nothing", accesses[i].name);
		}
	((uint32_t *)table)[0] = INSTRUCTION_RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(table)
			 : "memory");
	o = access_execute(page);
	check(o.count == 0U, "running our own memory: ESR 0x%llx", (unsigned long long)o.taken.esr);
	before = mmu_replace(ALIAS_USER, (page & ~(MMU_GRANULE - 1U)) | MMU_USER);
	user = ALIAS_USER * MMU_GRANULE + page % MMU_GRANULE;
	o = access_try(access_ldtr, user);
	check(o.count == 0U && o.result == table[0], "ldtr on our own memory: ESR 0x%llx",
	      (unsigned long long)o.taken.esr);
	o = access_try(access_sttr, user);
	check(o.count == 0U && table[0] == o.canary, "sttr on our own memory: ESR 0x%llx",
	      (unsigned long long)o.taken.esr);
	(void)mmu_replace(ALIAS_USER, before);
	memset(table, 0, sizeof(table));
}

void test_withheld_accesses(void)
{
	test_begin("withheld pages by every instruction");
	features_unlock();
	try_own();
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct machine_range range = withheld(r);
		uint64_t end = range.base + range.size;
		uint64_t last = end - MACHINE_PAGE;

		/* Where the identity map has normal memory, all instructions may be used. */
		if ((mmu_level1[range.base / MMU_GRANULE] & MMU_ATTRIBUTE) ==
		    (MMU_NORMAL & MMU_ATTRIBUTE)) {
			try_all(range.name, range.base);
			if (last != range.base)
				try_all(range.name, last);
		}
		try_aliases(range.name, range.base);
		if (last != range.base)
			try_aliases(range.name, last);
		if (machine_ram(range.base - 64U, 64)) {
			try_across(range.name, range.base - 64U, range.base);
			if (feature(SVE))
				try_first_fault(range.name, range.base);
		}
		if (machine_ram(end, 64))
			try_across(range.name, end, end);
	}
	features_lock();
	test_end();
}

/* ---- the table walker asks ---- */

/* An abort of the walk for `address`, not of the access. */
static void expect_walk_abort(const char *what, const char *where, uint64_t address,
			      const struct outcome *o, unsigned class)
{
	check(o->count == 1U && exception_class(&o->taken) == class && code(o) >= CODE_WALK &&
		  code(o) <= CODE_WALK + 3U && o->taken.far == address,
	      "%s through a table in 0x%llx (%s): %u exceptions, ESR 0x%llx, FAR 0x%llx", what,
	      (unsigned long long)(o->taken.far & ~(MACHINE_PAGE - 1U)), where, o->count,
	      (unsigned long long)o->taken.esr, (unsigned long long)o->taken.far);
	check(o->result == o->canary, "%s through a table (%s): brought 0x%llx", what, where,
	      (unsigned long long)o->result);
}

static void walk_all(const char *where, uint64_t address)
{
	struct outcome o = access_try(access_ldr_x, address);

	expect_walk_abort("ldr", where, address, &o, EC_DABT_SAME);
	o = access_try(access_ldrb, address + 0x1fffffU);
	expect_walk_abort("ldrb", where, address + 0x1fffffU, &o, EC_DABT_SAME);
	o = access_try(access_str_x, address);
	expect_walk_abort("str", where, address, &o, EC_DABT_SAME);
	o = access_try(access_ldtr, address);
	expect_walk_abort("ldtr", where, address, &o, EC_DABT_SAME);
	if (feature(LSE)) {
		o = access_try(access_ldadd, address);
		expect_walk_abort("ldadd", where, address, &o, EC_DABT_SAME);
	}
	o = access_execute(address);
	expect_walk_abort("run", where, address, &o, EC_IABT_SAME);
	for (unsigned i = 0; i < 2U; i++) {
		o = access_try(i == 0U ? access_at : access_at_user, address);
		/* An abort of the walk, by exception or in PAR_EL1; never an address. */
		check(o.count == 1U ? exception_class(&o.taken) == EC_DABT_SAME &&
					  exception_external_abort(&o.taken)
				    : (o.result & PAR_FAILED) != 0U,
		      "at through a table (%s): %u exceptions, ESR 0x%llx, PAR 0x%llx", where,
		      o.count, (unsigned long long)o.taken.esr, (unsigned long long)o.result);
	}
}

/* Tables of level 2 and 3, and the root of the upper half, in the withheld page. */
static void walk_page(const char *where, uint64_t page)
{
	uint64_t before = mmu_replace(ALIAS, page | MMU_TABLE), tcr, ttbr1;

	walk_all(where, ALIAS * MMU_GRANULE);
	for (unsigned i = 0; i < 512U; i++)
		table[i] = page | MMU_TABLE;
	(void)mmu_replace(ALIAS, (uint64_t)(uintptr_t)table | MMU_TABLE);
	walk_all(where, ALIAS * MMU_GRANULE + 0x200000U);
	(void)mmu_replace(ALIAS, before);

	tcr = sysreg_read(tcr_el1);
	ttbr1 = sysreg_read(ttbr1_el1);
	sysreg_write(ttbr1_el1, page);
	sysreg_write(tcr_el1, (tcr & ~TCR_NO_TT1) | TCR_HALF_1);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	walk_all(where, HALF_1);
	sysreg_write(tcr_el1, tcr);
	sysreg_write(ttbr1_el1, ttbr1);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

/* The same with tables in our own memory leads somewhere. */
static void walk_own(void)
{
	static uint64_t last[512] __attribute__((aligned(4096)));
	uint64_t address = ALIAS * MMU_GRANULE + 0x200000U, before;
	struct outcome o;

	for (unsigned i = 0; i < 512U; i++)
		last[i] = (uint64_t)(uintptr_t)last | (MMU_RUN & ~MMU_TABLE) | MMU_PAGE;
	for (unsigned i = 0; i < 512U; i++)
		table[i] = (uint64_t)(uintptr_t)last | MMU_TABLE;
	before = mmu_replace(ALIAS, (uint64_t)(uintptr_t)table | MMU_TABLE);
	o = access_try(access_ldr_x, address + 64U);
	check(o.count == 0U && o.result == last[8], "a walk of our own tables: ESR 0x%llx",
	      (unsigned long long)o.taken.esr);
	o = access_try(access_at, address);
	check(o.count == 0U && (o.result & PAR_FAILED) == 0U &&
		  (o.result & PAR_ADDRESS) == (uint64_t)(uintptr_t)last,
	      "at through our own tables: PAR 0x%llx", (unsigned long long)o.result);
	(void)mmu_replace(ALIAS, before);
}

void test_withheld_walk(void)
{
	test_begin("table walks into withheld pages");
	walk_own();
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct machine_range range = withheld(r);

		walk_page(range.name, range.base);
		walk_page(range.name, range.base + range.size - MACHINE_PAGE);
	}
	memset(table, 0, sizeof(table));
	test_end();
}

void memory_check_gone(const char *where, uint64_t page)
{
	features_unlock();
	try_all(where, page);
	try_aliases(where, page);
	features_lock();
	walk_page(where, page);
	memset(table, 0, sizeof(table));
}

/* ---- what is ours, and what is nobody's ---- */

/* Write, read back, leave as it was; not where we live. */
static void use_page(uint64_t page)
{
	volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)page;
	const unsigned last = MACHINE_PAGE / sizeof(uint64_t) - 1U;
	uint64_t before, after, pattern = random_word();
	unsigned count;

	if (!ranges_free(page, MACHINE_PAGE))
		return;
	exception_expect();
	before = words[0];
	after = words[last];
	words[0] = pattern;
	words[last] = ~pattern;
	count = exception_end(NULL);
	check(count == 0U && words[0] == pattern && words[last] == ~pattern,
	      "page 0x%llx is ours, but cannot be used", (unsigned long long)page);
	words[0] = before;
	words[last] = after;
}

/* Code may run there, too. */
static void run_page(uint64_t page)
{
	volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)page;
	uint32_t before;

	if (!ranges_free(page, MACHINE_PAGE))
		return;
	before = *word;
	*word = INSTRUCTION_RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(word)
			 : "memory");
	check(try_execute(page), "page 0x%llx is ours, but cannot be run",
	      (unsigned long long)page);
	*word = before;
}

void test_own_memory(void)
{
	uint64_t places = 0;

	test_begin("own memory");
	for (unsigned r = 0; r < machine.ram_count; r++) {
		const struct machine_range *ram = &machine.ram[r];

		/* A place in each block that stage 2 can have is read: an emulator allocates
		 * nothing for that. */
		for (uint64_t block = ram->base; block - ram->base < ram->size; block += BLOCK) {
			uint64_t address = block + (random_word() & (BLOCK - 1U) & ~UINT64_C(7)),
				 value;

			if (address - ram->base >= ram->size ||
			    !machine_ram(address, sizeof(value)))
				continue;
			check(try_read64(address, &value), "0x%llx is ours, but cannot be read",
			      (unsigned long long)address);
			places++;
		}
		for (unsigned i = 0; i < 32U; i++)
			use_page(ram->base +
				 (random_word() % (ram->size / MACHINE_PAGE)) * MACHINE_PAGE);
		use_page(ram->base);
		use_page(ram->base + ram->size - MACHINE_PAGE);
		run_page(ram->base + ram->size / 2U);
	}
	/* The neighbours of what is withheld are ours to the last byte. */
	for (unsigned r = 0; r < machine.kept_count; r++)
		for (unsigned n = 1; n <= 4U; n++) {
			use_page(machine.kept[r].base - n * MACHINE_PAGE);
			use_page(machine.kept[r].base + machine.kept[r].size +
				 (n - 1U) * MACHINE_PAGE);
		}
	for (unsigned r = 0; r < machine.kept_count; r++) {
		run_page(machine.kept[r].base - MACHINE_PAGE);
		run_page(machine.kept[r].base + machine.kept[r].size);
	}
	test_end();
	note("%llu blocks in %u ranges of RAM", (unsigned long long)places, machine.ram_count);
}

/* An address of which the tree says nothing: from the hypervisor or from the bus, an abort. */
static void expect_nothing(uint64_t address)
{
	uint64_t before = mmu_replace(ALIAS, (address & ~(MMU_GRANULE - 1U)) | MMU_DEVICE);
	uint64_t alias = ALIAS * MMU_GRANULE + address % MMU_GRANULE;
	struct outcome o = access_try(access_ldr_w, alias);

	expect_abort("ldr", "no memory, no device", alias, 4, &o);
	o = access_try(access_str_w, alias);
	expect_abort("str", "no memory, no device", alias, 4, &o);
	(void)mmu_replace(ALIAS, (address & ~(MMU_GRANULE - 1U)) | MMU_RUN);
	expect_no_code("no memory, no device", alias);
	(void)mmu_replace(ALIAS, before);
}

void test_outside(void)
{
	test_begin("addresses of nobody");
	for (unsigned i = 0; i < outside_count(); i++)
		expect_nothing(outside(i));
	/* A device is no place for code, whatever stage 1 says. */
	if (machine.console != 0U) {
		uint64_t before =
		    mmu_replace(ALIAS, (machine.console & ~(MMU_GRANULE - 1U)) | MMU_RUN);
		uint64_t alias = ALIAS * MMU_GRANULE + machine.console % MMU_GRANULE;

		expect_no_code("console", alias);
		(void)mmu_replace(ALIAS, before);
	}
	test_end();
}
