/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indirect messages, both ways: row G8 of the catalogue of adversarial cases, and what its
 * neighbours say of buffers in a caller's hands.
 */
#include <string.h>

#include "cases.h"
#include "relay.h"

#define SP   0x8001U
#define HOST 1U
#define TEXT "a payload of some length"
#define LONG ((uint32_t)sizeof(TEXT))

/* What the manager saw and says. */
static uint8_t sent[65536];
static unsigned sends;
static uint64_t seen_w1, seen_w2, get_x6;
static uint64_t send_answer[3]; /* x0, x1, x2 */

static bool manager(struct relay *self, uint64_t x[FFA_REGISTERS])
{
	if ((uint32_t)x[0] == FFA_MSG_SEND2) {
		sends++;
		seen_w1 = x[1];
		seen_w2 = x[2];
		memcpy(sent, (const void *)(uintptr_t)self->shadow_tx, (size_t)self->size);
		memset(x, 0, FFA_REGISTERS * sizeof(x[0]));
		memcpy(x, send_answer, sizeof(send_answer));
		return true;
	}
	if ((uint32_t)x[0] == FFA_NOTIFICATION_GET) {
		memset(x, 0, FFA_REGISTERS * sizeof(x[0]));
		x[0] = FFA_SUCCESS;
		x[6] = get_x6;
		return true;
	}
	return false;
}

static void put(uint8_t *bytes, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8U * i);
}

static uint32_t get(const uint8_t *bytes, unsigned size)
{
	uint32_t value = 0;

	while (size-- > 0U)
		value = value << 8 | bytes[size];
	return value;
}

static uint32_t header_size(uint32_t version)
{
	return version < FFA_VERSION_1_2 ? 20U : 40U;
}

/* A message in the layout of `version`, with the payload at `offset`. */
static void compose(uint8_t *bytes, uint32_t version, uint32_t from, uint32_t to, uint32_t offset)
{
	memset(bytes, 0, 64);
	put(bytes + 8, offset, 4);
	put(bytes + 12, to, 2);
	put(bytes + 14, from, 2);
	put(bytes + 16, LONG, 4);
	if (version >= FFA_VERSION_1_2)
		for (unsigned i = 0; i < 16U; i++)
			bytes[24 + i] = (uint8_t)(0x40U + i);
	if (offset < 4096U - LONG)
		memcpy(bytes + offset, TEXT, LONG);
}

static void boot(uint32_t firmware, uint32_t caller)
{
	relay_prepare();
	relay.before = manager;
	memset(sent, 0, sizeof(sent));
	sends = 0;
	get_x6 = 0;
	send_answer[0] = FFA_SUCCESS;
	send_answer[1] = send_answer[2] = 0;
	relay_start(firmware, caller);
	relay_map();
	assert_int_equal(relay.shadow, HOST);
}

static int send(void)
{
	return relay_ask(FFA_MSG_SEND2, 0, 0, 0);
}

/* ---- towards a partition ---- */

static void test_ffa_mailbox_message_of_each_version(void **state)
{
	(void)state;
	for (uint32_t firmware = FFA_VERSION_1_1; firmware <= FFA_VERSION_1_2; firmware++) {
		for (uint32_t caller = FFA_VERSION_1_1; caller <= firmware; caller++) {
			for (uint32_t gap = 0; gap < 3U; gap++) {
				uint32_t place = header_size(caller) + 12U * gap;
				uint32_t header = header_size(firmware);

				boot(firmware, caller);
				compose(relay.memory, caller, HOST, SP, place);
				assert_int_equal(send(), 0);
				assert_int_equal(sends, 1);
				assert_int_equal(seen_w1, HOST << 16);
				assert_int_equal(seen_w2, 0);
				assert_int_equal(get(sent, 4) | get(sent + 4, 4), 0);
				assert_int_equal(get(sent + 8, 4), header);
				assert_int_equal(get(sent + 12, 2), SP);
				assert_int_equal(get(sent + 14, 2), HOST);
				assert_int_equal(get(sent + 16, 4), LONG);
				assert_memory_equal(sent + header, TEXT, LONG);
				if (firmware >= FFA_VERSION_1_2) {
					assert_int_equal(get(sent + 20, 4), 0);
					assert_int_equal(sent[24],
							 caller >= FFA_VERSION_1_2 ? 0x40 : 0);
					assert_int_equal(sent[39],
							 caller >= FFA_VERSION_1_2 ? 0x4f : 0);
				}
				relay_end();
			}
		}
	}
}

