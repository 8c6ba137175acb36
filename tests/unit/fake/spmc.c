/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/spmc.h"

#include <stdlib.h>
#include <string.h>

#define ERROR    0x84000060U
#define SUCCESS  0x84000061U
#define FEATURES 0x84000064U
#define RXTX_MAP 0xc4000066U
#define DONATE   0x84000071U
#define SHARE    0x84000073U
#define RECLAIM  0x84000077U
#define FRAG_RX  0x8400007aU
#define FRAG_TX  0x8400007bU
#define FORM_64  0x40000000U

#define NOT_SUPPORTED (-1)
#define INVALID       (-2)
#define NO_MEMORY     (-3)
#define BUSY          (-4)
#define DENIED        (-6)

static void complain(struct fake_spmc *spmc, const char *rule)
{
	spmc->broken++;
	if (spmc->complaint == NULL)
		spmc->complaint = rule;
}

static uint64_t number(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	while (size-- > 0U)
		value = value << 8 | bytes[size];
	return value;
}

void fake_spmc_words(uint64_t x[SMCCC_REGISTERS], uint32_t w0, uint32_t w1, uint32_t w2,
		     uint32_t w3)
{
	memset(x, 0, SMCCC_REGISTERS * sizeof(*x));
	x[0] = w0;
	x[1] = w1;
	x[2] = w2;
	x[3] = w3;
}

void fake_spmc_error(uint64_t x[SMCCC_REGISTERS], int32_t code)
{
	fake_spmc_words(x, ERROR, 0, (uint32_t)code, 0);
}

/* ---- descriptors, by the tables of DEN0140 ---- */

static uint32_t header_size(const struct fake_spmc *spmc)
{
	return spmc->version == 0x10000U ? 32 : 48;
}

static uint32_t emad_size(const struct fake_spmc *spmc)
{
	return spmc->version < 0x10002U ? 16 : 32;
}

/* Where the ranges begin, by what the descriptor says of itself; 0: it is none. */
static uint32_t ranges_of(const struct fake_spmc *spmc, const uint8_t *bytes, uint32_t received)
{
	uint64_t count, first = header_size(spmc), composite;

	if (received < first)
		return 0;
	count = number(bytes + 28, 4);
	if (spmc->version != 0x10000U &&
	    (number(bytes + 24, 4) != emad_size(spmc) || number(bytes + 32, 4) != first))
		return 0;
	if (count == 0U || first + count * emad_size(spmc) + 16U > received)
		return 0;
	composite = number(bytes + first + 4, 4);
	if (composite % 16U != 0U || composite + 16U > received ||
	    composite < first + count * emad_size(spmc))
		return 0;
	return (uint32_t)composite + 16U;
}

/* Of the whole descriptor; 0 or the error. */
static int32_t judge(struct fake_spmc *spmc, const struct fake_share *share)
{
	uint32_t ranges = ranges_of(spmc, share->bytes, share->received), flags, count;
	uint64_t pages = 0;

	if (ranges == 0U)
		return INVALID;
	flags = (uint32_t)number(share->bytes + 4, 4);
	if ((flags & ~1U) != 0U || ((flags & 1U) != 0U && !spmc->zeroes))
		return INVALID;
	count = (uint32_t)number(share->bytes + ranges - 12, 4);
	if (count == 0U || ranges + (uint64_t)count * 16U != share->total)
		return INVALID;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *range = share->bytes + ranges + i * 16U;
		uint64_t base = number(range, 8);

		if (base % 4096U != 0U || base >> 48 != 0U || number(range + 12, 4) != 0U)
			return INVALID;
		pages += number(range + 8, 4);
	}
	return pages == number(share->bytes + ranges - 16, 4) ? 0 : INVALID;
}

/* ---- transactions ---- */

struct fake_share *fake_spmc_find(struct fake_spmc *spmc, uint64_t handle)
{
	for (unsigned i = 0; i < SPMC_SHARES; i++)
		if (spmc->share[i].used && spmc->share[i].handle == handle)
			return &spmc->share[i];
	return NULL;
}

unsigned fake_spmc_count(const struct fake_spmc *spmc, bool complete)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SPMC_SHARES; i++)
		count += spmc->share[i].used && spmc->share[i].complete == complete;
	return count;
}

