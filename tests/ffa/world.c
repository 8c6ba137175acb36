// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/machine.h"
#include "fake/machine.h"
#include "ledger/check.h"
#include "ledger/failure.h"

struct world world;

/* --- locks: none of the mediator's is held while it is in its environment --- */

static void quiet(const char *where)
{
	if (world.locks[fake_cpu] != 0U)
		failure("lock", "a lock of the mediator is held in %s()", where);
}

static void lock(void *context, struct ffa_lock *word)
{
	(void)context;
	quiet("lock");
	scheduler_point();
	while (word->word[0] != 0U)
		machine_relax();
	word->word[0] = fake_cpu + 1U;
	world.locks[fake_cpu]++;
}

static void unlock(void *context, struct ffa_lock *word)
{
	(void)context;
	if (word->word[0] != fake_cpu + 1U)
		failure("lock", "CPU %u releases a lock that it has not", fake_cpu);
	word->word[0] = 0;
	world.locks[fake_cpu]--;
	scheduler_point();
}

static uint64_t ticks(void *context)
{
	(void)context;
	return ++fake.counter;
}

static uint64_t frequency(void *context)
{
	(void)context;
	return world.shape.patience;
}

static void relax(void *context)
{
	(void)context;
	quiet("relax");
	machine_relax();
}

/* --- firmware --- */

static void firmware_call(void *context, uint64_t x[FFA_REGISTERS])
{
	(void)context;
	quiet("firmware_call");
	scheduler_point();
	spmc_call(&world.spmc, fake_cpu, x);
	scheduler_point();
}

size_t spmc_index(uint64_t address)
{
	const struct universe_bank *bank = universe_bank(&world.universe, address);

	return bank != NULL ? universe_index(bank, address) : SIZE_MAX;
}

struct ledger_record world_record(uint64_t address)
{
	return ledger_lookup(&world.universe.ledger, address).record;
}

void spmc_reaches(uint64_t address)
{
	struct ledger_record record = world_record(address);

	if (record.owner != LEDGER_SECURE &&
	    (record.borrower != LEDGER_SECURE || record.state == LEDGER_OWNED))
		failure("order", "firmware hears of 0x%" PRIx64 " before it left the host",
			address);
}

/* --- the caller's memory --- */

static void expect_buffer(uint64_t base, uint64_t address, size_t size, const char *what)
{
	const struct ffa_buffers *buffers = &world.ffa.host.buffers;

	if (address < base || size > buffers->pages * PAGE ||
	    address - base > buffers->pages * PAGE - size || address % PAGE + size > PAGE)
		failure("touch", "%s 0x%" PRIx64 ", %zu bytes, is outside of the buffer", what,
			address, size);
	if (world_record(address).owner != LEDGER_HOST || world_record(address).pins == 0U)
		failure("touch", "%s 0x%" PRIx64 ", which is not pinned", what, address);
}

/* Whatever is read a second time may be another thing by then, and is here (D21). */
static void caller_read(void *context, uint16_t endpoint, void *to, uint64_t address, size_t size)
{
	struct effect *effect = world.effect[fake_cpu];
	uint64_t tx = world.ffa.host.buffers.tx;
	uint8_t *bytes = to;

	(void)context;
	quiet("caller_read");
	if (endpoint != WORLD_HOST || effect == NULL)
		failure("touch", "memory of endpoint %u is read", endpoint);
	expect_buffer(tx, address, size, "TX is read at");
	memcpy(bytes, call_bytes(effect->index) + (address - tx), size);
	if (address - tx < effect->read)
		for (size_t i = 0; i < size; i++)
			bytes[i] ^= 0x5aU;
	else if (address - tx > effect->read)
		failure("touch", "TX is read from 0x%" PRIx64 " on, before what precedes it",
			address - tx);
	if (address - tx + size > effect->read)
		effect->read = (uint32_t)(address - tx + size);
	scheduler_point();
}

static void caller_write(void *context, uint16_t endpoint, uint64_t address, const void *from,
			 size_t size)
{
	struct effect *effect = world.effect[fake_cpu];

	(void)context;
	(void)from;
	quiet("caller_write");
	if (endpoint != WORLD_HOST || effect == NULL)
		failure("touch", "memory of endpoint %u is written", endpoint);
	expect_buffer(world.ffa.host.buffers.rx, address, size, "RX is written at");
	if (world.ffa.host.buffers.rx_state == FFA_RX_ENDPOINT)
		failure("touch", "RX is written while it is the host's");
	effect->written += (uint32_t)size;
	scheduler_point();
}

/* --- pages --- */