static void test_ffa_mailbox_G8_headers_that_are_wrong(void **state)
{
	static const struct {
		uint32_t at, size;
		uint64_t value;
	} rows[] = {
	    {8, 4, 0},          {8, 4, 39},          {8, 4, 20},          {8, 4, 4096},
	    {8, 4, 4095},       {8, 4, 0xfffffff0},  {8, 4, 4096 - 10},   {16, 4, 0},
	    {16, 4, 4096 - 39}, {16, 4, 0xffffffff}, {16, 4, 0xffffffd8}, {16, 4, 0x80000000},
	    {14, 2, 0},         {14, 2, 2},          {14, 2, SP},         {12, 2, HOST},
	    {12, 2, 0},         {12, 2, 2},          {12, 2, 0x7fff},     {0, 4, 1},
	    {4, 4, 1},          {20, 4, 1},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
		compose(relay.memory, FFA_VERSION_1_2, HOST, SP, 40);
		put(relay.memory + rows[i].at, rows[i].value, rows[i].size);
		assert_int_equal(send(), FFA_INVALID_PARAMETERS);
		assert_int_equal(sends, 0);
		relay_end();
	}
}

/* w1 may name the sender, in the half where it belongs; delays are for secure callers. */
static void test_ffa_mailbox_G8_words_of_the_call(void **state)
{
	static const struct {
		uint64_t w1, w2;
		int status;
	} rows[] = {
	    {HOST << 16, 0, 0},
	    {0xdeadbeef00000000ULL, 0xdeadbeef00000000ULL, 0},
	    {HOST, 0, FFA_INVALID_PARAMETERS},
	    {2U << 16, 0, FFA_INVALID_PARAMETERS},
	    {(uint64_t)SP << 16, 0, FFA_INVALID_PARAMETERS},
	    {HOST << 16 | SP, 0, FFA_INVALID_PARAMETERS},
	    {0, 2, FFA_INVALID_PARAMETERS},
	    {0, 1U << 31, FFA_INVALID_PARAMETERS},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
		compose(relay.memory, FFA_VERSION_1_2, HOST, SP, 40);
		assert_int_equal(relay_ask(FFA_MSG_SEND2, rows[i].w1, rows[i].w2, 0),
				 rows[i].status);
		assert_int_equal(sends, rows[i].status == 0);
		relay_end();
	}
}

static void test_ffa_mailbox_G8_what_firmware_says(void **state)
{
	static const struct {
		uint64_t x0, x2;
		int status;
	} rows[] = {
	    {FFA_SUCCESS | FFA_64, 0, 0},
	    {0xffffffff00000000ULL | FFA_SUCCESS, 7, 0},
	    {FFA_ERROR, (uint32_t)FFA_BUSY, FFA_BUSY}, /* its RX is full */
	    {FFA_ERROR, ~0ULL - 5U, FFA_DENIED},
	    {FFA_ERROR, 0, FFA_ABORTED},
	    {0x1234, 0, FFA_ABORTED},
	    {FFA_INTERRUPT, 0, FFA_ABORTED},
	    {FFA_MSG_SEND2, 0, FFA_ABORTED},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
		compose(relay.memory, FFA_VERSION_1_2, HOST, SP, 40);
		send_answer[0] = rows[i].x0;
		send_answer[1] = 0xbad;
		send_answer[2] = rows[i].x2;
		assert_int_equal(send(), rows[i].status);
		relay_end();
	}
}

