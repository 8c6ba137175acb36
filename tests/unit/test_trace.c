// SPDX-License-Identifier: Apache-2.0
/* The trace of the host's calls: one record each, who decided, and rings that a reader empties. */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/host/memory.h"
#include "core/trace/trace.h"
#include "host.h"

#define RECORDS 16U
#define CPUS    2U

static void *memory;

/* What the reader does while a CPU waits: takes one record of `reader_of`, answers a flush. */
static unsigned reader_of, reader_turns;
static bool reader_lazy;

static void reader(void)
{
	struct trace *trace = host_trace;

	reader_turns++;
	if (reader_lazy)
		return;
	if (trace->ring[reader_of].taken < trace->ring[reader_of].begun)
		trace->ring[reader_of].taken++;
	trace->flushed = trace->flush;
}

static int set_up(void **state)
{
	(void)state;
	host_prepare();
	host_start(CPUS);
	memory = aligned_alloc(4096, trace_size("16", CPUS));
	memset(memory, 0xa5, trace_size("16", CPUS));
	trace_open("16", NULL, (uint64_t)(uintptr_t)memory, CPUS);
	firmware_trace(&host_hv.firmware);
	fake_cpu = 0;
	fake.relax = reader;
	reader_of = reader_turns = 0;
	reader_lazy = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	host_trace = NULL;
	fake_cpu = 0;
	free(memory);
	return 0;
}

static const struct trace_record *record(unsigned cpu, uint64_t index)
{
	const struct trace_record *first = (void *)(uintptr_t)host_trace->ring[cpu].base;

	return first + index % RECORDS;
}

static const struct trace_record *newest(void)
{
	return record(fake_cpu, host_trace->ring[fake_cpu].begun - 1U);
}

/* As the vectors lead a call while there is a trace. */
static uint64_t call(enum trace_conduit conduit, uint16_t immediate, uint64_t x0, uint64_t x1,
		     uint64_t x2)
{
	uint64_t x[SMCCC_REGISTERS];

	host_registers(x, x0, x1, x2, host_canary(3));
	trace_begin(host_trace, conduit, immediate, x);
	smccc_route(&host_hv, &host_decoded[fake_cpu], immediate, x);
	trace_end(host_trace, x);
	return x[0];
}

static void a_call_is_a_record(void **state)
{
	const struct trace_record *made;

	(void)state;
	assert_int_equal(call(TRACE_HVC, 0, 0x80000000U, 7, 8), 0x10002);
	made = newest();
	assert_int_equal(made->number, 1);
	assert_int_equal(made->conduit, TRACE_HVC);
	assert_int_equal(made->cpu, 0);
	assert_int_equal(made->x[0], 0x80000000U);
	assert_int_equal(made->x[1], 7);
	assert_int_equal(made->x[2], 8);
	for (unsigned n = 3; n < 8; n++)
		assert_int_equal(made->x[n], host_canary(n));
	assert_int_equal(made->answer[0], 0x10002);
	assert_int_equal(made->answer[3], host_canary(3));
	assert_int_equal(made->verdict, TRACE_ANSWERED);
	assert_int_equal(made->rule, TRACE_RULE_NONE);
	assert_int_equal(made->range, SMCCC_RANGE_ARCH);
	assert_in_range(made->ticks, 1, 100);
}

/* Upper half of x0 and hint bit are kept as they came, and the verdict is that of the call. */
static void registers_are_recorded_as_they_came(void **state)
{
	(void)state;
	call(TRACE_SMC, 0, 0xdead000080010000U, 0, 0);
	assert_int_equal(newest()->x[0], 0xdead000080010000U);
	assert_int_equal(newest()->verdict, TRACE_ANSWERED);
}

struct verdict {
	uint64_t x0, x1;
	uint16_t immediate;
	enum trace_verdict verdict;
	enum trace_rule rule;
	uint32_t asked;
};