static struct ledger_answer change(enum ffa_transition transition, uint64_t base, uint64_t size,
				   uint32_t fid)
{
	struct ledger *ledger = &world.universe.ledger;

	switch (transition) {
	case FFA_PIN:
		return ledger_pin(ledger, base, size, LEDGER_HOST, fid);
	case FFA_UNPIN:
		return ledger_unpin(ledger, base, size, LEDGER_HOST, fid);
	case FFA_GIVE_SHARED:
		return ledger_share(ledger, base, size, LEDGER_HOST, LEDGER_SECURE, fid);
	case FFA_GIVE_LENT:
		return ledger_lend(ledger, base, size, LEDGER_HOST, LEDGER_SECURE, fid);
	case FFA_GIVE_DONATED:
		return ledger_donate(ledger, base, size, LEDGER_HOST, LEDGER_SECURE, fid);
	case FFA_TAKE_SHARED:
		return ledger_unshare(ledger, base, size, LEDGER_HOST, LEDGER_SECURE, fid);
	case FFA_TAKE_LENT:
		return ledger_reclaim(ledger, base, size, LEDGER_HOST, LEDGER_SECURE, fid);
	case FFA_TAKE_DONATED:
		return ledger_donate(ledger, base, size, LEDGER_SECURE, LEDGER_HOST, fid);
	case FFA_DOUBT_SHARED:
	case FFA_DOUBT_LENT:
		return ledger_quarantine(
		    ledger, base, size, LEDGER_HOST, LEDGER_SECURE,
		    transition == FFA_DOUBT_SHARED ? LEDGER_SHARED : LEDGER_LENT, fid);
	case FFA_CLEAR_SHARED:
	case FFA_CLEAR_LENT:
		break;
	}
	return ledger_release(ledger, base, size, LEDGER_HOST, LEDGER_SECURE,
			      transition == FFA_CLEAR_SHARED ? LEDGER_SHARED : LEDGER_LENT, fid);
}

static void touch(uint64_t base, uint64_t pages)
{
	if (world.touched_count < sizeof(world.touched) / sizeof(world.touched[0])) {
		world.touched[world.touched_count].base = base;
		world.touched[world.touched_count++].pages = pages;
	}
}

/* The ledger, with the counts that the checks of tests/ledger compare. */
static struct ledger_answer change_counted(enum ffa_transition transition,
					   const struct ffa_range *range, uint32_t fid)
{
	struct action acting = {.kind = ACTION_CHANGE,
				.base = range->base,
				.pages = range->pages,
				.cpu = (uint8_t)fake_cpu};
	struct ledger_answer answer;

	check_acting(fake_cpu, &acting);
	answer = change(transition, range->base, range->pages * PAGE, fid);
	check_acting(fake_cpu, NULL);
	if (answer.status == LEDGER_OK)
		world.universe.changes++;
	else if (answer.rule != LEDGER_RULE_RANGE)
		world.universe.refusals++;
	return answer;
}

static enum ffa_transition reverse(enum ffa_transition transition)
{
	switch (transition) {
	case FFA_PIN:
		return FFA_UNPIN;
	case FFA_GIVE_SHARED:
		return FFA_TAKE_SHARED;
	case FFA_GIVE_LENT:
		return FFA_TAKE_LENT;
	default:
		return FFA_TAKE_DONATED;
	}
}

static enum ffa_error pages(void *context, uint16_t endpoint, enum ffa_transition transition,
			    const struct ffa_range *ranges, uint32_t count, uint32_t fid,
			    uint32_t *refused)
{
	bool may_fail = transition == FFA_PIN || transition == FFA_GIVE_SHARED ||
			transition == FFA_GIVE_LENT || transition == FFA_GIVE_DONATED;
	struct ledger_answer answer = {.status = LEDGER_OK};
	uint32_t i = 0;

	(void)context;
	quiet("pages");
	if (endpoint != WORLD_HOST)
		failure("touch", "pages of endpoint %u change", endpoint);
	if (may_fail && world.effect[fake_cpu] != NULL &&
	    ++world.effect[fake_cpu]->gives == world.effect[fake_cpu]->shortage) {
		*refused = 0;
		return FFA_NO_MEMORY;
	}
	for (; i < count && answer.status == LEDGER_OK; i++) {
		touch(ranges[i].base, ranges[i].pages);
		answer = change_counted(transition, &ranges[i], fid);
	}
	if (answer.status == LEDGER_OK)
		return FFA_OK;
	if (!may_fail)
		failure("pages", "transition %u of 0x%" PRIx64 " cannot fail, and breaks rule %u",
			transition, ranges[i - 1U].base, answer.rule);
	*refused = --i;
	while (i-- > 0U) {
		if (change_counted(reverse(transition), &ranges[i], fid).status != LEDGER_OK)
			failure("pages", "what was given cannot be taken back");
	}
	return answer.status == LEDGER_INVALID  ? FFA_INVALID_PARAMETERS
	       : answer.status == LEDGER_DENIED ? FFA_DENIED
						: FFA_NO_MEMORY;
}

/* One to one; where the round says so, in pieces. */
static uint32_t translate(void *context, uint16_t endpoint, const struct ffa_range *range,
			  struct ffa_range *physical, uint32_t limit)
{
	uint32_t half = range->pages / 2U;

	(void)context;
	(void)endpoint;
	physical[0] = *range;
	if (!world.shape.splits || half == 0U || limit < 2U)
		return 1;
	physical[0].pages = half;
	physical[1] =
	    (struct ffa_range){.base = range->base + half * PAGE, .pages = range->pages - half};
	return 2;
}

