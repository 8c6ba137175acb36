// SPDX-License-Identifier: Apache-2.0
/*
 * Memory transactions of the SPMC of the EL3 test firmware. The vectors say what a strict receiver
 * answers to a descriptor, and what TF-A's manager and Hafnium were seen to answer: each way of the
 * SPMC is held against its own column.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "firmware/border.h"
#include "firmware/spmc_bench.h"

#define END SPMC_PROPERTIES

#define FN_LEND     0xc4000072U
#define FN_SHARE    0xc4000073U
#define FN_DONATE   0xc4000071U
#define FN_RETRIEVE 0x84000074U
#define FN_RESP     0x84000075U
#define FN_GIVE_UP  0x84000076U
#define FN_RECLAIM  0x84000077U
#define FN_FRAG_RX  0x8400007aU
#define FN_FRAG_TX  0x8400007bU

#define RETRIEVE    0x50430010U
#define CHECK       0x50430011U
#define FILL        0x50430012U
#define RELINQUISH  0x50430013U
#define ROUND       0x50430014U
#define READ        0x50430015U
#define TRANSACTION 0x50430040U
#define BORROWER    0x50430041U
#define RANGE       0x50430042U
#define LOG         0x50430043U

/* ---- vectors ---- */

static const struct {
	const char *name;
	int32_t code;
} codes[] = {{"ok", 0},
	     {"NOT_SUPPORTED", NOT_SUPPORTED},
	     {"INVALID_PARAMETERS", INVALID_PARAMETERS},
	     {"NO_MEMORY", NO_MEMORY},
	     {"BUSY", BUSY},
	     {"DENIED", DENIED}};

static size_t bytes_of(const struct json *vector, uint8_t *out)
{
	return el3_bytes(json_string(vector, "bytes"), out);
}

static uint32_t version_of(const struct json *vector)
{
	return 0x10000U + (uint32_t)(json_string(vector, "ffa_version")[2] - '0');
}

static uint64_t optional(const struct json *vector, const char *key)
{
	const struct json *member = json_member(vector, key);

	return member != NULL ? json_register(member) : 0;
}

/* What came back, in the words of the vectors: "ok", "FRAG_RX@96", "DENIED". */
static const char *words(uint32_t w0)
{
	static char text[32];

	if (w0 == FN_FRAG_RX) {
		snprintf(text, sizeof(text), "FRAG_RX@%u", (unsigned)el3_x[3]);
		return text;
	}
	if (w0 == FN_SUCCESS)
		return "ok";
	assert_int_equal(w0, FN_ERROR);
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].code == (int32_t)el3_x[2])
			return codes[i].name;
	}
	return "another error";
}

/* Send the fragments one by one; the answers, up to the one that is the last, in `answers`. */
static unsigned play(const struct json *vector, enum spmc_like like, char answers[8][32])
{
	static uint8_t bytes[8192];
	const struct json *length = json_array(vector, "fragment_lengths")->first;
	uint8_t *tx = border_ram(BENCH_TX);
	size_t size = bytes_of(vector, bytes);
	size_t at = 0;
	unsigned count = 0;
	uint32_t w0;

	el3_ready(version_of(vector), SPMC_LIKE, (unsigned long)like, END);
	for (; length != NULL && count < 8; length = length->next, count++) {
		size_t piece = (size_t)length->integer;
		size_t there = at > size ? 0 : size - at;

		memset(tx, 0, 4096);
		memcpy(tx, bytes + at, piece < there ? (piece < 4096 ? piece : 4096) : there);
		if (count == 0)
			w0 = el3_call((uint32_t)json_register(json_member(vector, "fid")),
				      (uint64_t)json_integer(vector, "total_length"), piece,
				      optional(vector, "x3"), optional(vector, "w4"), 0);
		else
			w0 = el3_call(FN_FRAG_TX, el3_x[1], el3_x[2], piece, 1 << 16, 0);
		snprintf(answers[count], 32, "%s", words(w0));
		at += piece;
		if (w0 != FN_FRAG_RX) {
			count++;
			break;
		}
	}
	return count;
}

/* Only a hypervisor sees these: that a VM speaks for another one. */
static bool is_hypervisors_business(const char *id)
{
	return strcmp(id, "BAD-SENDER-SPOOF") == 0;
}