unsigned fake_spmc_reaches(const struct fake_spmc *spmc, uint64_t page)
{
	unsigned reaches = 0;

	for (unsigned i = 0; i < SPMC_SHARES; i++) {
		const struct fake_share *share = &spmc->share[i];
		uint32_t at;

		if (!share->used || !share->complete)
			continue;
		for (at = ranges_of(spmc, share->bytes, share->received); at < share->total;
		     at += 16U) {
			uint64_t base = number(share->bytes + at, 8);

			reaches +=
			    page >= base && page - base < number(share->bytes + at + 8, 4) * 4096U;
		}
	}
	return reaches;
}

static void drop(struct fake_share *share)
{
	free(share->bytes);
	*share = (struct fake_share){.used = false};
}

static void answer(struct fake_spmc *spmc, struct fake_share *share, uint64_t x[SMCCC_REGISTERS])
{
	uint64_t handle = share->handle;
	int32_t error;

	if (share->received < share->total) {
		fake_spmc_words(x, FRAG_RX, (uint32_t)handle, (uint32_t)(handle >> 32),
				share->received);
		x[4] = (uint64_t)share->sender << 16;
		return;
	}
	error = judge(spmc, share);
	if (error != 0) {
		drop(share);
		fake_spmc_error(x, error);
		return;
	}
	share->complete = true;
	fake_spmc_words(x, SUCCESS, 0, (uint32_t)handle, (uint32_t)(handle >> 32));
}

static bool zero_from(const uint64_t x[SMCCC_REGISTERS], unsigned n)
{
	for (; n < SMCCC_REGISTERS; n++)
		if (x[n] != 0U)
			return false;
	return true;
}

static void begin(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0], total = (uint32_t)x[1], length = (uint32_t)x[2];
	struct fake_share *share = spmc->share;
	uint32_t ranges;

	if (!zero_from(x, 3) || x[1] >> 32 != 0U || x[2] >> 32 != 0U)
		complain(spmc, "registers of a send that must be zero");
	if (spmc->tx == NULL || length > total || length > spmc->size) {
		complain(spmc, "lengths of a send");
		fake_spmc_error(x, INVALID);
		return;
	}
	while (share < spmc->share + SPMC_SHARES && share->used)
		share++;
	if (share == spmc->share + SPMC_SHARES) {
		fake_spmc_error(x, NO_MEMORY);
		return;
	}
	if ((number(spmc->tx + 4, 4) & 1U) != 0U && !spmc->zeroes) {
		fake_spmc_error(x, INVALID);
		return;
	}
	ranges = ranges_of(spmc, spmc->tx, length);
	if (ranges == 0U || (length - ranges) % 16U != 0U || number(spmc->tx + 8, 8) != 0U) {
		complain(spmc, "head of a send");
		fake_spmc_error(x, INVALID);
		return;
	}
	*share = (struct fake_share){.used = true,
				     .handle = spmc->handle,
				     .fid = fid,
				     .sender = (uint16_t)number(spmc->tx, 2),
				     .total = total,
				     .received = length,
				     .fragments = 1,
				     .bytes = malloc(total)};
	spmc->handle += spmc->step;
	memcpy(share->bytes, spmc->tx, length);
	answer(spmc, share, x);
}

static void fragment(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	struct fake_share *share = fake_spmc_find(spmc, x[2] << 32 | (uint32_t)x[1]);
	uint32_t length = (uint32_t)x[3];

	if (share == NULL || share->complete) {
		fake_spmc_error(x, INVALID);
		return;
	}
	if (!zero_from(x, 5) || x[4] != (uint64_t)share->sender << 16)
		complain(spmc, "registers of a fragment");
	if (spmc->half == SPMC_HALF_FOR_EVER) {
		fake_spmc_error(x, BUSY);
		return;
	}
	if (length == 0U || length % 16U != 0U || length > spmc->size ||
	    length > share->total - share->received) {
		complain(spmc, "length of a fragment");
		fake_spmc_error(x, INVALID);
		return;
	}
	if (++share->fragments > spmc->fragments_max) {
		drop(share);
		fake_spmc_error(x, NO_MEMORY);
		return;
	}
	memcpy(share->bytes + share->received, spmc->tx, length);
	share->received += length;
	if (spmc->half == SPMC_HALF_DROPPED && number(spmc->tx, 8) % 4096U != 0U) {
		drop(share);
		fake_spmc_error(x, INVALID);
		return;
	}
	answer(spmc, share, x);
}

