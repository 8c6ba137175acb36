/* SPDX-License-Identifier: Apache-2.0 */
/* Which CPUs have which errata of TLB maintenance: from the makers' notices, by hand. */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/cpu/errata.h"
#include "fake/machine.h"

/* MIDR_EL1: implementer, part, rNpM; the architecture field is always 0xf. */
static uint64_t midr(unsigned implementer, unsigned part, unsigned n, unsigned m)
{
	return (uint64_t)implementer << 24 | (uint64_t)n << 20 | 0xf0000U | (uint64_t)part << 4 | m;
}

static const struct {
	unsigned implementer, part, n, m, effects;
} cpus[] = {
    /* none: what QEMU's max says it is, Cortex-A35, -A53, -A57, -A72, -A73, -A75 */
    {0x00, 0x051, 0, 0, 0},
    {0x41, 0xd04, 1, 0, 0},
    {0x41, 0xd03, 0, 4, 0},
    {0x41, 0xd07, 1, 3, 0},
    {0x41, 0xd08, 0, 3, 0},
    {0x41, 0xd09, 0, 2, 0},
    {0x41, 0xd0a, 3, 0, 0},
    /* Cortex-A510 is repaired in r1p2 */
    {0x41, 0xd46, 0, 0, ERRATA_REPEAT},
    {0x41, 0xd46, 1, 1, ERRATA_REPEAT},
    {0x41, 0xd46, 1, 2, 0},
    /* Cortex-A55, -A76, -A78, -A710, -X4; Neoverse-N1, -V1, -N2, -V3: no repaired one is known */
    {0x41, 0xd05, 0, 0, ERRATA_REPEAT},
    {0x41, 0xd05, 2, 0, ERRATA_REPEAT},
    {0x41, 0xd0b, 0, 0, ERRATA_REPEAT},
    {0x41, 0xd0b, 4, 1, ERRATA_REPEAT},
    {0x41, 0xd41, 1, 2, ERRATA_REPEAT},
    {0x41, 0xd47, 2, 1, ERRATA_REPEAT},
    {0x41, 0xd82, 0, 3, ERRATA_REPEAT},
    {0x41, 0xd0c, 4, 1, ERRATA_REPEAT},
    {0x41, 0xd40, 1, 2, ERRATA_REPEAT},
    {0x41, 0xd49, 0, 3, ERRATA_REPEAT},
    {0x41, 0xd84, 0, 2, ERRATA_REPEAT},
    /* C1-Ultra and C1-Premium also take no other way than break-before-make before r1p1 */
    {0x41, 0xd8c, 0, 0, ERRATA_REPEAT | ERRATA_BREAK},
    {0x41, 0xd8c, 1, 0, ERRATA_REPEAT | ERRATA_BREAK},
    {0x41, 0xd8c, 1, 1, ERRATA_REPEAT},
    {0x41, 0xd90, 1, 0, ERRATA_REPEAT | ERRATA_BREAK},
    {0x41, 0xd90, 1, 1, ERRATA_REPEAT},
    /* parts beside those in the list are no cores that anybody has a notice of */
    {0x41, 0xd8d, 0, 0, 0},
    {0x41, 0xd91, 0, 0, 0},
    /* C1-Pro: to r1p2 */
    {0x41, 0xd8b, 0, 0, ERRATA_SME},
    {0x41, 0xd8b, 1, 2, ERRATA_SME},
    {0x41, 0xd8b, 1, 3, 0},
    /* Falkor v1 alone; each Kryo; Kryo 4xx Gold from rcpe to rfpe */
    {0x51, 0x800, 0, 0, ERRATA_REPEAT},
    {0x51, 0x800, 0, 1, 0},
    {0x51, 0xc00, 0, 0, 0},
    {0x51, 0x1ff, 0, 0, 0},
    {0x51, 0x200, 0, 0, ERRATA_REPEAT},
    {0x51, 0x211, 1, 1, ERRATA_REPEAT},
    {0x51, 0x2ff, 0xf, 0xf, ERRATA_REPEAT},
    {0x51, 0x300, 0, 0, 0},
    {0x51, 0x804, 0xc, 0xd, 0},
    {0x51, 0x804, 0xc, 0xe, ERRATA_REPEAT},
    {0x51, 0x804, 0xf, 0xe, ERRATA_REPEAT},
    {0x51, 0x804, 0xf, 0xf, 0},
    /* other makers that use the number of an affected part, and two that use the core itself */
    {0x48, 0xd0b, 0, 0, 0},
    {0x61, 0xd0c, 0, 0, 0},
    {0x6d, 0xd49, 0, 0, ERRATA_REPEAT},
    {0x6d, 0xd0c, 0, 0, 0},
    {0x4e, 0x010, 0, 0, ERRATA_REPEAT},
    {0x41, 0x010, 0, 0, 0},
};