static void check_strict(const struct json *vector)
{
	const struct json *expect = json_member(vector, "expect");
	const struct json *others = json_member(expect, "also_acceptable");
	char answers[8][32];
	unsigned count = play(vector, LIKE_STANDARD, answers);
	const char *last = answers[count - 1];

	if (is_hypervisors_business(json_string(vector, "id")))
		return;
	if (strcmp(json_string(expect, "result"), "ok") == 0) {
		if (others == NULL)
			assert_string_equal(last, "ok");
		return;
	}
	/* It takes none of the liberties that the vectors leave, but in the code. */
	if (strcmp(last, json_string(expect, "code")) != 0) {
		bool found = false;

		assert_string_not_equal(last, "ok");
		for (others = others != NULL ? others->first : NULL; others != NULL;
		     others = others->next)
			found = found || strcmp(others->string, last) == 0;
		assert_true(found);
	}
}

static void check_tfa(const struct json *vector)
{
	const struct json *observed = json_member(vector, "observed");
	const char *id = json_string(vector, "id");
	char answers[8][32];
	unsigned count, i = 0;

	/* It has no DONATE; splits within the headers are not played, one needs a second parser for
	 * them. */
	if (strstr(json_string(vector, "function"), "DONATE") != NULL ||
	    strncmp(id, "BAD-FRAG1-", 10) == 0)
		return;
	count = play(vector, LIKE_TFA, answers);
	for (const struct json *step = json_array(observed, "tf_a_el3_manager")->first;
	     step != NULL; step = step->next, i++) {
		assert_true(i < count);
		assert_string_equal(answers[i], step->string);
	}
	assert_int_equal(i, count);
}

static void check_hafnium(const struct json *vector)
{
	const struct json *observed = json_member(vector, "observed");
	const char *first = json_string(observed, "hafnium_header_checks");
	char answers[8][32];

	if (is_hypervisors_business(json_string(vector, "id")))
		return;
	(void)play(vector, LIKE_HAFNIUM, answers);
	/* Where it reads beyond the descriptor nobody wants it to be followed. */
	if (strncmp(first, "out-of-bounds", 13) == 0)
		first = "INVALID_PARAMETERS";
	/* What was observed ends before pages are looked at. */
	if (strcmp(first, "ok") == 0 && strstr(json_string(vector, "id"), "-ADDR-") == NULL &&
	    strstr(json_string(vector, "id"), "BAD-PAGES") == NULL &&
	    strstr(json_string(vector, "id"), "-OVERLAP") == NULL)
		assert_string_equal(answers[0], "ok");
	else if (strcmp(first, "ok") != 0)
		assert_string_equal(answers[0], first);
}

static void test_vector(void **state)
{
	const struct json *vector = *state;

	/* What partitions send; test_retrieve_in_the_layout_of_the_version has the hypervisor's. */
	if (strncmp(json_string(vector, "id"), "RETR-", 5) == 0)
		return;
	check_strict(vector);
	check_tfa(vector);
	check_hafnium(vector);
}

/* ---- one descriptor after another ---- */

struct range {
	uint64_t address;
	uint32_t pages, reserved;
};

/* A descriptor of 1.1 in TX for partition `to`; returns its length. */
static uint32_t write_send(uint16_t to, uint8_t permissions, bool stated, uint32_t flags,
			   const struct range *ranges, uint32_t count)
{
	struct {
		uint16_t sender, attributes;
		uint32_t flags;
		uint64_t handle, tag;
		uint32_t emad_size, emads, emads_at, reserved[3];
		uint16_t id;
		uint8_t permissions, emad_flags;
		uint32_t composite;
		uint64_t reserved2;
		uint32_t pages, ranges;
		uint64_t reserved3;
	} head = {
	    .sender = 1,
	    .attributes = stated ? 0x2f : 0,
	    .flags = flags,
	    .emad_size = 16,
	    .emads = 1,
	    .emads_at = 48,
	    .id = to,
	    .permissions = permissions,
	    .composite = 64,
	    .ranges = count,
	};
	uint8_t *tx = border_ram(BENCH_TX);

	_Static_assert(sizeof(head) == 80, "48 + 16 + 16");
	for (uint32_t i = 0; i < count; i++)
		head.pages += ranges[i].pages;
	memcpy(tx, &head, sizeof(head));
	if (count <= 251)
		memcpy(tx + sizeof(head), ranges, count * sizeof(*ranges));
	return (uint32_t)(sizeof(head) + count * sizeof(*ranges));
}

static uint64_t handle;

/* Send pages from `address` on; the error, or 0 and the handle. */
static int32_t send(uint32_t function, uint16_t to, uint64_t address, uint32_t pages)
{
	const struct range range = {address, pages, 0};
	uint32_t length =
	    write_send(to, function == FN_DONATE ? 0 : 2, function == FN_SHARE, 0, &range, 1);
	int32_t error = el3_error(function, length, length, 0, 0, 0);

	if (error == 0)
		handle = el3_x[3] << 32 | el3_x[2];
	return error;
}

