/* SPDX-License-Identifier: Apache-2.0 */
#include "ffa_bench.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define RAM_SIZE (BANK_C_END - BANK_A)

const struct bench_setup bench_usual = {
    .firmware = 0x10002,
    .host = 0x10002,
    .buffer_pages = 1,
    .firmware_buffer = 4096,
    .sets = BENCH_AMPLE,
    .tables = 16,
    .capacity = {.transactions = 64, .ranges = 4096},
};

struct ffa bench_ffa;
struct host_ffa bench_host;
struct fake_spmc bench_spmc;

static uint8_t *ram, *memory;
static struct firmware firmware;
static uint32_t host_version;

uint8_t *bench_ram(uint64_t address)
{
	assert_true(address >= BANK_A && address < BANK_C_END);
	return ram + (address - BANK_A);
}

/* Byte by byte, for memory that others change meanwhile, as it is their right (D21). */
__attribute__((no_sanitize("thread"))) void bench_copy(void *to, const void *from, size_t size)
{
	volatile uint8_t *out = to;
	const volatile uint8_t *in = from;

	for (size_t i = 0; i < size; i++)
		out[i] = in[i];
}

static void read_ram(void *context, void *to, uint64_t physical, size_t size)
{
	(void)context;
	bench_copy(to, ram + (physical - BANK_A), size);
}

static void zero_ram(void *context, uint64_t physical)
{
	(void)context;
	memset(ram + (physical - BANK_A), 0, 4096);
}

static void write_ram(void *context, uint64_t physical, const void *from, size_t size)
{
	(void)context;
	memcpy(ram + (physical - BANK_A), from, size);
}

void bench_call(uint64_t x[SMCCC_REGISTERS], uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
		uint64_t x4)
{
	memset(x, 0, SMCCC_REGISTERS * sizeof(*x));
	for (unsigned n = 5; n < SMCCC_REGISTERS; n++)
		x[n] = 0xca9a41e000000000ULL + n;
	x[0] = fid;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	x[4] = x4;
	ffa_call(&bench_ffa, &bench_ffa.host, fake_cpu, x);
	/* I4: zero where nothing is defined, and what is not the call's own stays */
	for (unsigned n = 4; n <= 7U; n++)
		assert_int_equal(x[n], 0);
	for (unsigned n = 8; n < SMCCC_REGISTERS; n++)
		assert_int_equal(x[n], 0xca9a41e000000000ULL + n);
	for (unsigned n = 0; n <= 3U; n++)
		assert_int_equal(x[n] >> 32, 0);
}

int bench_code(const uint64_t x[SMCCC_REGISTERS])
{
	if (x[0] == BENCH_SUCCESS)
		return 0;
	if (x[0] == BENCH_FRAG_RX)
		return 1;
	assert_int_equal(x[0], BENCH_ERROR);
	assert_int_equal(x[1] | x[3], 0);
	assert_true((int32_t)(uint32_t)x[2] < 0);
	return (int32_t)(uint32_t)x[2];
}

void bench_ffa_open(const struct bench_setup *setup)
{
	struct ffa_negotiation *negotiation = &firmware.ffa;
	uint64_t x[SMCCC_REGISTERS];
	size_t size, alignment;

	bench_open(setup->sets, setup->tables);
	ram = calloc(1, RAM_SIZE);
	assert_non_null(ram);
	fake.host_read = read_ram;
	fake.host_write = write_ram;
	fake.host_zero = zero_ram;
	fake_spmc_open(&bench_spmc, setup->firmware);
	bench_spmc.size = setup->firmware_buffer;
	memset(&firmware, 0, sizeof(firmware));
	firmware.conduit = FIRMWARE_SMC;
	negotiation->outcome = FFA_PRESENT;
	negotiation->version = setup->firmware;
	host_ffa_init(&bench_host, &bench_ffa, &firmware, &bench_ledger, HOST_FFA_ID);
	size = ffa_memory_size(&bench_ffa, &setup->capacity, &alignment);
	assert_true(size != 0U && size % 4096U == 0U);
	memory = aligned_alloc(alignment, (size + alignment - 1U) & ~(alignment - 1U));
	assert_non_null(memory);
	memset(memory, 0xa5, size);
	ffa_open(&bench_ffa, memory, &setup->capacity);
	assert_non_null(bench_ffa.tx);

	host_version = setup->host;
	bench_call(x, 0x84000063U, setup->host, 0, 0, 0);
	assert_int_equal(x[0], setup->firmware);
	bench_call(x, 0xc4000066U, BENCH_TX, BENCH_RX, setup->buffer_pages, 0);
	assert_int_equal(bench_code(x), 0);
	fake.calls = 0;
	bench_spmc.calls = 0;
}

void bench_ffa_check(uint32_t live, uint32_t doubtful)
{
	uint64_t page;

	assert_int_equal(bench_ffa.live, live);
	assert_int_equal(bench_ffa.doubtful, doubtful);
	assert_int_equal(bench_ffa.host.transactions, live);
	assert_int_equal(bench_ffa.gate.owner, 0);
	assert_int_equal(bench_ffa.lock.word[0], bench_ffa.lock.word[1]);
	assert_int_equal(bench_ffa.host.lock.word[0], bench_ffa.host.lock.word[1]);
	if (live == 0U) {
		assert_int_equal(bench_ffa.unreserved_chunks, bench_ffa.chunk_count);
		assert_int_equal(bench_ffa.host.half_sent, 0);
		assert_int_equal(bench_ffa.stranded, 0);
		assert_int_equal(bench_ffa.returning, 0);
	}
	assert_null(bench_spmc.complaint);
	assert_null(ledger_check(&bench_ledger, &page));
}