static void test_ffa_mailbox_G8_without_buffers(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	assert_int_equal(send(), FFA_INVALID_PARAMETERS);
	assert_int_equal(sends, 0);
	relay_end();
	/* 1.0 has none of it */
	boot(FFA_VERSION_1_2, FFA_VERSION_1_0);
	assert_int_equal(send(), FFA_NOT_SUPPORTED);
	relay_end();
}

/* The header grows on its way to firmware of a later version: what no longer fits is refused. */
static void test_ffa_mailbox_header_that_grows(void **state)
{
	(void)state;
	for (uint32_t size = 4096U - 40U; size <= 4096U - 20U; size += 20U) {
		boot(FFA_VERSION_1_2, FFA_VERSION_1_1);
		compose(relay.memory, FFA_VERSION_1_1, HOST, SP, 20);
		put(relay.memory + 16, size, 4);
		assert_int_equal(send(), size == 4096U - 40U ? 0 : FFA_NO_MEMORY);
		assert_int_equal(sends, size == 4096U - 40U);
		relay_end();
	}
}

/* Each byte is read once: who changes it meanwhile changes nothing that was judged. */
static void change(struct relay *self)
{
	put(self->memory + 14, 2, 2);
	put(self->memory + 16, 0xffffffff, 4);
}

static void test_ffa_mailbox_G8_read_once(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	compose(relay.memory, FFA_VERSION_1_2, HOST, SP, 40);
	relay.reads = 0;
	assert_int_equal(send(), 0);
	assert_int_equal(relay.reads, 1);
	relay.copying = change; /* before the copy: the whole of it is judged */
	assert_int_equal(send(), FFA_INVALID_PARAMETERS);
	assert_int_equal(sends, 1);
	assert_int_equal(get(sent + 14, 2), HOST);
	relay_end();
}

static void test_ffa_mailbox_G8_busy_while_another_cpu_has_the_gate(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	compose(relay.memory, FFA_VERSION_1_2, HOST, SP, 40);
	relay_ffa.gate.owner = 4;
	assert_int_equal(send(), FFA_BUSY);
	assert_int_equal(relay_told(FFA_EVENT_GATE), 1);
	relay_ffa.gate.owner = 0;
	relay_end();
}

/* ---- from a partition ---- */

/* FFA_NOTIFICATION_GET of the framework's word. */
static uint32_t fetch(void)
{
	uint64_t x[FFA_REGISTERS];

	assert_int_equal(relay_call(x, FFA_NOTIFICATION_GET, HOST, FFA_NOTIFICATIONS_SPM, 0, 0, 0),
			 FFA_SUCCESS);
	assert_int_equal(x[1] | x[2] | x[3] | x[4] | x[5] | x[7], 0);
	return (uint32_t)x[6];
}

/* The manager puts a message into the shadow of RX, and says so. */
static uint8_t *deliver(uint32_t version, uint32_t offset)
{
	uint8_t *rx = (uint8_t *)(uintptr_t)relay.shadow_rx;

	compose(rx, version, SP, HOST, offset);
	relay.shadow_taken = true;
	get_x6 = 1;
	return rx;
}