static int32_t reclaim(uint64_t what, uint32_t flags)
{
	return el3_error(FN_RECLAIM, (uint32_t)what, what >> 32, flags, 0, 0);
}

static int32_t partition(uint32_t command, uint64_t c, uint64_t d)
{
	return el3_command(0x8002, command, (uint32_t)handle, handle >> 32, c, d);
}

static void write_pattern(uint64_t address, uint32_t pages, uint32_t seed)
{
	for (uint32_t i = 0; i < pages * 4096U; i += 8) {
		uint64_t value = (uint64_t)seed << 32 | i;

		memcpy(border_ram(address + i), &value, sizeof(value));
	}
}

static uint64_t word_at(uint64_t address)
{
	uint64_t value;

	memcpy(&value, border_ram(address), sizeof(value));
	return value;
}

static void test_a_partition_borrows_reads_writes_and_gives_back(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	write_pattern(BENCH_MEMORY, 3, 7);
	memset(border_ram(BENCH_MEMORY + 0x3000), 0x5a, 4096);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 3), 0);
	assert_int_equal(handle, 0xffffffc0);
	/* nobody has it yet */
	assert_int_equal(partition(CHECK, 7, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RELINQUISH, 0, 0), INVALID_PARAMETERS);
	/* who may not: another partition, a wrong lender, tag or type */
	assert_int_equal(el3_command(0x8001, RETRIEVE, handle, 0, 1, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 2, 0), DENIED);
	assert_int_equal(partition(RETRIEVE, 1, 5), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1 | 2 << 19, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1 | 1 << 16, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1 | 1 << 19, 0), 0);
	assert_int_equal(el3_x[4], 3);
	assert_int_equal(el3_x[5], 1);
	assert_int_equal(el3_x[6], 0x2f0006);
	assert_int_equal(el3_x[7], 1);
	assert_int_equal(partition(RETRIEVE, 1, 0), DENIED);
	assert_int_equal(reclaim(handle, 0), DENIED);
	assert_int_equal(partition(CHECK, 7, 0), 0);
	assert_int_equal(partition(CHECK, 8, 0), 1);
	assert_int_equal(el3_x[4] | el3_x[5], 0);
	assert_int_equal(partition(FILL, 9, 0), 0);
	assert_int_equal(word_at(BENCH_MEMORY + 0x2ff8), 9ULL << 32 | 0x2ff8);
	assert_int_equal(word_at(BENCH_MEMORY + 0x3000), 0x5a5a5a5a5a5a5a5aULL);
	*(uint8_t *)border_ram(BENCH_MEMORY + 0x1010) ^= 1;
	assert_int_equal(partition(CHECK, 9, 0), 1);
	assert_int_equal(el3_x[4], 1);
	assert_int_equal(el3_x[5], 0x10);
	assert_int_equal(el3_x[6], 0x1011);
	assert_int_equal(el3_x[7], 9);
	assert_int_equal(partition(READ, 2, 16), 0);
	assert_int_equal(el3_x[4], 0x2010);
	assert_int_equal(partition(READ, 3, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(READ, 0, 4089), INVALID_PARAMETERS);
	assert_int_equal(partition(RELINQUISH, 1, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RELINQUISH, 0, 0), 0);
	assert_int_equal(partition(CHECK, 9, 0), INVALID_PARAMETERS);
	assert_int_equal(reclaim(handle, 2), INVALID_PARAMETERS);
	assert_int_equal(reclaim(handle, 0), 0);
	assert_int_equal(reclaim(handle, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1, 0), INVALID_PARAMETERS);
}

static void test_all_steps_in_one_command(void **state)
{
	const struct range ranges[2] = {{BENCH_MEMORY + 0x5000, 1, 0}, {BENCH_MEMORY, 2, 0}};
	uint32_t length;

	(void)state;
	el3_ready(0x10001, END);
	write_pattern(BENCH_MEMORY + 0x5000, 1, 3);
	write_pattern(BENCH_MEMORY, 2, 3);
	for (uint32_t i = 0; i < 0x2000; i += 8) /* the second range begins at page 1 */
		*(uint64_t *)border_ram(BENCH_MEMORY + i) += 0x1000;
	length = write_send(0x8002, 2, true, 0, ranges, 2);
	assert_int_equal(el3_error(FN_SHARE, length, length, 0, 0, 0), 0);
	handle = el3_x[2];
	assert_int_equal(partition(ROUND, 1, 4), 1);
	assert_int_equal(el3_x[4], 2);
	assert_int_equal(partition(ROUND, 1, 3), 0);
	assert_int_equal(word_at(BENCH_MEMORY + 0x1ff8), 4ULL << 32 | 0x2ff8);
	assert_int_equal(word_at(BENCH_MEMORY + 0x5000), 4ULL << 32);
	assert_int_equal(partition(ROUND, 2, 3), DENIED);
	assert_int_equal(el3_x[4], 1);
	assert_int_equal(reclaim(handle, 0), 0);
}