void bench_ffa_close(uint32_t live, uint32_t doubtful)
{
	bench_ffa_check(live, doubtful);
	fake_spmc_close(&bench_spmc);
	free(memory);
	free(ram);
	bench_close();
}

/* ---- sends ---- */

struct bench_send bench_send_of(uint32_t fid, const struct bench_range *ranges, uint32_t count)
{
	struct bench_send send = {
	    .fid = fid,
	    .version = host_version,
	    .sender = HOST_FFA_ID,
	    .attributes = (fid & ~BENCH_64) == BENCH_SHARE ? 0x2f : 0,
	    .tag = 0x7a67,
	    .borrowers = 1,
	    .permissions = (fid & ~BENCH_64) == BENCH_DONATE ? 0 : 2,
	    .ranges = ranges,
	    .count = count,
	};

	for (uint32_t i = 0; i < count; i++)
		send.pages += ranges[i].pages;
	return send;
}

static void put(uint8_t *at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8U * i));
}

static uint32_t header_size(const struct bench_send *send)
{
	return send->version == 0x10000U ? 32 : 48;
}

static uint32_t emad_size(const struct bench_send *send)
{
	return send->version < 0x10002U ? 16 : 32;
}

uint32_t bench_head(const struct bench_send *send)
{
	return header_size(send) + send->borrowers * emad_size(send) + 16U;
}

uint32_t bench_total(const struct bench_send *send)
{
	return bench_head(send) + send->count * 16U;
}

static void write_ranges(const struct bench_send *send, uint32_t first, uint32_t count, uint8_t *to)
{
	for (uint32_t i = first; i < first + count; i++, to += 16) {
		put(to, send->ranges[i].base, 8);
		put(to + 8, send->ranges[i].pages, 8);
	}
}

static void write_head(const struct bench_send *send, uint8_t *to)
{
	uint32_t head = bench_head(send), composite = head - 16U;

	memset(to, 0, head);
	put(to, send->sender, 2);
	put(to + 2, send->attributes, 2);
	put(to + 4, send->flags, 4);
	put(to + 16, send->tag, 8);
	put(to + 28, send->borrowers, 4);
	if (send->version != 0x10000U) {
		put(to + 24, emad_size(send), 4);
		put(to + 32, header_size(send), 4);
	}
	for (uint32_t i = 0; i < send->borrowers; i++) {
		uint8_t *emad = to + header_size(send) + i * emad_size(send);

		put(emad, BENCH_SP + i, 2);
		emad[2] = send->permissions;
		put(emad + 4, composite, 4);
	}
	put(to + composite, send->pages, 4);
	put(to + composite + 4, send->count, 4);
}

void bench_write(const struct bench_send *send, uint8_t *to)
{
	write_head(send, to);
	write_ranges(send, 0, send->count, to + bench_head(send));
}

int bench_transmit_first(const struct bench_send *send, uint32_t ranges, uint64_t *handle)
{
	uint32_t head = bench_head(send), size = head + ranges * 16U;
	uint64_t x[SMCCC_REGISTERS];
	int code;

	write_head(send, bench_ram(BENCH_TX));
	write_ranges(send, 0, ranges, bench_ram(BENCH_TX) + head);
	bench_call(x, send->fid, bench_total(send), size, 0, 0);
	code = bench_code(x);
	*handle = 0;
	if (code == 0) {
		assert_int_equal(x[1], 0);
		*handle = x[2] | x[3] << 32;
	} else if (code == 1) {
		assert_int_equal(x[3], size);
		*handle = x[1] | x[2] << 32;
	}
	return code;
}

int bench_transmit(const struct bench_send *send, uint64_t *handle)
{
	return bench_transmit_first(send, send->count, handle);
}

int bench_transmit_more(const struct bench_send *send, uint64_t handle, uint32_t first,
			uint32_t count)
{
	uint64_t x[SMCCC_REGISTERS];
	int code;

	write_ranges(send, first, count, bench_ram(BENCH_TX));
	bench_call(x, BENCH_FRAG_TX, (uint32_t)handle, handle >> 32, count * 16U, 0);
	code = bench_code(x);
	if (code == 0)
		assert_int_equal(x[2] | x[3] << 32, handle);
	if (code == 1) {
		assert_int_equal(x[1] | x[2] << 32, handle);
		assert_int_equal(x[3], bench_head(send) + (first + count) * 16U);
	}
	return code;
}

int bench_reclaim(uint64_t handle, uint32_t flags)
{
	uint64_t x[SMCCC_REGISTERS];

	bench_call(x, BENCH_RECLAIM, (uint32_t)handle, handle >> 32, flags, 0);
	if (x[0] == BENCH_SUCCESS)
		assert_int_equal(x[1] | x[2] | x[3], 0);
	return bench_code(x);
}

void assert_home(const struct bench_range *range)
{
	for (uint32_t i = 0; i < range->pages; i++) {
		uint64_t page = range->base + i * PAGE;

		assert_record(page, LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED, 0);
		assert_int_equal(fake_spmc_reaches(&bench_spmc, page), 0);
	}
}

void assert_away(const struct bench_range *range, enum ledger_state state)
{
	for (uint32_t i = 0; i < range->pages; i++)
		assert_record(range->base + i * PAGE, LEDGER_HOST, LEDGER_SECURE, state, 0);
}
