// SPDX-License-Identifier: Apache-2.0
#include "spmc.h"

#include <inttypes.h>
#include <string.h>

#include "core/ffa/abi.h"
#include "ledger/failure.h"
#include "ledger/random.h"

static struct model_ffa_reading reading;

void spmc_start(struct spmc *spmc, const struct spmc_shape *shape, uint16_t host, uint32_t *visible,
		size_t pages)
{
	memset(spmc, 0, sizeof(*spmc));
	spmc->shape = *shape;
	spmc->visible = visible;
	spmc->pages = pages;
	spmc->next = 0xffffffc0U; /* so that the upper half changes early */
	spmc->world = (struct model_ffa_world){
	    .implemented = shape->version,
	    .caller = host,
	    .partitions = SPMC_PARTITIONS,
	    .donate = true,
	    .address_end = 1ULL << 48,
	    .length = UINT32_MAX,
	    .borrowers = MODEL_FFA_BORROWERS,
	};
	for (unsigned i = 0; i < SPMC_PARTITIONS; i++)
		spmc->world.partition[i] = (uint16_t)(SPMC_FIRST + i);
}

void spmc_expect(struct spmc *spmc, unsigned cpu, uint8_t lie, uint8_t at, uint32_t seed)
{
	spmc->log[cpu].count = spmc->log[cpu].lies = 0;
	spmc->lie[cpu].lie = lie;
	spmc->lie[cpu].at = at;
	spmc->lie[cpu].seed = seed;
}

/* --- answers --- */