static void test_read_only_memory_is_not_written(void **state)
{
	const struct range range = {BENCH_MEMORY, 1, 0};
	uint32_t length;

	(void)state;
	el3_ready(0x10001, END);
	write_pattern(BENCH_MEMORY, 1, 3);
	length = write_send(0x8002, 1, true, 0, &range, 1);
	assert_int_equal(el3_error(FN_SHARE, length, length, 0, 0, 0), 0);
	handle = el3_x[2];
	assert_int_equal(partition(RETRIEVE, 1 | 2UL << 28, 0), DENIED);
	assert_int_equal(partition(RETRIEVE, 1 | 1UL << 28, 0), 0);
	assert_int_equal(partition(FILL, 4, 0), DENIED);
	assert_int_equal(partition(CHECK, 3, 0), 0);
}

static void test_zeroes_when_lent_given_back_and_reclaimed(void **state)
{
	const struct range range = {BENCH_MEMORY, 1, 0};
	uint32_t length;

	(void)state;
	el3_ready(0x10001, END);
	write_pattern(BENCH_MEMORY, 1, 3);
	length = write_send(0x8002, 2, false, 1, &range, 1);
	assert_int_equal(el3_error(FN_LEND, length, length, 0, 0, 0), 0);
	handle = el3_x[2];
	assert_int_equal(word_at(BENCH_MEMORY + 8), 0);
	assert_int_equal(partition(RETRIEVE, 1 | 5 << 16, 0), 0);
	assert_int_equal(el3_x[7], 2);
	assert_int_equal(partition(FILL, 4, 0), 0);
	assert_int_equal(partition(RELINQUISH, 0, 0), 0); /* it asked for zeroes before */
	assert_int_equal(word_at(BENCH_MEMORY + 8), 0);
	write_pattern(BENCH_MEMORY, 1, 3);
	assert_int_equal(reclaim(handle, 1), 0);
	assert_int_equal(word_at(BENCH_MEMORY + 8), 0);
	/* not there */
	el3_ready(0x10001, SPMC_ZEROES, 0UL, END);
	length = write_send(0x8002, 2, false, 1, &range, 1);
	assert_int_equal(el3_error(FN_LEND, length, length, 0, 0, 0), INVALID_PARAMETERS);
}

static void test_given_away_is_gone(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(send(FN_DONATE, 0x8002, BENCH_MEMORY, 1), 0);
	assert_int_equal(partition(RETRIEVE, 1, 0), 0);
	assert_int_equal(partition(RELINQUISH, 0, 0), DENIED);
	assert_int_equal(reclaim(handle, 0), DENIED);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), DENIED);
	/* unless nobody has fetched it */
	assert_int_equal(send(FN_DONATE, 0x8002, BENCH_MEMORY + 0x1000, 1), 0);
	assert_int_equal(reclaim(handle, 0), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x1000, 1), 0);
	el3_ready(0x10001, SPMC_DONATE, 0UL, END);
	assert_int_equal(send(FN_DONATE, 0x8002, BENCH_MEMORY, 1), NOT_SUPPORTED);
}

static void test_a_page_is_in_one_transaction(void **state)
{
	const struct range twice[2] = {{BENCH_MEMORY + 0x8000, 3, 0},
				       {BENCH_MEMORY + 0xa000, 1, 0}};
	uint64_t first;
	uint32_t length;

	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 4), 0);
	first = handle;
	assert_int_equal(send(FN_LEND, 0x8001, BENCH_MEMORY + 0x3000, 1), DENIED);
	assert_int_equal(send(FN_SHARE, 0x8001, BENCH_MEMORY - 0x1000, 2), DENIED);
	assert_int_equal(send(FN_SHARE, 0x8001, BENCH_MEMORY + 0x4000, 1), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_RX, 1), DENIED);
	assert_int_equal(send(FN_SHARE, 0x8002, BORDER_RAM_END, 1), DENIED);
	assert_int_equal(send(FN_SHARE, 0x8002, BORDER_RAM_END - 0x1000, 2), DENIED);
	length = write_send(0x8002, 2, true, 0, twice, 2);
	assert_int_equal(el3_error(FN_SHARE, length, length, 0, 0, 0), INVALID_PARAMETERS);
	/* and what was refused has taken nothing */
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x8000, 3), 0);
	assert_int_equal(reclaim(first, 0), 0);
	assert_int_equal(send(FN_SHARE, 0x8001, BENCH_MEMORY, 4), 0);
	/* nor may a buffer be there */
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(el3_error(0xc4000066, BENCH_MEMORY, BENCH_RX, 1, 0, 0), DENIED);
	/* TF-A's manager looks for transactions only */
	el3_ready(0x10001, SPMC_LIKE, (unsigned long)LIKE_TFA, END);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 4), 0);
	assert_int_equal(send(FN_SHARE, 0x8001, BENCH_MEMORY + 0x3000, 1), INVALID_PARAMETERS);
	assert_int_equal(send(FN_SHARE, 0x8002, 0xfffffffff000UL, 0xffffffff), 0);
	assert_int_equal(el3_command(0x8002, RETRIEVE, (uint32_t)handle, handle >> 32, 1, 0), 0);
	assert_int_equal(el3_command(0x8002, READ, (uint32_t)handle, handle >> 32, 0, 0), ABORTED);
	assert_int_equal(el3_command(0x8002, FILL, (uint32_t)handle, handle >> 32, 0, 0),
			 NO_MEMORY);
}