static void test_ffa_mailbox_message_for_the_host(void **state)
{
	const uint8_t *rx = relay.memory + 4096;

	(void)state;
	for (uint32_t firmware = FFA_VERSION_1_1; firmware <= FFA_VERSION_1_2; firmware++) {
		for (uint32_t caller = FFA_VERSION_1_1; caller <= firmware; caller++) {
			uint32_t header = header_size(caller);

			boot(firmware, caller);
			assert_int_equal(fetch(), 0);
			deliver(firmware, header_size(firmware) + 8U);
			assert_int_equal(fetch(), 1);
			assert_int_equal(get(rx + 8, 4), header);
			assert_int_equal(get(rx + 12, 2), HOST);
			assert_int_equal(get(rx + 14, 2), SP);
			assert_int_equal(get(rx + 16, 4), LONG);
			assert_memory_equal(rx + header, TEXT, LONG);
			if (caller >= FFA_VERSION_1_2)
				assert_int_equal(rx[39], 0x4f);
			/* it is the host's now; firmware hears when it is done with it */
			assert_int_equal(relay_ask(FFA_PARTITION_INFO_GET, 0, 0, 0), FFA_BUSY);
			assert_true(relay.shadow_taken);
			assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), 0);
			assert_false(relay.shadow_taken);
			relay_end();
		}
	}
}

/* What no host could read is not shown, and the next message finds room. */
static void test_ffa_mailbox_C13_message_that_is_none(void **state)
{
	static const struct {
		uint32_t at, size;
		uint64_t value;
	} rows[] = {
	    {8, 4, 0},     {8, 4, 0xfffffff0}, {8, 4, 4090}, {16, 4, 0xffffffff},
	    {16, 4, 4096}, {12, 2, 2},         {14, 2, 2},   {14, 2, 0},
	    {14, 2, HOST}, {12, 2, SP},        {16, 4, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
		put(deliver(FFA_VERSION_1_2, 40) + rows[i].at, rows[i].value, rows[i].size);
		assert_int_equal(fetch(), 0);
		assert_int_equal(relay_ffa.strange, 1);
		assert_false(relay.shadow_taken);
		assert_int_equal(relay_ask(FFA_RX_RELEASE, 0, 0, 0), FFA_DENIED);
		deliver(FFA_VERSION_1_2, 40);
		assert_int_equal(fetch(), 1);
		relay_end();
	}
}

/* A second message while the first is there cannot be: RX stays as it is, after a bounded time. */
static void test_ffa_mailbox_B11_message_over_message(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	deliver(FFA_VERSION_1_2, 40);
	assert_int_equal(fetch(), 1);
	memset((void *)(uintptr_t)relay.shadow_rx, 0xee, 4096);
	assert_int_equal(fetch(), 0);
	assert_memory_equal(relay.memory + 4096 + 40, TEXT, LONG);
	assert_int_equal(relay_ffa.strange, 1);
	relay_end();
}

static void test_ffa_mailbox_message_without_buffers(void **state)
{
	(void)state;
	boot(FFA_VERSION_1_2, FFA_VERSION_1_2);
	assert_int_equal(relay_ask(FFA_RXTX_UNMAP, 0, 0, 0), 0);
	get_x6 = 1;
	assert_int_equal(fetch(), 0);
	assert_int_equal(relay_ffa.strange, 1);
	relay_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_mailbox_message_of_each_version),
	    cmocka_unit_test(test_ffa_mailbox_G8_headers_that_are_wrong),
	    cmocka_unit_test(test_ffa_mailbox_G8_words_of_the_call),
	    cmocka_unit_test(test_ffa_mailbox_G8_what_firmware_says),
	    cmocka_unit_test(test_ffa_mailbox_G8_without_buffers),
	    cmocka_unit_test(test_ffa_mailbox_header_that_grows),
	    cmocka_unit_test(test_ffa_mailbox_G8_read_once),
	    cmocka_unit_test(test_ffa_mailbox_G8_busy_while_another_cpu_has_the_gate),
	    cmocka_unit_test(test_ffa_mailbox_message_for_the_host),
	    cmocka_unit_test(test_ffa_mailbox_C13_message_that_is_none),
	    cmocka_unit_test(test_ffa_mailbox_B11_message_over_message),
	    cmocka_unit_test(test_ffa_mailbox_message_without_buffers),
	};

	return cmocka_run_group_tests_name("ffa mailbox", tests, NULL, NULL);
}