static void test_errata_by_part_and_revision(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		uint64_t id = midr(cpus[i].implementer, cpus[i].part, cpus[i].n, cpus[i].m);

		if (errata_of(id) != cpus[i].effects)
			fail_msg("MIDR 0x%llx: 0x%x, not 0x%x", (unsigned long long)id,
				 errata_of(id), cpus[i].effects);
		/* architecture and RES0 are no part of it */
		assert_int_equal(errata_of(id ^ 0xf0000U), cpus[i].effects);
		assert_int_equal(errata_of(id | ~0xffffffffULL), cpus[i].effects);
	}
}

static void test_errata_bbm_levels(void **state)
{
	/* of ID_AA64MMFR2_EL1, among the fields beside it */
	static const struct {
		uint64_t mmfr2;
		enum stage2_bbm bbm;
	} levels[] = {
	    {0, STAGE2_BBM_BREAK},
	    {0xff0fffffffffffffULL, STAGE2_BBM_BREAK},
	    {1ULL << 52, STAGE2_BBM_NT},
	    {2ULL << 52, STAGE2_BBM_DIRECT},
	    {0x1221011110101011ULL, STAGE2_BBM_DIRECT}, /* Neoverse-N2 */
	    {3ULL << 52, STAGE2_BBM_DIRECT},
	    {15ULL << 52, STAGE2_BBM_DIRECT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		assert_int_equal(errata_bbm(0, levels[i].mmfr2), levels[i].bbm);
		assert_int_equal(errata_bbm(ERRATA_REPEAT | ERRATA_SME, levels[i].mmfr2),
				 levels[i].bbm);
		assert_int_equal(errata_bbm(ERRATA_BREAK, levels[i].mmfr2), STAGE2_BBM_BREAK);
	}
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *at = fake.console; *at != '\0'; at++)
		count += *at == '\n';
	return count;
}

static void report(uint64_t id)
{
	fake_reset();
	errata_report(id, errata_of(id));
}

static void test_errata_are_named(void **state)
{
	(void)state;
	report(midr(0x41, 0xd03, 0, 4));
	assert_int_equal(lines(), 0);
	report(midr(0x41, 0xd0b, 3, 0));
	assert_int_equal(lines(), 1);
	assert_true(fake_said("boot: [errata] CPU with MIDR 0x413fd0b0: Arm 1286807, Arm 4193800: "
			      "TLB maintenance on all CPUs is done twice\n"));
	report(midr(0x41, 0xd0b, 3, 1));
	assert_true(fake_said(": Arm 4193800: TLB"));
	report(midr(0x41, 0xd8c, 1, 0));
	assert_int_equal(lines(), 2);
	assert_true(fake_said(": Arm 4193780: TLB maintenance"));
	assert_true(fake_said(": Arm 3683289: block sizes change by break-before-make\n"));
	report(midr(0x41, 0xd8b, 0, 0));
	assert_true(fake_said(": Arm 4193714: NOT worked around"));
	/* of a CPU that joins later, only what is new */
	fake_reset();
	errata_report(midr(0x41, 0xd8c, 1, 0), ERRATA_BREAK);
	assert_int_equal(lines(), 1);
}

/* The longest list of one CPU fits into its line. */
static void test_errata_lines_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		report(midr(cpus[i].implementer, cpus[i].part, cpus[i].n, cpus[i].m));
		assert_false(fake_said("...\n"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errata_by_part_and_revision),
	    cmocka_unit_test(test_errata_bbm_levels),
	    cmocka_unit_test(test_errata_are_named),
	    cmocka_unit_test(test_errata_lines_are_whole),
	};

	return cmocka_run_group_tests_name("errata", tests, NULL, NULL);
}