static void reclaim(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	struct fake_share *share = fake_spmc_find(spmc, x[2] << 32 | (uint32_t)x[1]);

	if (!zero_from(x, 3))
		complain(spmc, "flags of a reclaim"); /* some refuse any */
	if (share == NULL || (!share->complete && spmc->half != SPMC_HALF_RECLAIMED)) {
		fake_spmc_error(x, INVALID);
		return;
	}
	if (share->held) {
		fake_spmc_error(x, DENIED);
		return;
	}
	drop(share);
	fake_spmc_words(x, SUCCESS, 0, 0, 0);
}

/* ---- everything else that a mediator asks at boot ---- */

static void features(const struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t id = (uint32_t)x[1] & ~FORM_64;
	bool known = (id >= DONATE && id <= SHARE) || id == RECLAIM || id == FRAG_TX ||
		     id == FRAG_RX || id == 0x84000066U || id == 0x84000067U || id == 0x84000065U;

	if (id == DONATE && !spmc->donates)
		known = false;
	if (!known) {
		fake_spmc_error(x, NOT_SUPPORTED);
		return;
	}
	fake_spmc_words(x, SUCCESS, 0, 0, 0);
	if (id == 0x84000066U)
		x[2] = spmc->size == 65536U ? 1 : spmc->size == 16384U ? 2 : 0;
}

static void map(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	if (spmc->tx != NULL) {
		fake_spmc_error(x, DENIED);
		return;
	}
	if (x[3] * 4096U != spmc->size)
		complain(spmc, "pages of a buffer");
	spmc->tx = (const void *)(uintptr_t)x[1];
	spmc->rx = (void *)(uintptr_t)x[2];
	fake_spmc_words(x, SUCCESS, 0, 0, 0);
}

static void handle(struct fake_spmc *spmc, uint64_t x[SMCCC_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0], plain = fid & ~FORM_64;

	if (plain == RECLAIM || plain == FRAG_TX || (plain >= DONATE && plain <= SHARE))
		spmc->calls++;
	if (plain >= DONATE && plain <= SHARE && (plain != DONATE || spmc->donates))
		begin(spmc, x);
	else if (fid == FRAG_TX)
		fragment(spmc, x);
	else if (fid == RECLAIM)
		reclaim(spmc, x);
	else if (fid == FEATURES)
		features(spmc, x);
	else if (fid == RXTX_MAP)
		map(spmc, x);
	else if (fid == 0x84000063U)
		fake_spmc_words(x, spmc->version, 0, 0, 0);
	else
		fake_spmc_error(x, NOT_SUPPORTED);
}

void fake_spmc_handle(void *context, uint64_t x[SMCCC_REGISTERS])
{
	struct fake_spmc *spmc = context;
	uint64_t asked[SMCCC_REGISTERS];

	memcpy(asked, x, sizeof(asked));
	if (spmc->before != NULL && spmc->before(spmc, x))
		return;
	pthread_mutex_lock(&spmc->mutex);
	handle(spmc, x);
	pthread_mutex_unlock(&spmc->mutex);
	if (spmc->after != NULL)
		spmc->after(spmc, asked, x);
}

void fake_spmc_open(struct fake_spmc *spmc, uint32_t version)
{
	memset(spmc, 0, sizeof(*spmc));
	spmc->version = version;
	spmc->size = 4096;
	spmc->zeroes = true;
	spmc->donates = true;
	spmc->fragments_max = 1000;
	spmc->handle = 0x12300000000ULL; /* both words count */
	spmc->step = 1;
	pthread_mutex_init(&spmc->mutex, NULL);
	fake.firmware = fake_spmc_handle;
	fake.context = spmc;
}

void fake_spmc_close(struct fake_spmc *spmc)
{
	for (unsigned i = 0; i < SPMC_SHARES; i++)
		drop(&spmc->share[i]);
	pthread_mutex_destroy(&spmc->mutex);
}