/* A descriptor of the vectors with two borrowers: 0x8001 may write, 0x8002 may read. */
static void test_several_borrowers(void **state)
{
	const struct json *vector = json_array(json_vectors("ffa_memory.json"), "cases")->first;
	size_t size;

	(void)state;
	while (strcmp(json_string(vector, "id"), "OK-V12-SHARE-2B-1C") != 0)
		vector = vector->next;
	el3_ready(0x10002, END);
	size = bytes_of(vector, border_ram(BENCH_TX));
	write_pattern(0x50000000, 1, 3);
	assert_int_equal(el3_error(FN_SHARE, size, size, 0, 0, 0), 0);
	handle = el3_x[2];
	assert_int_equal(el3_command(0x8003, RETRIEVE, handle, 0, 1, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_command(0x8001, RETRIEVE, handle, 0, 1 | 1 << 26, 0), 0);
	assert_int_equal(el3_command(0x8002, RETRIEVE, handle, 0, 1, 0), 0);
	assert_int_equal(el3_command(0x8001, FILL, handle, 0, 4, 0), 0);
	assert_int_equal(el3_command(0x8002, CHECK, handle, 0, 4, 0), 0);
	assert_int_equal(el3_command(0x8002, FILL, handle, 0, 5, 0), DENIED);
	assert_int_equal(el3_command(0x8001, RELINQUISH, handle, 0, 0, 0), 0);
	assert_int_equal(reclaim(handle, 0), DENIED);
	assert_int_equal(el3_command(0x8001, CHECK, handle, 0, 4, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_command(0x8002, CHECK, handle, 0, 4, 0), 0);
	assert_int_equal(el3_command(0x8002, RELINQUISH, handle, 0, 0, 0), 0);
	assert_int_equal(reclaim(handle, 0), 0);
	/* more than it takes */
	el3_ready(0x10002, SPMC_BORROWERS, 1UL, END);
	(void)bytes_of(vector, border_ram(BENCH_TX));
	assert_int_equal(el3_error(FN_SHARE, size, size, 0, 0, 0), INVALID_PARAMETERS);
}

static void test_without_the_hypervisors_tx_nothing_is_sent(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_error(FN_UNMAP, 0, 0, 0, 0, 0), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), INVALID_PARAMETERS);
	el3_ready(0x10001, SPMC_DYNAMIC_BUFFERS, 1UL, END);
	(void)write_send(0x8002, 2, true, 0, &(struct range){BENCH_MEMORY, 1, 0}, 1);
	memcpy(border_ram(0x40400000), border_ram(BENCH_TX), 4096);
	memset(border_ram(BENCH_TX), 0, 4096);
	assert_int_equal(el3_error(FN_SHARE, 96, 96, 0x40400000, 1, 0), 0);
	assert_int_equal(el3_error(FN_SHARE, 96, 96, 0x40400000, 33, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_SHARE, 96, 96, BORDER_RAM_END, 1, 0), INVALID_PARAMETERS);
}

/* ---- fragments ---- */

#define RANGES 1000U

static struct range many[RANGES];

/* The first fragment of RANGES ranges of one page each; returns how many are still to come. */
static uint32_t send_first(uint32_t now)
{
	uint32_t total;

	for (uint32_t i = 0; i < RANGES; i++)
		many[i] = (struct range){BENCH_MEMORY + i * 0x2000U, 1, 0};
	total = write_send(0x8002, 2, true, 0, many, RANGES);
	memcpy((uint8_t *)border_ram(BENCH_TX) + 80, many, now * sizeof(many[0]));
	assert_int_equal(el3_call(FN_SHARE, total, 80 + now * 16, 0, 0, 0), FN_FRAG_RX);
	assert_int_equal(el3_x[3], 80 + now * 16);
	assert_int_equal(el3_x[4], 1 << 16);
	handle = el3_x[2] << 32 | el3_x[1];
	return RANGES - now;
}