static void zero(void *context, uint16_t endpoint, const struct ffa_range *ranges, uint32_t count)
{
	(void)context;
	(void)endpoint;
	quiet("zero");
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < ranges[i].pages; k++) {
			uint64_t page = ranges[i].base + k * PAGE;
			size_t index = spmc_index(page);

			if (index == SIZE_MAX || (world.spmc.visible[index] != 0U &&
						  world.spmc.visible[index] >> 31 == 0U))
				failure("touch",
					"0x%" PRIx64 " is cleared while partitions have it", page);
		}
		if (world.effect[fake_cpu] != NULL)
			world.effect[fake_cpu]->zeroed += ranges[i].pages;
	}
}

static uint64_t physical(void *context, const void *object)
{
	(void)context;
	return (uint64_t)(uintptr_t)object;
}

static void event(void *context, const struct ffa_event *what)
{
	(void)context;
	quiet("event");
	world.events[what->kind % 16U]++;
}

static const struct ffa_environment environment = {
    .firmware_call = firmware_call,
    .lock = lock,
    .unlock = unlock,
    .time = ticks,
    .frequency = frequency,
    .relax = relax,
    .caller_read = caller_read,
    .caller_write = caller_write,
    .pages = pages,
    .translate = translate,
    .zero = zero,
    .physical = physical,
    .event = event,
};

void world_give(uint64_t base, uint64_t count, bool back, struct effect *effect)
{
	enum ledger_party from = back ? LEDGER_HYPERVISOR : LEDGER_HOST;
	enum ledger_party to = back ? LEDGER_HOST : LEDGER_HYPERVISOR;
	struct action acting = {
	    .kind = ACTION_CHANGE, .base = base, .pages = count, .cpu = (uint8_t)fake_cpu};
	struct ledger_answer answer;

	touch(base, count);
	check_acting(fake_cpu, &acting);
	answer = ledger_donate(&world.universe.ledger, base, count * PAGE, from, to, 0);
	check_acting(fake_cpu, NULL);
	if (answer.status == LEDGER_OK)
		world.universe.changes++;
	else if (answer.rule != LEDGER_RULE_RANGE)
		world.universe.refusals++;
	effect->status = answer.status == LEDGER_OK        ? MODEL_DONE
			 : answer.status == LEDGER_INVALID ? MODEL_INVALID
			 : answer.status == LEDGER_DENIED  ? MODEL_DENIED
							   : MODEL_NO_MEMORY;
}

/* --- beginning and end --- */

static uint64_t ask(const void *context, uint32_t asked)
{
	uint64_t x[18] = {FFA_VERSION, asked};

	(void)context;
	spmc_call(&world.spmc, fake_cpu, x);
	return x[0];
}

static void open_rules(void)
{
	const struct world_shape *shape = &world.shape;

	world.rules = (struct model_ffa_world){
	    .implemented = world.ffa.version,
	    .caller = WORLD_HOST,
	    .partitions = SPMC_PARTITIONS,
	    .donate = shape->spmc.donate,
	    .notifications = shape->spmc.notifications && shape->spmc.version >= FFA_VERSION_1_1,
	    .address_end = 1ULL << 48,
	    .length = 1U << 24,
	    .borrowers = MODEL_FFA_BORROWERS,
	    .pages = FFA_PAGES_MAX,
	    .slots = shape->capacity.transactions,
	    .half = 8,
	};
	for (unsigned i = 0; i < SPMC_PARTITIONS; i++)
		world.rules.partition[i] = (uint16_t)(SPMC_FIRST + i);
	world.model = (struct model_ffa){.world = &world.rules, .memory = &world.universe.model};
}

void world_open(const struct world_shape *shape)
{
	struct ffa_negotiation negotiation;
	size_t size, alignment = 0;

	memset(&world, 0, sizeof(world));
	world.shape = *shape;
	universe_open(&world.universe, &shape->universe);
	spmc_start(&world.spmc, &shape->spmc, WORLD_HOST,
		   calloc(world.universe.pages, sizeof(uint32_t)), world.universe.pages);
	fake_cpu = 0;
	ffa_negotiate(&negotiation, ask, NULL);
	ffa_init(&world.ffa, &environment, NULL, &negotiation, WORLD_HOST);
	world.ffa.host.contexts = SPMC_CPUS;
	size = ffa_memory_size(&world.ffa, &shape->capacity, &alignment);
	if (size != 0U) {
		world.memory = aligned_alloc(alignment, size);
		if (world.memory == NULL)
			failure("open", "no memory");
		memset(world.memory, 0xa5, size);
	}
	world.ffa.host.contexts = UNIVERSE_CPUS;
	ffa_open(&world.ffa, world.memory, &shape->capacity);
	open_rules();
	call_start();
}

void world_close(void)
{
	free(world.spmc.visible);
	free(world.memory);
	universe_close(&world.universe);
}
