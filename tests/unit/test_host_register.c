// SPDX-License-Identifier: Apache-2.0
/* Registers that trap: which are undefined for the host, and what the others bring. */
#include "cases.h"
#include "core/host/register.h"

/* ISS of a trapped MSR or MRS (DDI 0487, ESR_EL2, exception class 0x18), by the fields' places. */
static uint32_t syndrome(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
			 unsigned rt, bool read)
{
	return (uint32_t)(op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 |
			  (read ? 1U : 0U));
}

static void expect_zero(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
	struct host_register_access access =
	    host_register_decide(syndrome(op0, op1, crn, crm, op2, 7, true));

	assert_int_equal(access.answer, HOST_REGISTER_ZERO);
	assert_int_equal(access.target, 7);
}

static void expect_undefined(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
			     bool read)
{
	struct host_register_access access =
	    host_register_decide(syndrome(op0, op1, crn, crm, op2, 31, read));

	assert_int_equal(access.answer, HOST_REGISTER_UNDEFINED);
}

static void the_auxiliary_control_register_is_read_only(void **state)
{
	struct host_register_access access =
	    host_register_decide(syndrome(3, 0, 1, 0, 1, 30, true));

	(void)state;
	assert_int_equal(access.answer, HOST_REGISTER_ACTLR);
	assert_int_equal(access.target, 30);
	expect_undefined(3, 0, 1, 0, 1, false);
}

static void there_are_no_regions_and_no_error_records(void **state)
{
	(void)state;
	for (unsigned op2 = 0; op2 <= 3U; op2++) { /* LORSA, LOREA, LORN, LORC */
		expect_zero(3, 0, 10, 4, op2);
		expect_undefined(3, 0, 10, 4, op2, false);
	}
	expect_zero(3, 0, 10, 4, 7); /* LORID_EL1 */
	expect_zero(3, 0, 5, 3, 0);  /* ERRIDR_EL1 */
	for (unsigned op2 = 0; op2 <= 7U; op2++) {
		expect_undefined(3, 0, 5, 4, op2, true); /* ERXFR_EL1 and its neighbours */
		expect_undefined(3, 0, 5, 4, op2, false);
	}
}

static void all_else_is_undefined(void **state)
{
	(void)state;
	expect_undefined(1, 0, 7, 6, 2, false);  /* DC ISW */
	expect_undefined(1, 0, 7, 10, 2, false); /* DC CSW */
	expect_undefined(1, 0, 7, 14, 2, false); /* DC CISW */
	expect_undefined(3, 1, 15, 2, 0, false); /* CPUACTLR_EL1 of Cortex-A53 */
	expect_undefined(3, 1, 15, 2, 0, true);
	expect_undefined(3, 0, 15, 1, 0, false); /* CPUACTLR_EL1 of Neoverse N1 */
	expect_undefined(2, 0, 1, 0, 4, false);  /* OSLAR_EL1 and SCTLR_EL1 never trap */
	expect_undefined(3, 0, 1, 0, 0, false);
}

/* Performance monitors: they trap where the CPU cannot keep them still at EL2. */
static void counters_are_told_by_where_they_lie(void **state)
{
	static const struct {
		unsigned op0, op1, crn, crm, op2;
		bool counter;
	} places[] = {
	    {3, 3, 9, 12, 0, true},   /* PMCR_EL0 */
	    {3, 3, 9, 13, 1, true},   /* PMXEVTYPER_EL0 */
	    {3, 3, 9, 14, 3, true},   /* PMOVSSET_EL0 */
	    {3, 0, 9, 14, 1, true},   /* PMINTENSET_EL1 */
	    {3, 3, 14, 8, 0, true},   /* PMEVCNTR0_EL0 */
	    {3, 3, 14, 15, 7, true},  /* PMCCFILTR_EL0 */
	    {3, 0, 9, 9, 0, false},   /* PMSCR_EL1: of SPE */
	    {3, 0, 9, 11, 0, false},  /* TRBLIMITR_EL1 */
	    {3, 3, 14, 3, 1, false},  /* CNTV_CTL_EL0 */
	    {3, 3, 9, 11, 0, false},  /* nobody's */
	    {2, 3, 9, 12, 0, false},  /* another Op0 */
	    {3, 4, 14, 12, 0, false}, /* another op1 */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (unsigned read = 0; read <= 1U; read++) {
			uint32_t iss = syndrome(places[i].op0, places[i].op1, places[i].crn,
						places[i].crm, places[i].op2, 12, read != 0U);
			struct host_register_access access = host_register_decide(iss);

			assert_int_equal(access.answer, places[i].counter
							    ? HOST_REGISTER_COUNTER
							    : HOST_REGISTER_UNDEFINED);
			assert_int_equal(access.read, read != 0U);
			assert_int_equal(access.target, 12);
			assert_int_equal(access.encoding,
					 HOST_REGISTER(places[i].op0, places[i].op1, places[i].crn,
						       places[i].crm, places[i].op2));
		}
}

/* A register is known by its whole encoding, and by nothing else. */
static void every_encoding_but_seven_is_undefined(void **state)
{
	unsigned answered = 0, counters = 0;

	(void)state;
	for (uint32_t iss = 0; iss < 1U << 22; iss++) {
		if (((iss >> 5) & 0x1fU) != 3U)
			continue; /* one target stands for all */
		switch (host_register_decide(iss).answer) {
		case HOST_REGISTER_COUNTER:
			counters++;
			break;
		case HOST_REGISTER_UNDEFINED:
			break;
		default:
			answered++;
			break;
		}
	}
	assert_int_equal(answered, 7); /* all of them reads */
	/* read and written: eight for each CRm, of which there are three, one and eight */
	assert_int_equal(counters, 2 * 8 * (3 + 1 + 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_auxiliary_control_register_is_read_only),
	    cmocka_unit_test(there_are_no_regions_and_no_error_records),
	    cmocka_unit_test(all_else_is_undefined),
	    cmocka_unit_test(counters_are_told_by_where_they_lie),
	    cmocka_unit_test(every_encoding_but_seven_is_undefined),
	};

	return cmocka_run_group_tests_name("host_register", tests, NULL, NULL);
}