static void who_decided_is_told(void **state)
{
	static const struct verdict cases[] = {
	    {0x84000006U, 0, 0, TRACE_FORWARDED, TRACE_RULE_NONE, 1},    /* MIGRATE_INFO_TYPE */
	    {0x84000000U, 0, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0},     /* PSCI_VERSION */
	    {0x84000000U, 0, 1, TRACE_REFUSED, TRACE_RULE_IMMEDIATE, 0}, /* SMC #1 */
	    {0xc2000000U, 0, 0, TRACE_REFUSED, TRACE_RULE_CLOSED, 0},    /* SiP */
	    {0xbf020000U, 0, 0, TRACE_REFUSED, TRACE_RULE_RESERVED, 0},  /* bits 23:17 */
	    {0xc2010000U, 0, 0, TRACE_REFUSED, TRACE_RULE_CLOSED, 0},    /* with the hint */
	    {0x8400001fU, 0, 0, TRACE_REFUSED, TRACE_RULE_FUNCTION, 0},  /* no power call */
	    {0x80000123U, 0, 0, TRACE_REFUSED, TRACE_RULE_FUNCTION, 0},  /* none of Arm's */
	    {0x86000123U, 0, 0, TRACE_REFUSED, TRACE_RULE_FUNCTION, 0},  /* none of ours */
	    {0x84000003U, 0x77, 0, TRACE_REFUSED, TRACE_RULE_STATUS, 0}, /* CPU_ON of nobody */
	    {0x8400000aU, 0xc2000000U, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0}, /* FEATURES: no */
	    {0x80000001U, 0x8000ffffU, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0}, /* the same */
	    {0x8600ff01U, 0, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0}, /* UID: negative as int32 */
	    {0x84000063U, 0x10001, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0}, /* FFA_VERSION */
	    {0x84000071U, 0, 0, TRACE_REFUSED, TRACE_RULE_STATUS, 0},      /* FFA_ERROR */
	    {HOST_MEMORY_VERSION, 0, 0, TRACE_ANSWERED, TRACE_RULE_NONE, 0},
	    {HOST_MEMORY_RETURN, 1, 0, TRACE_REFUSED, TRACE_RULE_LEDGER, 0}, /* unaligned */
	    {HOST_MEMORY_DONATE, 1, 0, TRACE_REFUSED, TRACE_RULE_LEDGER, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct verdict *one = &cases[i];

		(void)call(TRACE_SMC, one->immediate, one->x0, one->x1, 1);
		assert_int_equal(newest()->verdict, one->verdict);
		assert_int_equal(newest()->rule, one->rule);
		assert_int_equal(newest()->firmware_calls, one->asked);
	}
	assert_int_equal(newest()->answer[1], LEDGER_RULE_RANGE);
}

/* Whoever gave it: what an answer in x0 means for the function that was called. */
static void an_answer_is_a_refusal_by_the_rules_of_its_function(void **state)
{
	static const struct {
		uint32_t fid;
		uint64_t answer;
		enum trace_verdict verdict;
		enum trace_rule rule;
	} rows[] = {
	    {HOST_MEMORY_DONATE, 0, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {HOST_MEMORY_SHARE, 0, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {HOST_MEMORY_RETURN, 0, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {HOST_MEMORY_DONATE, (uint64_t)-4, TRACE_REFUSED, TRACE_RULE_LEDGER},
	    {HOST_MEMORY_UNSHARE, (uint64_t)-3, TRACE_REFUSED, TRACE_RULE_LEDGER},
	    {HOST_MEMORY_RETURN, (uint64_t)-2, TRACE_REFUSED, TRACE_RULE_LEDGER},
	    /* of the same range, but numbers that tell nothing of success */
	    {HOST_MEMORY_DONATE - 1U, (uint64_t)-2, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {HOST_MEMORY_RETURN + 1U, (uint64_t)-2, TRACE_ANSWERED, TRACE_RULE_NONE},
	    /* statuses of PSCI go down to INVALID_ADDRESS, -9, and are of 32 bits */
	    {0xc4000003U, 0, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0xc4000003U, 0xfffffffeU, TRACE_REFUSED, TRACE_RULE_STATUS},
	    {0xc4000003U, 0xdead0000fffffff7U, TRACE_REFUSED, TRACE_RULE_STATUS},
	    {0xc4000003U, 0xfffffff6U, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0xc4000003U, 0x80000000U, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0xc4000004U, 1, TRACE_ANSWERED, TRACE_RULE_NONE},
	    /* FF-A has a function identifier for it */
	    {0x84000069U, 0x84000060U, TRACE_REFUSED, TRACE_RULE_STATUS},
	    {0x84000069U, 0x84000061U, TRACE_ANSWERED, TRACE_RULE_NONE},
	    /* whoever asks what there is gets an answer, «no» among them */
	    {0x84000064U, 0x84000060U, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0x84000064U, ~0UL, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0x84000051U, ~0UL, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0x8400000aU, 0xffffffffU, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0x80000001U, ~0UL, TRACE_ANSWERED, TRACE_RULE_NONE},
	    {0x8400000bU, ~0UL, TRACE_REFUSED, TRACE_RULE_FUNCTION},
	    {0x8400000bU, 0xffffffffU, TRACE_REFUSED, TRACE_RULE_STATUS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t x[SMCCC_REGISTERS];

		host_registers(x, rows[i].fid, 0, 0, 0);
		trace_begin(host_trace, TRACE_SMC, 0, x);
		x[0] = rows[i].answer;
		trace_end(host_trace, x);
		if (newest()->verdict != rows[i].verdict || newest()->rule != rows[i].rule)
			fail_msg("0x%x answered 0x%lx: verdict %u, rule %u", rows[i].fid,
				 (unsigned long)rows[i].answer, newest()->verdict, newest()->rule);
	}
}

/* A call that took longer than the record has room for took as long as it can say. */
static void a_long_call_is_as_long_as_can_be_told(void **state)
{
	static const uint64_t lengths[] = {5, UINT32_MAX - 1U, UINT32_MAX, 1UL << 32, 1UL << 40};
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint64_t told = lengths[i] < UINT32_MAX ? lengths[i] : UINT32_MAX;

		host_registers(x, 0x84000000U, 0, 0, 0);
		trace_begin(host_trace, TRACE_SMC, 0, x);
		fake.counter = newest()->time + lengths[i];
		trace_end(host_trace, x);
		/* reading the counter takes a tick of the fake machine, or none */
		assert_in_range(newest()->ticks, told, told < UINT32_MAX ? told + 1U : told);
	}
}

/* The same answers with and without a trace, also where there is no firmware at all. */
static void answers_are_the_same(void **state)
{
	static const uint64_t fids[] = {0x84000006U, 0x84000000U, 0xc2000000U, 0x8400000aU,
					0x80000000U, 0xc4000053U, 0x84000063U};

	(void)state;
	for (size_t i = 0; i < sizeof(fids) / sizeof(fids[0]); i++) {
		uint64_t traced = call(TRACE_SMC, 0, fids[i], 1, 0);

		host_hv.firmware.conduit = FIRMWARE_SMC;
		assert_int_equal(traced, host_ask(fids[i], 1, 0, 0));
		host_hv.firmware.conduit = FIRMWARE_SMC_TRACED;
	}
	host_hv.firmware.conduit = FIRMWARE_NONE;
	firmware_trace(&host_hv.firmware);
	assert_int_equal(host_hv.firmware.conduit, FIRMWARE_NONE);
	fake.calls = 0;
	(void)call(TRACE_SMC, 0, 0x84000006U, 0, 0);
	assert_int_equal(fake.calls, 0);
	assert_int_equal(newest()->verdict, TRACE_REFUSED);
}

/* CPU_OFF does not come back; what the CPU does next leaves that record as it is. */
static void a_call_that_never_comes_back_stays_open(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	host_registers(x, 0x84000002U, 0, 0, 0);
	trace_begin(host_trace, TRACE_SMC, 0, x);
	(void)call(TRACE_SMC, 0, 0x84000000U, 0, 0);
	assert_int_equal(record(0, 0)->verdict, TRACE_OPEN);
	assert_int_equal(record(0, 1)->verdict, TRACE_ANSWERED);
}

static void firmware_calls_outside_of_a_call_count_for_none(void **state)
{
	(void)state;
	(void)firmware_ask(&host_hv.firmware, 0x84000000U, 0, 0, 0);
	(void)call(TRACE_SMC, 0, 0x84000000U, 0, 0);
	(void)firmware_ask(&host_hv.firmware, 0x84000000U, 0, 0, 0);
	assert_int_equal(newest()->firmware_calls, 0);
	fake_cpu = 1;
	(void)firmware_ask(&host_hv.firmware, 0x84000000U, 0, 0, 0);
	assert_int_equal(record(0, 0)->firmware_calls, 0);
}

static void cpus_have_rings_of_their_own_and_one_count(void **state)
{
	(void)state;
	(void)call(TRACE_SMC, 0, 0x84000000U, 0, 0);
	fake_cpu = 1;
	(void)call(TRACE_SMC, 0, 0x80000000U, 0, 0);
	fake_cpu = 0;
	(void)call(TRACE_SMC, 0, 0x84000000U, 0, 0);
	assert_int_equal(host_trace->ring[0].begun, 2);
	assert_int_equal(host_trace->ring[1].begun, 1);
	assert_int_equal(record(0, 0)->number, 1);
	assert_int_equal(record(1, 0)->number, 2);
	assert_int_equal(record(1, 0)->cpu, 1);
	assert_int_equal(record(0, 1)->number, 3);
	assert_int_equal(host_trace->ring[1].base,
			 host_trace->ring[0].base + RECORDS * sizeof(struct trace_record));
}

static void without_a_reader_the_oldest_go(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3U * RECORDS; i++)
		(void)call(TRACE_SMC, 0, 0x84000000U, i, 0);
	assert_int_equal(host_trace->ring[0].begun, 3U * RECORDS);
	assert_int_equal(reader_turns, 0);
	for (unsigned i = 2U * RECORDS; i < 3U * RECORDS; i++)
		assert_int_equal(record(0, i)->x[1], i);
}

static void a_reader_is_waited_for(void **state)
{
	(void)state;
	host_trace->attached = 1;
	for (unsigned i = 0; i < 3U * RECORDS; i++) {
		(void)call(TRACE_SMC, 0, 0x84000000U, i, 0);
		assert_true(host_trace->ring[0].begun - host_trace->ring[0].taken <= RECORDS);
	}
	assert_int_equal(reader_turns, 2U * RECORDS);
}

/* Ten seconds, then no more until the reader has taken something. */
static void a_reader_that_sleeps_is_not_waited_for_twice(void **state)
{
	unsigned turns;

	(void)state;
	host_trace->attached = 1;
	host_trace->frequency = 10;
	reader_lazy = true;
	for (unsigned i = 0; i <= RECORDS; i++)
		(void)call(TRACE_SMC, 0, 0x84000000U, i, 0);
	turns = reader_turns;
	assert_in_range(turns, 90, 110);
	for (unsigned i = 0; i < RECORDS; i++)
		(void)call(TRACE_SMC, 0, 0x84000000U, i, 0);
	assert_int_equal(reader_turns, turns);
	host_trace->ring[0].taken++;
	(void)call(TRACE_SMC, 0, 0x84000000U, 0, 0);
	assert_true(reader_turns > turns);
	assert_int_equal(host_trace->ring[0].begun, 2U * RECORDS + 2U);
}

/* The record itself is there before the reader is asked to copy. */
static void the_end_of_the_system_waits_for_the_reader(void **state)
{
	static const uint64_t fids[] = {0x84000008U, 0x84000009U, 0x84000012U,
					0xc4000012U, 0x84000015U, 0x84010009U};

	(void)state;
	host_trace->attached = 1;
	for (size_t i = 0; i < sizeof(fids) / sizeof(fids[0]); i++) {
		(void)call(TRACE_SMC, 0, fids[i], 5, 0);
		assert_int_equal(host_trace->flush, i + 1U);
		assert_int_equal(host_trace->flushed, i + 1U);
	}
	(void)call(TRACE_SMC, 0, 0x84000002U, 0, 0);
	assert_int_equal(host_trace->flush, sizeof(fids) / sizeof(fids[0]));
	host_trace->attached = 0;
	reader_turns = 0;
	(void)call(TRACE_SMC, 0, 0x84000008U, 0, 0);
	assert_int_equal(reader_turns, 0);
}

static void a_record_is_told_only_when_it_is_whole(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	for (unsigned i = 0; i < RECORDS; i++)
		(void)call(TRACE_SMC, 0, 0x84000000U, i, 0);
	host_registers(x, 0x84000002U, 0, 0, 0);
	trace_begin(host_trace, TRACE_SMC, 0, x);
	/* the slot of the oldest: its new number, and no verdict of the old record */
	assert_int_equal(record(0, RECORDS)->number, RECORDS + 1U);
	assert_int_equal(record(0, RECORDS)->verdict, TRACE_OPEN);
	assert_int_equal(record(0, RECORDS)->firmware_calls, 0);
}

static void sizes_follow_the_option(void **state)
{
	uint64_t header = trace_size("32", 1) - 4096U;

	(void)state;
	assert_int_equal(header, 4096);
	assert_int_equal(trace_size("64", 4), header + 64U * 4U * 128U);
	assert_int_equal(trace_size("", 1), header + TRACE_RECORDS * 128U);
	assert_int_equal(trace_size("x", 1), header + TRACE_RECORDS * 128U);
	assert_int_equal(trace_size("12x", 1), header + TRACE_RECORDS * 128U);
	assert_int_equal(trace_size("0", 1), header + TRACE_RECORDS * 128U);
	assert_int_equal(trace_size("1048576", 1), header + 1048576U * 128U);
	assert_int_equal(trace_size("1048577", 1), header + TRACE_RECORDS * 128U);
	assert_int_equal(trace_size("99999999999999999999", 1), header + TRACE_RECORDS * 128U);
}

static void the_boot_waits_for_a_reader(void **state)
{
	(void)state;
	trace_open("16", "1", (uint64_t)(uintptr_t)memory, CPUS);
	host_trace->frequency = 50;
	reader_lazy = true;
	trace_await();
	assert_in_range(reader_turns, 40, 60);
	assert_true(fake_said("boot: [trace] "));
	assert_true(fake_said("boot: [trace-alone] "));

	fake.console_length = 0;
	fake.console[0] = '\0';
	host_trace->attached = 1;
	reader_turns = 0;
	trace_await();
	assert_int_equal(reader_turns, 0);
	assert_false(fake_said("trace-alone"));

	trace_open("16", NULL, (uint64_t)(uintptr_t)memory, CPUS);
	trace_await();
	assert_int_equal(reader_turns, 0);
	assert_false(fake_said("trace-alone"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest cases[] = {
	    CASE(a_call_is_a_record),
	    CASE(registers_are_recorded_as_they_came),
	    CASE(who_decided_is_told),
	    CASE(an_answer_is_a_refusal_by_the_rules_of_its_function),
	    CASE(a_long_call_is_as_long_as_can_be_told),
	    CASE(answers_are_the_same),
	    CASE(a_call_that_never_comes_back_stays_open),
	    CASE(firmware_calls_outside_of_a_call_count_for_none),
	    CASE(cpus_have_rings_of_their_own_and_one_count),
	    CASE(without_a_reader_the_oldest_go),
	    CASE(a_reader_is_waited_for),
	    CASE(a_reader_that_sleeps_is_not_waited_for_twice),
	    CASE(the_end_of_the_system_waits_for_the_reader),
	    CASE(a_record_is_told_only_when_it_is_whole),
	    CASE(sizes_follow_the_option),
	    CASE(the_boot_waits_for_a_reader),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
