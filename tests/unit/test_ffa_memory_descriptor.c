/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends of memory that are not as they must be: rows D of the catalogue, as far as the call goes.
 * Refused, nothing changed, and firmware never hears of them. How each field is read is held by
 * test_ffa_descriptor*.c.
 */
#include <string.h>

#include "cases.h"
#include "ffa_bench.h"

#define IP (-2)
#define DN (-6)

static const struct bench_range two[] = {{BANK_A + 3 * PAGE, 2}, {BANK_C, 512}};

static uint64_t handle;

static void put(uint8_t *at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8U * i));
}

static void assert_nothing_happened(unsigned calls)
{
	assert_home(&two[0]);
	assert_home(&two[1]);
	assert_int_equal(bench_spmc.calls, calls);
	bench_ffa_check(0, 0);
}

/* One field of a good send is another: refused, and firmware hears nothing. */
static int broken(uint32_t offset, uint64_t value, unsigned size)
{
	struct bench_send send = bench_send_of(BENCH_SHARE, two, 2);
	uint64_t x[SMCCC_REGISTERS];

	bench_write(&send, bench_ram(BENCH_TX));
	put(bench_ram(BENCH_TX) + offset, value, size);
	bench_call(x, BENCH_SHARE, bench_total(&send), bench_total(&send), 0, 0);
	assert_nothing_happened(0);
	return bench_code(x);
}