static void answer(uint64_t x[18], uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	memset(x, 0, 8U * sizeof(x[0]));
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

static void refuse(uint64_t x[18], int32_t code)
{
	answer(x, FFA_ERROR, 0, (uint32_t)code, 0);
}

static void grant(uint64_t x[18], uint64_t x2, uint64_t x3)
{
	answer(x, FFA_SUCCESS, 0, x2, x3);
}

static void note(struct spmc *spmc, unsigned cpu, struct spmc_answer what)
{
	struct spmc_log *log = &spmc->log[cpu];

	if (log->count == SPMC_LOG)
		failure("firmware", "one call asks firmware more than %u times", SPMC_LOG);
	log->answer[log->count++] = what;
}

/* --- transactions --- */

static struct spmc_transaction *find(struct spmc *spmc, uint64_t handle)
{
	for (size_t i = 0; i < SPMC_TRANSACTIONS; i++)
		if (spmc->transaction[i].used && spmc->transaction[i].handle == handle)
			return &spmc->transaction[i];
	return NULL;
}

static uint32_t number_of(const struct spmc *spmc, const struct spmc_transaction *transaction)
{
	return (uint32_t)(transaction - spmc->transaction) + 1U;
}

static void forget(struct spmc *spmc, struct spmc_transaction *transaction)
{
	uint32_t number = number_of(spmc, transaction);

	for (size_t i = 0; i < spmc->pages; i++)
		if (spmc->visible[i] == number || spmc->visible[i] == (number | 1U << 31))
			spmc->visible[i] = 0;
	transaction->used = false;
}

/* Pages of a half-sent one are kept with bit 31: nobody reaches them yet. */
static void complete(struct spmc *spmc, const struct spmc_transaction *transaction)
{
	uint32_t number = number_of(spmc, transaction);

	for (size_t i = 0; i < spmc->pages; i++)
		if (spmc->visible[i] == (number | 1U << 31))
			spmc->visible[i] = number;
}

static void add_ranges(struct spmc *spmc, const struct spmc_transaction *transaction)
{
	for (size_t i = 0; i < reading.ranges; i++)
		for (uint64_t k = 0; k < reading.range[i].pages; k++) {
			uint64_t page = reading.range[i].base + k * 4096U;
			size_t index = spmc_index(page);

			if (index == SIZE_MAX)
				failure("firmware",
					"firmware is given 0x%" PRIx64 ", which is no RAM", page);
			/* what was sent by half and given up never reached anybody */
			if (spmc->visible[index] != 0U && spmc->visible[index] >> 31 == 0U)
				failure("firmware", "firmware is given 0x%" PRIx64 " a second time",
					page);
			spmc->visible[index] = number_of(spmc, transaction) | 1U << 31;
			spmc_reaches(page);
		}
}

static void progress(const struct spmc *spmc, struct spmc_transaction *transaction, uint64_t x[18])
{
	if (transaction->half)
		answer(x, FFA_MEM_FRAG_RX, (uint32_t)transaction->handle, transaction->handle >> 32,
		       transaction->received);
	else
		grant(x, (uint32_t)transaction->handle, transaction->handle >> 32);
	if (transaction->half)
		x[4] = (uint64_t)spmc->world.caller << 16;
}

/* Who borrows is for firmware to know: a partition that there is not is its own to refuse (D6). */
static bool stranger(const struct spmc *spmc)
{
	for (size_t i = 0; i < reading.send.borrowers; i++)
		if (reading.send.borrower[i].endpoint >> 15 != 0U &&
		    !model_ffa_is_partition(&spmc->world, reading.send.borrower[i].endpoint))
			return true;
	return false;
}

static void send(struct spmc *spmc, enum model_ffa_kind kind, uint64_t x[18],
		 struct spmc_transaction **made)
{
	uint32_t total = (uint32_t)x[1], fragment = (uint32_t)x[2];
	struct spmc_transaction *transaction = NULL;

	if ((uint32_t)x[3] != 0U || (uint32_t)x[4] != 0U)
		failure("firmware", "a buffer outside of TX is named to firmware");
	for (size_t i = 0; i < SPMC_TRANSACTIONS && transaction == NULL; i++)
		if (!spmc->transaction[i].used)
			transaction = &spmc->transaction[i];
	if (transaction == NULL) {
		refuse(x, FFA_NO_MEMORY);
		return;
	}
	/* what the mediator sends is right, whatever its caller sent */
	model_ffa_read(&spmc->world, spmc->negotiated, kind, spmc->tx, fragment, total,
		       spmc->buffer, &reading);
	if (reading.wrong != 0 && stranger(spmc)) {
		refuse(x, FFA_INVALID_PARAMETERS);
		return;
	}
	if (reading.wrong != 0)
		failure("firmware", "firmware is sent a descriptor that breaks rules: answers 0x%x",
			reading.wrong);
	if ((reading.send.flags & ~1U) != 0U || (kind == MODEL_FFA_DONATE && !spmc->shape.donate))
		failure("firmware", "firmware is asked for what it does not offer");
	*transaction = (struct spmc_transaction){.used = true,
						 .half = fragment != total,
						 .kind = kind,
						 .handle = spmc->next++,
						 .received = fragment,
						 .send = reading.send};
	add_ranges(spmc, transaction);
	if (!transaction->half)
		complete(spmc, transaction);
	progress(spmc, transaction, x);
	*made = transaction;
}

/* A mediator that may not take a half-sent transaction back breaks a rule on purpose: that ends it
 * in some managers. */
static bool tried_to_end(const struct spmc *spmc, unsigned cpu)
{
	const struct spmc_log *log = &spmc->log[cpu];

	return log->count != 0U && log->answer[log->count - 1U].fid == FFA_MEM_RECLAIM;
}

static void send_more(struct spmc *spmc, unsigned cpu, uint64_t x[18],
		      struct spmc_transaction **made)
{
	uint64_t handle = (uint32_t)x[1] | x[2] << 32;
	struct spmc_transaction *transaction = find(spmc, handle);

	if (transaction == NULL || !transaction->half) {
		refuse(x, FFA_INVALID_PARAMETERS);
		return;
	}
	if ((uint32_t)x[4] != (uint32_t)spmc->world.caller << 16)
		failure("firmware", "a fragment names 0x%" PRIx64 " as its sender", x[4]);
	reading.send = transaction->send;
	model_ffa_read_more(&spmc->world, spmc->tx, (uint32_t)x[3], spmc->buffer, &reading);
	if (reading.wrong != 0 && tried_to_end(spmc, cpu)) {
		if (!spmc->shape.forgives)
			forget(spmc, transaction);
		refuse(x, FFA_INVALID_PARAMETERS);
		return;
	}
	if (reading.wrong != 0)
		failure("firmware", "firmware is sent a fragment that breaks rules: answers 0x%x",
			reading.wrong);
	transaction->send = reading.send;
	transaction->received += (uint32_t)x[3];
	add_ranges(spmc, transaction);
	transaction->half = transaction->received != transaction->send.total;
	if (!transaction->half)
		complete(spmc, transaction);
	progress(spmc, transaction, x);
	*made = transaction;
}

static void reclaim(struct spmc *spmc, uint64_t x[18])
{
	struct spmc_transaction *transaction = find(spmc, (uint32_t)x[1] | x[2] << 32);

	if ((uint32_t)x[3] > 1U)
		failure("firmware", "RECLAIM has flags 0x%" PRIx64, x[3]);
	if (transaction == NULL || (transaction->half && !spmc->shape.aborts)) {
		refuse(x, FFA_INVALID_PARAMETERS);
	} else if (transaction->retrieved) {
		refuse(x, FFA_DENIED);
	} else {
		forget(spmc, transaction);
		grant(x, 0, 0);
	}
}

void spmc_retrieve(struct spmc *spmc, uint64_t handle, bool retrieved)
{
	struct spmc_transaction *transaction = find(spmc, handle);

	if (transaction != NULL && !transaction->half)
		transaction->retrieved = retrieved;
}

/* --- lies --- */

static void garbage(struct random_source *random, uint64_t x[18], unsigned first)
{
	for (unsigned i = first; i < 8U; i++)
		x[i] = random_bits(random);
}

/* The answer is in x; `made` is what it is about. Some lies fit some answers only. */
static struct spmc_answer distort(struct spmc *spmc, unsigned cpu, uint32_t fid, uint64_t x[18],
				  struct spmc_transaction *made, uint64_t handle, enum lie lie)
{
	static const int32_t codes[] = {FFA_NO_MEMORY, FFA_BUSY,    FFA_DENIED,
					FFA_RETRY,     FFA_ABORTED, FFA_NOT_SUPPORTED};
	struct random_source random = random_from(spmc->lie[cpu].seed);
	bool more = (uint32_t)x[0] == FFA_MEM_FRAG_RX, granted = (uint32_t)x[0] == FFA_SUCCESS;
	struct spmc_answer result = {
	    .fid = fid,
	    .outcome = more || granted ? MODEL_FFA_GRANTED : MODEL_FFA_REFUSED,
	    .handle =
		made != NULL || fid == FFA_MEM_RECLAIM || fid == FFA_MEM_FRAG_TX ? handle : 0U};
	bool takes = random_chance(&random, 50);
	uint64_t other = spmc->next;

	if (!more && !granted)
		result.code = 1U << -(int32_t)x[2];
	if (made != NULL && (lie == LIE_NONE || lie == LIE_UPPER))
		made->told = true;
	if (lie == LIE_NONE)
		return result;
	for (size_t i = 0; i < SPMC_TRANSACTIONS; i++)
		if (spmc->transaction[i].used && spmc->transaction[i].told &&
		    !spmc->transaction[i].half && &spmc->transaction[i] != made)
			other = spmc->transaction[i].handle;
	/* what does not fit becomes a plain refusal */
	if (((lie == LIE_OFFSET || lie == LIE_EARLY) && !more) ||
	    (lie == LIE_LATE && (!granted || made == NULL)) ||
	    (lie == LIE_HANDLE && (made == NULL || fid != FFA_MEM_FRAG_TX)) ||
	    (lie >= LIE_HANDLE_TWICE && (made == NULL || fid == FFA_MEM_FRAG_TX)) ||
	    (lie == LIE_HANDLE_TWICE && other == spmc->next) || (lie == LIE_WIDE && !granted))
		lie = LIE_REFUSE;
	if (fid == FFA_MEM_RECLAIM && (lie == LIE_REFUSE || lie == LIE_DIRT) && granted)
		lie = LIE_CODE; /* it is gone already */
	spmc->lies[lie]++;
	spmc->log[cpu].lies++;
	if (lie == LIE_UPPER) {
		x[0] |= random_bits(&random) << 32;
		return result;
	}
	if (lie == LIE_WIDE) {
		x[0] = FFA_SUCCESS | FFA_64;
		result.outcome = MODEL_FFA_UNCLEAR;
		result.either = true;
		return result;
	}
	if (lie == LIE_REFUSE || lie == LIE_DIRT) {
		if (made != NULL && (!spmc->shape.forgives || fid != FFA_MEM_FRAG_TX))
			forget(spmc, made);
		if (more || granted) {
			uint64_t choice = random_below(&random, sizeof(codes) / sizeof(codes[0]));

			refuse(x, codes[choice]);
			result.code = 1U << -codes[choice];
		}
		if (lie == LIE_DIRT) {
			uint64_t code = (uint32_t)x[2];

			garbage(&random, x, 1);
			x[2] = code | random_bits(&random) << 32;
		}
		result.outcome = MODEL_FFA_REFUSED;
		return result;
	}
	if (lie == LIE_PAUSE) {
		spmc->paused[cpu].is = true;
		spmc->paused[cpu].handle = handle;
		spmc->paused[cpu].answer = result;
		memcpy(spmc->paused[cpu].x, x, sizeof(spmc->paused[cpu].x));
	}
	result.outcome = MODEL_FFA_UNCLEAR;
	result.code = 0;
	if (made != NULL && !takes && lie < LIE_HANDLE_TWICE && lie != LIE_PAUSE)
		forget(spmc, made);
	else if (made != NULL && lie == LIE_EARLY)
		made->half = false, complete(spmc, made);
	switch (lie) {
	case LIE_CODE:
		refuse(x, takes ? 0 : 5);
		break;
	case LIE_REQUEST:
		garbage(&random, x, 1);
		x[0] = takes ? FFA_MEM_SHARE : FFA_RUN;
		break;
	case LIE_INTERRUPT:
		answer(x, FFA_INTERRUPT, (uint64_t)SPMC_FIRST << 16, 0, 0);
		break;
	case LIE_YIELD:
		answer(x, FFA_YIELD, (uint64_t)SPMC_FIRST << 16, 0, 0);
		break;
	case LIE_PAUSE:
		answer(x, FFA_MEM_OP_PAUSE, (uint32_t)spmc->paused[cpu].handle,
		       spmc->paused[cpu].handle >> 32, 0);
		break;
	case LIE_OFFSET:
		x[3] += takes ? 16U : (uint64_t)-16;
		break;
	case LIE_HANDLE:
		x[more ? 1 : 2] ^= 1U;
		break;
	case LIE_EARLY:
		grant(x, (uint32_t)result.handle, result.handle >> 32);
		break;
	case LIE_LATE:
		answer(x, FFA_MEM_FRAG_RX, (uint32_t)result.handle, result.handle >> 32,
		       spmc->transaction[0].received);
		break;
	case LIE_HANDLE_TWICE:
		x[more ? 1 : 2] = (uint32_t)other;
		x[more ? 2 : 3] = other >> 32;
		break;
	case LIE_HANDLE_TOP:
		x[more ? 2 : 3] |= 1ULL << 31;
		break;
	case LIE_HANDLE_NONE:
		x[more ? 1 : 2] = x[more ? 2 : 3] = UINT32_MAX;
		break;
	default:
		garbage(&random, x, 1);
		x[0] = 0x1234;
		break;
	}
	return result;
}

static enum lie lie_of(struct spmc *spmc, unsigned cpu)
{
	if (spmc->lie[cpu].lie == LIE_NONE || spmc->lie[cpu].at-- != 0U)
		return LIE_NONE;

	enum lie lie = (enum lie)spmc->lie[cpu].lie;

	spmc->lie[cpu].lie = LIE_NONE;
	return lie;
}

/* What was paused is done, and its answer given. */
static void resume(struct spmc *spmc, unsigned cpu, uint64_t x[18])
{
	uint64_t handle = (uint32_t)x[1] | x[2] << 32;

	if (!spmc->paused[cpu].is || handle != spmc->paused[cpu].handle) {
		refuse(x, FFA_INVALID_PARAMETERS);
		return;
	}
	spmc->paused[cpu].is = false;
	memcpy(x, spmc->paused[cpu].x, sizeof(spmc->paused[cpu].x));
	note(spmc, cpu, spmc->paused[cpu].answer);
}

static void memory(struct spmc *spmc, unsigned cpu, uint32_t fid, uint64_t x[18])
{
	struct spmc_transaction *made = NULL;
	uint64_t handle = (uint32_t)x[1] | x[2] << 32; /* where the call names one */

	switch (fid) {
	case FFA_MEM_SHARE:
	case FFA_MEM_LEND:
	case FFA_MEM_DONATE:
		send(spmc,
		     fid == FFA_MEM_SHARE  ? MODEL_FFA_SHARE
		     : fid == FFA_MEM_LEND ? MODEL_FFA_LEND
					   : MODEL_FFA_DONATE,
		     x, &made);
		break;
	case FFA_MEM_FRAG_TX:
		send_more(spmc, cpu, x, &made);
		break;
	default:
		reclaim(spmc, x);
		break;
	}
	handle = made != NULL ? made->handle : handle;

	enum lie lie = lie_of(spmc, cpu);

	/* of a send that it refuses anyway it does not lie */
	if (made == NULL && fid != FFA_MEM_RECLAIM && fid != FFA_MEM_FRAG_TX)
		lie = LIE_NONE;
	note(spmc, cpu, distort(spmc, cpu, fid, x, made, handle, lie));
}

/* --- everything else --- */

static void partitions(struct spmc *spmc, uint64_t x[18])
{
	unsigned size = spmc->negotiated == FFA_VERSION_1_0 ? FFA_PARTITION_1_0 : FFA_PARTITION_1_1;
	bool count = ((uint32_t)x[5] & 1U) != 0U, nil = true;

	for (unsigned i = 1; i <= 4U; i++)
		nil &= (uint32_t)x[i] == 0U;
	if (!nil) {
		refuse(x, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!count && (spmc->rx == NULL || spmc->rx_full)) {
		refuse(x, FFA_BUSY);
		return;
	}
	for (unsigned i = 0; i < SPMC_PARTITIONS && !count; i++) {
		uint8_t *entry = spmc->rx + (size_t)i * size;

		memset(entry, 0, size);
		entry[0] = (uint8_t)(SPMC_FIRST + i);
		entry[1] = (uint8_t)((SPMC_FIRST + i) >> 8);
		entry[2] = 1;
		entry[4] = 0x0f; /* direct, indirect, notifications */
		if (size == FFA_PARTITION_1_1) {
			entry[5] = 1;
			memset(entry + 8, (int)(0xa0U + i), 16);
		}
	}
	spmc->rx_full |= !count;
	grant(x, SPMC_PARTITIONS, count ? 0U : size);
}

static void features(const struct spmc *spmc, uint64_t x[18])
{
	uint32_t fid = (uint32_t)x[1] & ~FFA_64;
	bool known;

	switch (fid) {
	case FFA_MEM_DONATE:
		known = spmc->shape.donate;
		break;
	case FFA_NOTIFICATION_BITMAP_CREATE:
	case FFA_NOTIFICATION_BITMAP_DESTROY:
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
	case FFA_NOTIFICATION_SET:
	case FFA_NOTIFICATION_GET:
	case FFA_NOTIFICATION_INFO_GET:
	case FFA_FEATURE_SRI:
		known = spmc->shape.notifications && spmc->negotiated >= FFA_VERSION_1_1;
		break;
	case FFA_SPM_ID_GET:
	case FFA_MSG_SEND2:
	case FFA_RX_ACQUIRE:
		known = spmc->negotiated >= FFA_VERSION_1_1;
		break;
	default:
		known = (fid >= FFA_ERROR && fid <= FFA_ID_GET) ||
			(fid >= FFA_RUN && fid <= FFA_MEM_RECLAIM && fid != FFA_MSG_SEND) ||
			fid == FFA_MEM_FRAG_RX || fid == FFA_MEM_FRAG_TX;
		break;
	}
	if (known)
		grant(x, fid == FFA_FEATURE_SRI ? 8U : 0U, 0);
	else
		refuse(x, FFA_NOT_SUPPORTED);
}

static void direct(struct spmc *spmc, unsigned cpu, uint64_t x[18])
{
	struct random_source random = random_from(spmc->lie[cpu].seed);
	struct spmc_answer result = {.fid = (uint32_t)x[0], .outcome = MODEL_FFA_GRANTED};
	uint32_t pair = (uint32_t)x[1];
	enum lie lie = lie_of(spmc, cpu);

	x[0] = (x[0] & FFA_64) | FFA_MSG_SEND_DIRECT_RESP;
	x[1] = pair >> 16 | (uint64_t)(pair & 0xffffU) << 16;
	x[2] = 0;
	for (unsigned i = 3; i < 8U; i++)
		x[i] = ~x[i];
	if (lie == LIE_REFUSE) {
		refuse(x, FFA_BUSY);
		result.outcome = MODEL_FFA_REFUSED;
		result.code = MODEL_FFA_BZ;
	} else if (lie != LIE_NONE && lie != LIE_UPPER) {
		garbage(&random, x, 1);
		x[0] = lie == LIE_UNKNOWN ? 0x1234U : x[0]; /* else: wrong identifiers (G5) */
		result.outcome = MODEL_FFA_UNCLEAR;
	}
	spmc->lies[lie]++;
	memcpy(spmc->log[cpu].message, x, sizeof(spmc->log[cpu].message));
	note(spmc, cpu, result);
}

static void notification(struct spmc *spmc, unsigned cpu, uint32_t fid, uint64_t x[18])
{
	struct spmc_answer result = {.fid = fid, .outcome = MODEL_FFA_GRANTED};
	uint64_t bitmap = (uint32_t)x[3] | x[4] << 32;
	bool bind = fid == FFA_NOTIFICATION_BIND;

	if (lie_of(spmc, cpu) != LIE_NONE || (spmc->bound & bitmap) != (bind ? 0U : bitmap)) {
		refuse(x, FFA_DENIED);
		result.outcome = MODEL_FFA_REFUSED;
		result.code = MODEL_FFA_DN;
	} else {
		spmc->bound = bind ? spmc->bound | bitmap : spmc->bound & ~bitmap;
		grant(x, 0, 0);
	}
	note(spmc, cpu, result);
}

/* In the host's name: a descriptor in TX, see 13.7. */
static void register_host(struct spmc *spmc, uint64_t x[18])
{
	if (spmc->registered) {
		refuse(x, FFA_DENIED);
		return;
	}
	if (((unsigned)spmc->tx[0] | (unsigned)spmc->tx[1] << 8) != spmc->world.caller)
		failure("firmware", "buffers of somebody else are registered");
	spmc->registered = true;
	grant(x, 0, 0);
}

void spmc_call(struct spmc *spmc, unsigned cpu, uint64_t x[18])
{
	uint32_t fid = (uint32_t)x[0] & ~FFA_64;

	if (x[0] >> 32 != 0U)
		failure("firmware", "x0 is 0x%" PRIx64 " towards firmware", x[0]);
	switch (fid) {
	case FFA_VERSION:
		if ((uint32_t)x[1] <= spmc->shape.version)
			spmc->negotiated = (uint32_t)x[1];
		answer(x, spmc->shape.version, 0, 0, 0);
		return;
	case FFA_FEATURES:
		features(spmc, x);
		return;
	case FFA_RXTX_MAP:
		if (x[1] == 0U) {
			register_host(spmc, x);
			return;
		}
		spmc->tx = (uint8_t *)(uintptr_t)x[1]; // NOLINT(performance-no-int-to-ptr)
		spmc->rx = (uint8_t *)(uintptr_t)x[2]; // NOLINT(performance-no-int-to-ptr)
		spmc->buffer = (size_t)(x[3] & 0x3fU) * 4096U;
		grant(x, 0, 0);
		return;
	case FFA_RXTX_UNMAP:
		if ((uint32_t)x[1] >> 16 != spmc->world.caller || !spmc->registered) {
			refuse(x, FFA_INVALID_PARAMETERS);
			return;
		}
		spmc->registered = spmc->acquired = false;
		grant(x, 0, 0);
		return;
	case FFA_RX_ACQUIRE:
		if (!spmc->registered || spmc->acquired) {
			refuse(x, spmc->registered ? FFA_DENIED : FFA_INVALID_PARAMETERS);
			return;
		}
		spmc->acquired = true;
		grant(x, 0, 0);
		return;
	case FFA_RX_RELEASE:
		if ((uint32_t)x[1] != 0U) {
			if (spmc->acquired)
				grant(x, 0, 0);
			else
				refuse(x, FFA_DENIED);
			spmc->acquired = false;
			return;
		}
		if (!spmc->rx_full) {
			refuse(x, FFA_DENIED);
			return;
		}
		spmc->rx_full = false;
		memset(spmc->rx, 0xee, spmc->buffer); /* C13 */
		grant(x, 0, 0);
		return;
	case FFA_PARTITION_INFO_GET:
		partitions(spmc, x);
		return;
	case FFA_ID_GET:
		grant(x, 0, 0);
		return;
	case FFA_SPM_ID_GET:
		grant(x, 0x8000, 0);
		return;
	case FFA_NOTIFICATION_BITMAP_CREATE:
	case FFA_NOTIFICATION_BITMAP_DESTROY:
		spmc->bitmap = fid == FFA_NOTIFICATION_BITMAP_CREATE;
		grant(x, 0, 0);
		return;
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
		notification(spmc, cpu, fid, x);
		return;
	case FFA_MSG_SEND_DIRECT_REQ:
		direct(spmc, cpu, x);
		return;
	case FFA_MEM_SHARE:
	case FFA_MEM_LEND:
	case FFA_MEM_DONATE:
	case FFA_MEM_FRAG_TX:
	case FFA_MEM_RECLAIM:
		memory(spmc, cpu, fid, x);
		return;
	case FFA_MEM_OP_RESUME:
		resume(spmc, cpu, x);
		return;
	default:
		refuse(x, FFA_NOT_SUPPORTED);
		return;
	}
}