static uint32_t send_more(uint32_t from, uint32_t count)
{
	memcpy(border_ram(BENCH_TX), many + from, count * sizeof(many[0]));
	return el3_call(FN_FRAG_TX, (uint32_t)handle, handle >> 32, count * 16, 1 << 16, 0);
}

static void test_many_ranges_in_fragments(void **state)
{
	uint32_t left;

	(void)state;
	el3_ready(0x10001, END);
	left = send_first(251);
	assert_int_equal(reclaim(handle, 0), INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1, 0), INVALID_PARAMETERS);
	/* others, between its pieces: a wrong sender, a wrong handle */
	assert_int_equal(el3_error(FN_FRAG_TX, (uint32_t)handle, handle >> 32, 16, 2 << 16, 0),
			 INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_FRAG_TX, 5, 0, 16, 1 << 16, 0), INVALID_PARAMETERS);
	while (left > 256) {
		assert_int_equal(send_more(RANGES - left, 256), FN_FRAG_RX);
		left -= 256;
		assert_int_equal(el3_x[3], 80 + (RANGES - left) * 16);
	}
	assert_int_equal(send_more(RANGES - left, left), FN_SUCCESS);
	assert_int_equal(el3_x[2], handle);
	assert_int_equal(el3_error(FN_FRAG_TX, (uint32_t)handle, handle >> 32, 16, 1 << 16, 0),
			 INVALID_PARAMETERS);
	assert_int_equal(partition(RETRIEVE, 1, 0), 0);
	assert_int_equal(el3_x[4], RANGES);
	assert_int_equal(partition(FILL, 1, 0), 0);
	assert_int_equal(word_at(BENCH_MEMORY + 999 * 0x2000), 1ULL << 32 | 999 * 4096);
	assert_int_equal(word_at(BENCH_MEMORY + 0x1000) >> 32 == 1, 0);
	assert_int_equal(partition(RANGE, 700, 0), 0);
	assert_int_equal(el3_x[4], BENCH_MEMORY + 700 * 0x2000);
	assert_int_equal(partition(RANGE, 1000, 0), NO_DATA);
}

static void test_a_fragment_that_is_wrong(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	(void)send_first(100);
	assert_int_equal(el3_error(FN_FRAG_TX, (uint32_t)handle, handle >> 32, 24, 1 << 16, 0),
			 INVALID_PARAMETERS);
	/* it is gone, and its pages are free */
	assert_int_equal(send_more(100, 16), FN_ERROR);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), 0);
	el3_ready(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	(void)send_first(100);
	assert_int_equal(el3_error(FN_FRAG_TX, (uint32_t)handle, handle >> 32, 24, 1 << 16, 0),
			 INVALID_PARAMETERS);
	assert_int_equal(send_more(100, 16), FN_FRAG_RX);
	el3_ready(0x10001, SPMC_FRAGMENTS, 3UL, END);
	(void)send_first(100);
	assert_int_equal(send_more(100, 16), FN_FRAG_RX);
	assert_int_equal(send_more(116, 16), FN_FRAG_RX);
	assert_int_equal(send_more(132, 16), FN_ERROR);
	assert_int_equal((int32_t)el3_x[2], NO_MEMORY);
}

static void test_no_more_than_there_is_room_for(void **state)
{
	(void)state;
	el3_ready(0x10001, SPMC_TRANSACTIONS, 5UL, END);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + i * 0x1000, 1), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x9000, 1), NO_MEMORY);
	assert_int_equal(reclaim(handle, 0), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x9000, 1), 0);
	/* 1,280 of one page each, and all given back */
	el3_ready(0x10001, END);
	for (unsigned i = 0; i < 1280; i++)
		assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + i * 0x1000, 1), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x1000000, 1), NO_MEMORY);
	for (unsigned i = 0; i < 1280; i++)
		assert_int_equal(reclaim(handle - i, 0), 0);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1280), 0);
}

static void test_handles_of_choice(void **state)
{
	(void)state;
	el3_ready(0x10001, SPMC_HANDLE, 0x8000000000000001UL, SPMC_HANDLE_STEP, 0UL, END);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), 0);
	assert_int_equal(handle, 0x8000000000000001UL);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY + 0x1000, 1), 0);
	assert_int_equal(handle, 0x8000000000000001UL);
	assert_int_equal(reclaim(handle, 0), 0);
	assert_int_equal(reclaim(handle, 0), 0);
	assert_int_equal(reclaim(handle, 0), INVALID_PARAMETERS);
}