static void test_ffa_memory_D1_D20_lengths(void **state)
{
	struct bench_send send;
	uint64_t x[SMCCC_REGISTERS];
	uint32_t total;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	total = bench_total(&send);
	bench_write(&send, bench_ram(BENCH_TX));
	const uint32_t rows[][2] = {
	    {0, 0},
	    {total, 0},
	    {0, total},
	    {total, total + 16},
	    {total, 4112},
	    {4112, 4112},
	    {16, 16},
	    {47, 47},
	    {95, 95},
	    {96, 96},
	    {total - 16, total - 16},
	    {total - 8, total - 8},
	    {total + 16, total + 16},
	    {0xffffffff, total},
	    {0xffffffff, 0xffffffff},
	    {total, total - 8},
	    {total, 88},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bench_call(x, BENCH_SHARE, rows[i][0], rows[i][1], 0, 0);
		assert_int_equal(bench_code(x), IP);
		assert_nothing_happened(0);
	}
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D20_exactly_a_buffer(void **state)
{
	static struct bench_range many[250];
	struct bench_send send;

	(void)state;
	for (unsigned i = 0; i < 250U; i++)
		many[i] = (struct bench_range){BANK_A + 2U * i * PAGE, 1};
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, many, 250);
	assert_int_equal(bench_total(&send), 4096);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	for (unsigned i = 0; i < 250U; i++)
		assert_int_equal(fake_spmc_reaches(&bench_spmc, many[i].base), 1);
	assert_int_equal(bench_spmc.calls, 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D2_to_D10_fields(void **state)
{
	static const struct {
		uint32_t offset, size;
		uint64_t value;
	} rows[] = {
	    {32, 4, 0},
	    {32, 4, 1},
	    {32, 4, 32},
	    {32, 4, 56},
	    {32, 4, 4096},
	    {32, 4, 0xfffffff0},
	    {24, 4, 0},
	    {24, 4, 1},
	    {24, 4, 24},
	    {24, 4, 64},
	    {28, 4, 0},
	    {28, 4, 2},
	    {28, 4, 17},
	    {28, 4, 0xffffffff},
	    {52, 4, 0},
	    {52, 4, 48},
	    {52, 4, 88},
	    {52, 4, 0xfffffff0},
	    {52, 4, 112},
	    {84, 4, 0},
	    {84, 4, 1},
	    {84, 4, 3},
	    {84, 4, 0xffffffff},
	    {80, 4, 0},
	    {80, 4, 513},
	    {80, 4, 515},
	    {96 + 8, 4, 0},
	    {96 + 8, 4, 0xffffffff},
	    {96, 8, BANK_A + 0x800},
	    {96, 8, 0xfffffffffffff000},
	    {96, 8, 1ULL << 48},
	    {96 + 12, 4, 1},
	    {88, 8, 1},
	    {72, 8, 1},
	    {36, 4, 1},
	    {51, 1, 2},
	    {8, 8, 1},
	    {48, 2, 1},
	    {48, 2, 2},
	};

	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(broken(rows[i].offset, rows[i].value, rows[i].size), IP);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D11_page_named_twice(void **state)
{
	static const struct bench_range rows[][2] = {
	    {{BANK_A + 3 * PAGE, 1}, {BANK_A + 3 * PAGE, 1}},
	    {{BANK_A + 3 * PAGE, 2}, {BANK_A + 4 * PAGE, 1}},
	    {{BANK_C, 512}, {BANK_C + 511 * PAGE, 1}},
	};

	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned i = 0; i < 6U; i++) {
		struct bench_send send =
		    bench_send_of(i % 2U != 0U ? BENCH_SHARE : BENCH_LEND, rows[i / 2U], 2);

		assert_int_equal(bench_transmit(&send, &handle), DN);
		assert_nothing_happened(0);
	}
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D12_last_range_is_bad(void **state)
{
	static struct bench_range many[250];
	static const struct {
		struct bench_range range;
		int code;
	} bad[] = {
	    {{BANK_A - PAGE, 1}, IP},     /* a device */
	    {{BANK_A_END, 1}, IP},        /* a hole */
	    {{1ULL << 47, 1}, IP},        /* beyond memory */
	    {{BENCH_TX, 1}, DN},          /* B9: in use */
	    {{BANK_C + 4 * PAGE, 1}, DN}, /* the hypervisor's */
	};

	(void)state;
	for (unsigned i = 0; i < 250U; i++)
		many[i] = (struct bench_range){BANK_A + 2U * i * PAGE, 1};
	bench_ffa_open(&bench_usual);
	assert_done(bench_donate(BANK_C + 4 * PAGE, 1));
	for (unsigned i = 0; i < 10U; i++) {
		struct bench_send send;

		many[249] = bad[i / 2U].range;
		send = bench_send_of(i % 2U != 0U ? BENCH_SHARE : BENCH_LEND, many, 250);
		assert_int_equal(bench_transmit(&send, &handle), bad[i / 2U].code);
		assert_int_equal(bench_spmc.calls, 0);
		for (unsigned n = 0; n < 249U; n++) {
			assert_record(many[n].base, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
		}
		assert_true(bench_mapped(many[3].base));
		bench_ffa_check(0, 0);
	}
	assert_done(bench_give_back(BANK_C + 4 * PAGE, 1));
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D13_what_is_not_the_hosts(void **state)
{
	static const struct {
		uint64_t page;
		int code;
	} rows[] = {
	    {0x7fc00000, IP}, /* page tables and records: outside of the host's memory */
	    {0, IP},          {0x8000000, IP}, {BANK_A_END + PAGE, IP},
	    {BENCH_RX, DN},   {BENCH_TX, DN},
	};

	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_range page = {rows[i].page, 1};
		struct bench_send send = bench_send_of(BENCH_SHARE, &page, 1);

		assert_int_equal(bench_transmit(&send, &handle), rows[i].code);
		assert_nothing_happened(0);
	}
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D14_D15_D16_words(void **state)
{
	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned bit = 0; bit < 32U; bit++)
		assert_int_equal(broken(4, 1U << bit, 4), IP); /* CLEAR of what is shared, too */
	assert_int_equal(broken(2, 0x6f, 2), IP);              /* NS */
	assert_int_equal(broken(2, 0x1f, 2) != 0, 1);          /* device */
	assert_int_equal(broken(2, 0x27, 2), DN);              /* not cacheable */
	assert_int_equal(broken(2, 0x2e, 2), DN);              /* outer */
	assert_int_equal(broken(50, 0, 1), IP);                /* access not specified */
	assert_int_equal(broken(50, 3, 1), IP);
	assert_int_equal(broken(50, 0xa, 1), IP); /* executable */
	bench_ffa_close(0, 0);
}

/* A time slice is optional, and no firmware in the field has it (divergence 54). */
static void test_ffa_memory_D14_time_slice(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_LEND, two, 2);
	send.flags = 2;
	assert_int_equal(bench_transmit(&send, &handle), IP);
	assert_nothing_happened(0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D17_sender(void **state)
{
	static const uint16_t ids[] = {0, 2, 0x8001, 0x8000, 0xffff};

	(void)state;
	bench_ffa_open(&bench_usual);
	for (unsigned i = 0; i < 5U; i++)
		assert_int_equal(broken(0, ids[i], 2), DN);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D18_tag_is_carried(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	send.tag = 0xfedcba9876543210;
	assert_int_equal(bench_transmit(&send, &handle), 0);
	for (unsigned i = 0; i < 8U; i++)
		assert_int_equal(bench_spmc.share[0].bytes[16 + i],
				 (uint8_t)(send.tag >> (8U * i)));
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D19_A7_buffer_of_the_callers_own(void **state)
{
	struct bench_send send;
	uint64_t x[SMCCC_REGISTERS];
	uint32_t total;

	(void)state;
	bench_ffa_open(&bench_usual);
	send = bench_send_of(BENCH_SHARE, two, 2);
	total = bench_total(&send);
	bench_write(&send, bench_ram(BENCH_TX));
	bench_call(x, BENCH_SHARE, total, total, BANK_A, 1);
	assert_int_equal(bench_code(x), IP);
	bench_call(x, BENCH_SHARE, total, total, 0, 1);
	assert_int_equal(bench_code(x), IP);
	bench_call(x, BENCH_SHARE | BENCH_64, total, total, 1ULL << 32, 0);
	assert_int_equal(bench_code(x), IP);
	assert_nothing_happened(0);
	/* a call of 32 bits has none above them */
	bench_call(x, BENCH_SHARE, 0xbad00000000ULL | total, total, 1ULL << 32, 1ULL << 32);
	assert_int_equal(bench_code(x), 0);
	assert_int_equal(bench_reclaim(x[2] | x[3] << 32, 0), 0);
	bench_ffa_close(0, 0);
}

/* D21: whatever another CPU does to TX after it was read, what was read counts. */
static void flip(void *context, void *to, uint64_t physical, size_t size)
{
	(void)context;
	memcpy(to, bench_ram(physical), size);
	memset(bench_ram(physical), 0xff, size);
}

static void test_ffa_memory_D21_tx_is_read_once(void **state)
{
	struct bench_send send;

	(void)state;
	bench_ffa_open(&bench_usual);
	fake.host_read = flip;
	send = bench_send_of(BENCH_SHARE, two, 2);
	assert_int_equal(bench_transmit(&send, &handle), 0);
	assert_away(&two[0], LEDGER_SHARED);
	assert_int_equal(fake_spmc_reaches(&bench_spmc, two[1].base + 511 * PAGE), 1);
	assert_int_equal(bench_reclaim(handle, 0), 0);
	bench_ffa_close(0, 0);
}

static void test_ffa_memory_D22_layout_of_another_version(void **state)
{
	static const uint32_t rows[][2] = {
	    {0x10000, 0x10001}, {0x10001, 0x10000}, {0x10002, 0x10000}, {0x10001, 0x10002}};

	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		struct bench_setup setup = bench_usual;
		struct bench_send send;

		setup.host = rows[i][0];
		bench_ffa_open(&setup);
		send = bench_send_of(BENCH_SHARE, two, 2);
		send.version = rows[i][1];
		assert_int_equal(bench_transmit(&send, &handle), IP);
		assert_nothing_happened(0);
		bench_ffa_close(0, 0);
	}
}

static void test_ffa_memory_B7_without_buffers(void **state)
{
	uint64_t x[SMCCC_REGISTERS];

	(void)state;
	bench_ffa_open(&bench_usual);
	bench_call(x, 0x84000067, 0, 0, 0, 0);
	assert_int_equal(bench_code(x), 0);
	bench_call(x, BENCH_SHARE, 128, 128, 0, 0);
	assert_int_equal(bench_code(x), IP);
	assert_nothing_happened(0);
	bench_ffa_close(0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_D1_D20_lengths),
	    cmocka_unit_test(test_ffa_memory_D20_exactly_a_buffer),
	    cmocka_unit_test(test_ffa_memory_D2_to_D10_fields),
	    cmocka_unit_test(test_ffa_memory_D11_page_named_twice),
	    cmocka_unit_test(test_ffa_memory_D12_last_range_is_bad),
	    cmocka_unit_test(test_ffa_memory_D13_what_is_not_the_hosts),
	    cmocka_unit_test(test_ffa_memory_D14_D15_D16_words),
	    cmocka_unit_test(test_ffa_memory_D14_time_slice),
	    cmocka_unit_test(test_ffa_memory_D17_sender),
	    cmocka_unit_test(test_ffa_memory_D18_tag_is_carried),
	    cmocka_unit_test(test_ffa_memory_D19_A7_buffer_of_the_callers_own),
	    cmocka_unit_test(test_ffa_memory_D21_tx_is_read_once),
	    cmocka_unit_test(test_ffa_memory_D22_layout_of_another_version),
	    cmocka_unit_test(test_ffa_memory_B7_without_buffers),
	};

	return cmocka_run_group_tests_name("ffa_memory_descriptor", tests, NULL, NULL);
}