static void test_a_partition_keeps_what_it_has(void **state)
{
	(void)state;
	el3_ready(0x10001, SPMC_RELINQUISHES, 0UL, END);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), 0);
	assert_int_equal(partition(RETRIEVE, 1, 0), 0);
	assert_int_equal(partition(RELINQUISH, 0, 0), DENIED);
	assert_int_equal(reclaim(handle, 0), DENIED);
}

/* ---- what the hypervisor and a test may see ---- */

static void ask_for(uint64_t what)
{
	uint8_t *tx = border_ram(BENCH_TX);

	memset(tx, 0, 48);
	memcpy(tx + 8, &what, sizeof(what));
}

static uint32_t word32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void test_the_hypervisor_reads_a_transaction(void **state)
{
	const uint8_t *rx = border_ram(BENCH_RX);
	uint32_t left;

	(void)state;
	el3_ready(0x10001, END);
	left = send_first(251);
	for (; left > 250; left -= 250)
		assert_int_equal(send_more(RANGES - left, 250), FN_FRAG_RX);
	assert_int_equal(send_more(RANGES - left, left), FN_SUCCESS);
	ask_for(handle);
	assert_int_equal(el3_call(FN_RETRIEVE, 48, 48, 0, 0, 0), FN_RESP);
	assert_int_equal(el3_x[1], 80 + RANGES * 16);
	assert_int_equal(el3_x[2], 4096);
	assert_int_equal(word32(rx), 1 | 0x6f << 16);
	assert_int_equal(word32(rx + 4), 1 << 3);
	assert_int_equal(word32(rx + 8), handle);
	assert_int_equal(word32(rx + 24), 16);
	assert_int_equal(word32(rx + 28), 1);
	assert_int_equal(word32(rx + 48), 0x8002 | 2 << 16);
	assert_int_equal(word32(rx + 64), RANGES);
	assert_int_equal(word32(rx + 80), BENCH_MEMORY);
	assert_int_equal(el3_error(FN_FRAG_RX, handle, 0, 4096, 0, 0), BUSY);
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
	assert_int_equal(reclaim(handle, 0), DENIED);
	assert_int_equal(el3_error(FN_FRAG_RX, handle, 0, 4080, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_FRAG_RX, handle, 0, 4096, 2 << 16, 0), INVALID_PARAMETERS);
	for (uint32_t offset = 4096; offset < 80 + RANGES * 16;) {
		assert_int_equal(el3_call(FN_FRAG_RX, handle, 0, offset, 1 << 16, 0), FN_FRAG_TX);
		assert_int_equal(word32(rx), BENCH_MEMORY + (offset - 80) / 16 * 0x2000);
		offset += (uint32_t)el3_x[3];
		assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
	}
	assert_int_equal(el3_error(FN_FRAG_RX, handle, 0, 80 + RANGES * 16, 0, 0),
			 INVALID_PARAMETERS);
	assert_int_equal(reclaim(handle, 0), 0);
	ask_for(handle);
	assert_int_equal(el3_error(FN_RETRIEVE, 48, 48, 0, 0, 0), INVALID_PARAMETERS);
}

static void test_a_retrieve_request_of_another_form_is_refused(void **state)
{
	uint8_t *tx = border_ram(BENCH_TX);

	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 1), 0);
	for (unsigned at = 0; at < 48; at++) {
		if ((at >= 8 && at < 16) || at == 24 || at == 32)
			continue;
		ask_for(handle);
		tx[at] = 1;
		assert_int_equal(el3_error(FN_RETRIEVE, 48, 48, 0, 0, 0), INVALID_PARAMETERS);
	}
	ask_for(handle);
	assert_int_equal(el3_error(FN_RETRIEVE, 64, 48, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_RETRIEVE, 40, 40, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_RETRIEVE, 48, 48, BENCH_TX, 1, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_GIVE_UP, 0, 0, 0, 0, 0), INVALID_PARAMETERS);
	el3_ready(0x10001, SPMC_HYPERVISOR_RETRIEVE, 0UL, END);
	assert_int_equal(el3_error(FN_RETRIEVE, 48, 48, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(el3_error(FN_FRAG_RX, 0, 0, 0, 0, 0), NOT_SUPPORTED);
}

static void test_retrieve_in_the_layout_of_the_version(void **state)
{
	const struct json *vectors = json_array(json_vectors("ffa_memory.json"), "cases");
	const uint8_t *rx = border_ram(BENCH_RX);
	static uint8_t bytes[4096];

	(void)state;
	for (const struct json *hyp = vectors->first; hyp != NULL; hyp = hyp->next) {
		const char *id = json_string(hyp, "id");
		const struct json *share = vectors->first;
		const char *wanted = strcmp(id, "RETR-HYP-V10") == 0   ? "OK-V10-SHARE-2B-1C"
				     : strcmp(id, "RETR-HYP-V11") == 0 ? "OK-V11-SHARE-2B-1C"
								       : NULL;
		size_t size;

		if (wanted == NULL)
			continue;
		while (strcmp(json_string(share, "id"), wanted) != 0)
			share = share->next;
		el3_ready(version_of(hyp), SPMC_HANDLE, 0x1234UL, END);
		size = bytes_of(share, border_ram(BENCH_TX));
		assert_int_equal(el3_error(FN_SHARE, size, size, 0, 0, 0), 0);
		memcpy(bytes, border_ram(BENCH_TX), size);
		(void)bytes_of(hyp, border_ram(BENCH_TX));
		assert_int_equal(el3_call(FN_RETRIEVE, (uint64_t)json_integer(hyp, "total_length"),
					  (uint64_t)json_integer(hyp, "total_length"), 0, 0, 0),
				 FN_RESP);
		/* The same as was sent, but for flags, the handle, and the NS bit from 1.1 on. */
		assert_int_equal(el3_x[1], size);
		bytes[2] |= version_of(hyp) > 0x10000U ? 0x40 : 0;
		bytes[4] = 1 << 3;
		bytes[8] = 0x34;
		bytes[9] = 0x12;
		assert_memory_equal(rx, bytes, size);
	}
}

static void test_the_table_can_be_read(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_command(0x8001, TRANSACTION, 0, 0, 0, 0), NO_DATA);
	assert_int_equal(send(FN_SHARE, 0x8002, BENCH_MEMORY, 4), 0);
	assert_int_equal(partition(RETRIEVE, 1, 0), 0);
	(void)send_first(1);
	assert_int_equal((int32_t)el3_x[2], 0);
	assert_int_equal(el3_command(0x8001, TRANSACTION, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0xffffffc0);
	assert_int_equal(el3_x[6], 4);
	assert_int_equal(el3_x[7], 1 | 1 << 16 | 1 << 18 | 1 << 24);
	assert_int_equal(el3_command(0x8001, TRANSACTION, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[7], 1 | 1 << 16);
	assert_int_equal(el3_command(0x8001, TRANSACTION, 2, 0, 0, 0), NO_DATA);
	assert_int_equal(el3_command(0x8001, BORROWER, 0xffffffc0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0x8002);
	assert_int_equal(el3_x[5], 2);
	assert_int_equal(el3_x[6], 1);
	assert_int_equal(el3_x[7], 6);
	assert_int_equal(el3_command(0x8001, BORROWER, 0xffffffc0, 0, 1, 0), NO_DATA);
	assert_int_equal(el3_command(0x8001, LOG, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 2);
	assert_string_equal(border.line, "spmc: version 0x10001, 2 transactions");
}

int main(void)
{
	static struct CMUnitTest tests[CASES_MAX];
	static const struct CMUnitTest fixed[] = {
	    cmocka_unit_test(test_a_partition_borrows_reads_writes_and_gives_back),
	    cmocka_unit_test(test_all_steps_in_one_command),
	    cmocka_unit_test(test_read_only_memory_is_not_written),
	    cmocka_unit_test(test_zeroes_when_lent_given_back_and_reclaimed),
	    cmocka_unit_test(test_given_away_is_gone),
	    cmocka_unit_test(test_a_page_is_in_one_transaction),
	    cmocka_unit_test(test_several_borrowers),
	    cmocka_unit_test(test_without_the_hypervisors_tx_nothing_is_sent),
	    cmocka_unit_test(test_many_ranges_in_fragments),
	    cmocka_unit_test(test_a_fragment_that_is_wrong),
	    cmocka_unit_test(test_no_more_than_there_is_room_for),
	    cmocka_unit_test(test_handles_of_choice),
	    cmocka_unit_test(test_a_partition_keeps_what_it_has),
	    cmocka_unit_test(test_the_hypervisor_reads_a_transaction),
	    cmocka_unit_test(test_a_retrieve_request_of_another_form_is_refused),
	    cmocka_unit_test(test_retrieve_in_the_layout_of_the_version),
	    cmocka_unit_test(test_the_table_can_be_read),
	};
	size_t count = cases_append(tests, 0, fixed, sizeof(fixed) / sizeof(fixed[0]));

	count = cases_add(tests, count, "test_vector",
			  json_array(json_vectors("ffa_memory.json"), "cases"), "id", test_vector);
	return _cmocka_run_group_tests("test_spmc_memory", tests, count, NULL, NULL);
}
