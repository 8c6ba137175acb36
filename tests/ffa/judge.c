// SPDX-License-Identifier: Apache-2.0
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ffa/abi.h"
#include "ledger/check.h"
#include "ledger/failure.h"

struct judge_counts judge_counts;

static struct model_ffa_reading reading;

/* What the specification is, to go back to. */
struct moment {
	struct model_ffa model;
	struct model_page *pages;
};

static struct {
	const struct call_burst *burst;
	const struct effect *effect;
	struct moment before[BURST_MAX + 1U];
	size_t pages; /* that the moments have room for */
	bool done[BURST_MAX];
	char wrong[400]; /* what stood in the way where it went farthest */
	unsigned farthest;
} state;

/* --- one call --- */

static bool sends(const struct call *call)
{
	return call->kind >= CALL_SHARE && call->kind <= CALL_DONATE;
}

static bool handles(const struct call *call)
{
	return call->kind >= CALL_SHARE && call->kind <= CALL_RECLAIM;
}

/* An answer to an attempt of the mediator to end a transaction. */
static bool beside(const struct call *call, const struct spmc_answer *answer)
{
	return handles(call) && call->kind != CALL_RECLAIM && answer->fid == FFA_MEM_RECLAIM;
}

/* Is the answer about another transaction than the call's? */
static bool of_another(const struct call *call, const struct effect *effect,
		       const struct spmc_answer *answer, bool begun)
{
	bool ends = beside(call, answer) || answer->fid == FFA_MEM_FRAG_TX;

	return sends(call) ? ends && !begun
			   : call->kind == CALL_FRAGMENT && answer->handle != effect->handle;
}

static struct model_ffa_firmware firmware_of(const struct call *call, const struct effect *effect,
					     model_ffa_set seen)
{
	struct model_ffa_firmware firmware = {.outcome = MODEL_FFA_UNASKED,
					      .begun = call->kind == CALL_FRAGMENT};

	for (unsigned i = 0; i < effect->log.count; i++) {
		const struct spmc_answer *answer = &effect->log.answer[i];

		if (of_another(call, effect, answer, firmware.outcome != MODEL_FFA_UNASKED))
			continue;
		if (beside(call, answer))
			break; /* it is being given up */
		firmware.begun |= firmware.outcome == MODEL_FFA_GRANTED;
		firmware.outcome = answer->outcome;
		if (answer->either && (seen == MODEL_FFA_OK || seen == MODEL_FFA_MORE))
			firmware.outcome = MODEL_FFA_GRANTED;
		firmware.code = answer->code;
		if (answer->handle != 0U)
			firmware.handle = answer->handle;
	}
	return firmware;
}

static uint64_t handle_of(const struct effect *effect, model_ffa_set seen)
{
	if (seen == MODEL_FFA_OK)
		return (uint32_t)effect->x[2] | effect->x[3] << 32;
	return seen == MODEL_FFA_MORE ? (uint32_t)effect->x[1] | effect->x[2] << 32 : UINT64_MAX;
}

static model_ffa_set judge_send(struct model_ffa *model, const struct call *call,
				const struct effect *effect, model_ffa_set seen)
{
	struct model_ffa_firmware firmware = firmware_of(call, effect, seen);
	uint64_t tx = (model->mapped ? model->pages : 1U) * PAGE;

	model_ffa_read(model->world, model->version,
		       call->kind == CALL_SHARE  ? MODEL_FFA_SHARE
		       : call->kind == CALL_LEND ? MODEL_FFA_LEND
						 : MODEL_FFA_DONATE,
		       call_bytes(effect->index), (uint32_t)effect->in[2], (uint32_t)effect->in[1],
		       tx, &reading);
	return model_ffa_send(model, &reading,
			      (uint32_t)effect->in[3] != 0U || (uint32_t)effect->in[4] != 0U,
			      &firmware, seen, handle_of(effect, seen));
}

static model_ffa_set judge_give(struct model_ffa *model, const struct call *call)
{
	bool back = call->kind == CALL_RETURN;
	const struct model_request request = {
	    .call = MODEL_DONATE,
	    .base = call->a,
	    .pages = call->b,
	    .owner = back ? MODEL_HYPERVISOR : MODEL_HOST,
	    .other = back ? MODEL_HOST : MODEL_HYPERVISOR,
	};

	switch (model_change(model->memory, &request, NULL).status) {
	case MODEL_DONE:
		return MODEL_FFA_OK;
	case MODEL_INVALID:
		return MODEL_FFA_IP;
	default:
		return MODEL_FFA_DN;
	}
}

static bool known_uuid(const struct call *call)
{
	uint64_t byte = call->a & 0xffU;

	return byte == 0U || (byte >= 0xa0U && byte < 0xa0U + SPMC_PARTITIONS);
}

/* The set of answers; the specification is then as after `seen`. */
static model_ffa_set judge_one(struct model_ffa *model, const struct call *call,
			       const struct effect *effect, model_ffa_set seen)
{
	struct model_ffa_firmware firmware = firmware_of(call, effect, seen);
	uint64_t handle = effect->handle;

	switch ((enum call_kind)call->kind) {
	case CALL_VERSION:
		return model_ffa_version(model, (uint32_t)effect->in[1], seen);
	case CALL_PLAIN:
		return model_ffa_plain(model,
				       call->w == FFA_ID_GET ? MODEL_FFA_1_0 : MODEL_FFA_1_1);
	case CALL_OTHER:
		return MODEL_FFA_NS; /* A5, A6; Q6 */
	case CALL_MAP:
		return model_ffa_rxtx_map(model, call->wide ? call->a : (uint32_t)call->a,
					  call->wide ? call->b : (uint32_t)call->b, call->w,
					  &firmware, seen);
	case CALL_UNMAP:
		return model_ffa_rxtx_unmap(model, call->w, seen);
	case CALL_RELEASE:
		return model_ffa_rx_release(model, seen);
	case CALL_PARTITIONS:
		return model_ffa_partition_info(model, known_uuid(call), call->w, &firmware, seen);
	case CALL_SHARE:
	case CALL_LEND:
	case CALL_DONATE:
		return judge_send(model, call, effect, seen);
	case CALL_FRAGMENT:
		return model_ffa_send_more(model, handle, call_bytes(effect->index),
					   (uint32_t)effect->in[3], call->w, &firmware, seen,
					   &reading);
	case CALL_RECLAIM:
		return model_ffa_reclaim(model, handle, call->w, &firmware, seen);
	case CALL_BORROW:
		return MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN; /* nobody lends to the host */
	case CALL_BIND:
	case CALL_UNBIND:
		return model_ffa_bind(model, call->kind == CALL_BIND, call->w, call->length,
				      call->a, &firmware, seen);
	case CALL_DIRECT:
		return model_ffa_direct(model, call->w, call->length, &firmware);
	case CALL_RESTART:
		model_ffa_restart(model);
		return MODEL_FFA_OK;
	case CALL_GIVE:
	case CALL_RETURN:
		return judge_give(model, call);
	case CALL_PARTNER:
	case CALLS:
		break;
	}
	return MODEL_FFA_OK;
}

/* --- what others' calls explain --- */

static bool overlap(unsigned i, unsigned k)
{
	const struct span *a = &state.effect[i].span, *b = &state.effect[k].span;

	return i != k && a->begin < b->end && b->begin < a->end;
}

/* Calls that change what `call` may stumble over while they are under way. */
static bool disturbs(const struct call *other, const struct call *call)
{
	bool pages = handles(other) || other->kind == CALL_MAP || other->kind == CALL_UNMAP ||
		     other->kind == CALL_GIVE || other->kind == CALL_RETURN;

	return pages && (handles(call) || call->kind == CALL_MAP || call->kind == CALL_UNMAP ||
			 call->kind == CALL_GIVE || call->kind == CALL_RETURN ||
			 call->kind == CALL_RELEASE || call->kind == CALL_PARTITIONS);
}

/* Errors that the call may answer since others were inside (B8, C2: "BZ"), and had claimed pages,
 * room or a transaction that they gave back. They change nothing. */
static model_ffa_set in_passing(unsigned index)
{
	const struct call *call = &state.burst->action[index];
	model_ffa_set set = 0;

	if (call->kind >= CALL_RESTART && call->kind != CALL_GIVE && call->kind != CALL_RETURN)
		return 0;
	for (unsigned k = 0; k < state.burst->count; k++) {
		const struct call *other = &state.burst->action[k];

		if (!overlap(index, k))
			continue;
		if (call->kind < CALL_RESTART && other->kind < CALL_RESTART &&
		    call->kind != CALL_VERSION)
			set |= MODEL_FFA_BZ;
		if (disturbs(other, call))
			set |= MODEL_FFA_DN | MODEL_FFA_IP;
		if (sends(call) && handles(other))
			set |= MODEL_FFA_NM;
		if (call->kind == CALL_VERSION &&
		    (handles(other) || other->kind == CALL_MAP || other->kind == CALL_BIND))
			set |= MODEL_FFA_NS;
	}
	return set;
}

/* --- the order --- */

static void keep(struct moment *moment)
{
	size_t size = world.universe.pages * sizeof(struct model_page);

	if (moment->pages == NULL || state.pages < world.universe.pages) {
		for (unsigned i = 0; i <= BURST_MAX; i++) {
			free(state.before[i].pages);
			state.before[i].pages = malloc(size);
			if (state.before[i].pages == NULL)
				abort();
		}
		state.pages = world.universe.pages;
	}
	moment->model = world.model;
	memcpy(moment->pages, world.universe.model_pages, size);
}

static void go_back(const struct moment *moment)
{
	world.model = moment->model;
	memcpy(world.universe.model_pages, moment->pages,
	       world.universe.pages * sizeof(struct model_page));
}

static size_t transactions(void)
{
	return MODEL_FFA_SLOTS - model_ffa_count(&world.model, MODEL_FFA_NONE);
}

/* What the call finds: there may be no memory, doubtful transactions may have made room, and what
 * firmware keeps of half-sent ones that are gone counts as long as firmware keeps it (Q13). */
static void rules_for(const struct call *call)
{
	size_t doubtful = 0;

	for (size_t slot = 0; slot < MODEL_FFA_SLOTS; slot++)
		doubtful += world.model.slot[slot].phase == MODEL_FFA_HALF &&
			    world.model.slot[slot].doubtful;
	world.rules.slots = world.shape.capacity.transactions + doubtful;
	world.rules.scarce = call->shortage != 0U || world.ffa.host.half_sent != 0U ||
				     world.ffa.stranded != 0U ||
				     transactions() >= world.shape.capacity.transactions
				 ? MODEL_FFA_NM
				 : 0U;
}

/* The mediator may have given up what is half-sent under the handle. */
static void doubt(uint64_t handle)
{
	for (size_t slot = 0; slot < MODEL_FFA_SLOTS; slot++)
		if (handle != 0U && world.model.slot[slot].handle == handle)
			world.model.slot[slot].doubtful = true;
}

/* Q13: "cap per caller, age them, abort through reclaim". Which of the older ones, firmware hears.
 */
static void give_up(const struct call *call, const struct effect *effect)
{
	for (unsigned i = 0; i < effect->log.count; i++)
		if (beside(call, &effect->log.answer[i]))
			doubt(effect->log.answer[i].handle);
}

static bool step(unsigned index, unsigned depth, bool alone)
{
	const struct call *call = &state.burst->action[index];
	const struct effect *effect = &state.effect[index];
	model_ffa_set seen = call_answer(call, effect), allowed, beyond;

	rules_for(call);
	allowed = judge_one(&world.model, call, effect, seen);
	/* A7: "upper half ignored or IP" */
	beyond = handles(call) && call->noise && !call->wide ? MODEL_FFA_IP : 0U;
	beyond |= alone ? 0U : in_passing(index);
	if ((allowed & seen) != 0U) {
		give_up(call, effect);
		return true;
	}
	if ((beyond & seen) != 0U) {
		/* whatever the specification would have done did not happen */
		go_back(&state.before[depth]);
		doubt(call->kind == CALL_FRAGMENT ? effect->handle : 0U);
		give_up(call, effect);
		judge_counts.relaxed++;
		return true;
	}
	if (depth >= state.farthest) {
		unsigned length = (unsigned)snprintf(
		    state.wrong, sizeof(state.wrong), "CPU %u, %s: answered %s, allowed are",
		    call->cpu, call_name((enum call_kind)call->kind), call_answer_name(seen));

		for (unsigned bit = 0; bit < 12U && length < sizeof(state.wrong); bit++)
			if ((allowed >> bit & 1U) != 0U)
				length += (unsigned)snprintf(state.wrong + length,
							     sizeof(state.wrong) - length, " %s",
							     call_answer_name(1U << bit));
		state.farthest = depth;
	}
	return false;
}

/* May it be the next one? Not while one that ended before it began is still to come. */
static bool may_follow(unsigned index)
{
	for (unsigned k = 0; k < state.burst->count; k++)
		if (k != index && !state.done[k] &&
		    state.effect[k].span.end < state.effect[index].span.begin)
			return false;
	return !state.done[index];
}

/* Is the mediator where the specification is by now? NULL, or in what it is not. */
static const char *elsewhere(void)
{
	const struct ffa_endpoint *host = &world.ffa.host;
	const struct model_ffa *model = &world.model;

	if (host->version != model->version)
		return "the version";
	if ((host->buffers.pages != 0U) != model->mapped ||
	    (model->mapped && (host->buffers.tx != model->tx || host->buffers.rx != model->rx ||
			       host->buffers.pages != model->pages)))
		return "the buffers";
	if (model->mapped && (host->buffers.rx_state == FFA_RX_ENDPOINT) != model->full)
		return "the owner of RX";
	for (unsigned i = 0; i < MODEL_FFA_BITS; i++)
		if ((host->bound >> i & 1U) != (model->bound[i] != 0U ? 1U : 0U))
			return "a notification's sender";
	return NULL;
}

/* What the call gave up may be gone already when the next one comes. */
static bool end_doubtful(unsigned index)
{
	const struct effect *effect = &state.effect[index];
	bool any = false;

	for (size_t slot = 0; slot < MODEL_FFA_SLOTS; slot++) {
		const struct model_ffa_transaction *one = &world.model.slot[slot];
		bool named = one->handle == effect->handle;

		for (unsigned k = 0; k < effect->log.count; k++)
			named |= one->handle == effect->log.answer[k].handle;
		if (!named || one->phase != MODEL_FFA_HALF || !one->doubtful)
			continue;
		model_ffa_settle(&world.model, slot, true);
		any = true;
	}
	return any;
}

static bool explain(unsigned depth)
{
	unsigned order[BURST_MAX];

	if (depth == state.burst->count) {
		const char *what = elsewhere();

		if (what != NULL)
			snprintf(state.wrong, sizeof(state.wrong),
				 "then %s is not what the mediator has", what);
		return what == NULL;
	}
	/* those that ended early were early, most of the time */
	for (unsigned i = 0; i < state.burst->count; i++) {
		unsigned at = i;

		for (; at > 0U && state.effect[order[at - 1U]].span.end > state.effect[i].span.end;
		     at--)
			order[at] = order[at - 1U];
		order[at] = i;
	}
	keep(&state.before[depth]);
	for (unsigned i = 0; i < state.burst->count; i++) {
		if (!may_follow(order[i]))
			continue;
		judge_counts.orders++;
		state.done[order[i]] = true;
		if (step(order[i], depth, false) &&
		    (explain(depth + 1U) || (end_doubtful(order[i]) && explain(depth + 1U))))
			return true;
		state.done[order[i]] = false;
		go_back(&state.before[depth]);
	}
	return false;
}

/* A page that the transaction holds; NULL: none. */
static const struct model_page *page_of(size_t slot, uint64_t *address)
{
	for (size_t b = 0; b < world.universe.banks; b++) {
		const struct universe_bank *bank = &world.universe.bank[b];

		for (uint64_t i = 0; i < bank->pages; i++)
			if (world.universe.model_pages[bank->first + i].transaction == slot + 1U) {
				*address = bank->base + i * PAGE;
				return &world.universe.model_pages[bank->first + i];
			}
	}
	return NULL;
}

static bool named(uint64_t handle)
{
	for (unsigned i = 0; i < state.burst->count; i++) {
		const struct spmc_log *log = &state.effect[i].log;

		if (state.effect[i].handle == handle)
			return true;
		for (unsigned k = 0; k < log->count; k++)
			if (log->answer[k].handle == handle)
				return true;
	}
	return false;
}

/* The end of transactions that the mediator is free to end shows in their pages. */
static void settle_by_pages(void)
{
	for (size_t slot = 0; slot < MODEL_FFA_SLOTS; slot++) {
		struct ledger_record record;
		uint64_t address = 0;
		bool back;

		if (world.model.slot[slot].phase != MODEL_FFA_HALF ||
		    !world.model.slot[slot].doubtful || page_of(slot, &address) == NULL)
			continue;
		record = world_record(address);
		back = record.owner == LEDGER_HOST && record.state == LEDGER_OWNED;
		if (!back && record.state != LEDGER_SHARED_QUARANTINED &&
		    record.state != LEDGER_LENT_QUARANTINED)
			continue;
		model_ffa_settle(&world.model, slot, back);
		judge_counts.settled++;
	}
}

/* And of those that have none yet, in how many there are; what the burst names comes first. */
static void settle_by_number(bool of_burst)
{
	for (size_t slot = 0; slot < MODEL_FFA_SLOTS && transactions() > world.ffa.live; slot++) {
		const struct model_ffa_transaction *one = &world.model.slot[slot];
		uint64_t address;

		if (one->phase != MODEL_FFA_HALF || !one->doubtful ||
		    named(one->handle) != of_burst || page_of(slot, &address) != NULL)
			continue;
		model_ffa_settle(&world.model, slot, true);
		judge_counts.settled++;
	}
}

void judge_burst(const struct call_burst *burst, const struct effect *effect)
{
	const char *registers;

	state.burst = burst;
	state.effect = effect;
	state.farthest = 0;
	state.wrong[0] = '\0';
	memset(state.done, 0, sizeof(state.done));
	for (unsigned i = 0; i < burst->count; i++) {
		registers = call_registers(&burst->action[i], &effect[i]);
		if (registers != NULL)
			failure(
			    "registers",
			    "CPU %u, %s: %s (x0 0x%" PRIx64 ", x1 0x%" PRIx64 ", x2 0x%" PRIx64 ")",
			    burst->action[i].cpu, call_name((enum call_kind)burst->action[i].kind),
			    registers, effect[i].x[0], effect[i].x[1], effect[i].x[2]);
	}
	keep(&state.before[0]);
	if (burst->count == 1U ? !step(0, 0, true) : !explain(0))
		failure("answer", "%s%s; %zu transactions live, %zu half-sent, %zu in doubt",
			burst->count > 1U ? "in no order: " : "", state.wrong,
			model_ffa_count(&world.model, MODEL_FFA_LIVE),
			model_ffa_count(&world.model, MODEL_FFA_HALF),
			model_ffa_count(&world.model, MODEL_FFA_LOST));
	if (elsewhere() != NULL)
		failure("state", "%s is not what the mediator has", elsewhere());
	settle_by_pages();
	settle_by_number(true);
	settle_by_number(false);
	if (transactions() != world.ffa.live)
		failure("state", "the mediator has %u transactions, the specification %zu",
			world.ffa.live, transactions());
}

/* --- pages --- */

/* The universe follows the specification, as far as it changed. */
static void follow(void)
{
	struct universe *universe = &world.universe;

	for (size_t b = 0; b < universe->banks; b++) {
		const struct universe_bank *bank = &universe->bank[b];
		uint64_t block = UINT64_MAX;

		for (uint64_t i = 0; i < bank->pages; i++) {
			size_t index = bank->first + i;
			const struct model_page *was = &state.before[0].pages[index];
			const struct model_page *is = &universe->model_pages[index];
			uint64_t at = bank->base + i * PAGE;

			if (universe_alike(was, is))
				continue;
			if (model_access(is, MODEL_HOST) == MODEL_ACCESS_YES)
				universe->host_view[index] |= HOST_MAPPED;
			else if (model_access(is, MODEL_HOST) == MODEL_ACCESS_NO)
				universe->host_view[index] &= (uint8_t)~HOST_MAPPED;
			if (at / BLOCK != block)
				universe_block_changed(universe, bank, at);
			block = at / BLOCK;
		}
	}
}

static void check_reached(void)
{
	struct universe *universe = &world.universe;

	for (size_t i = 0; i < universe->pages; i++) {
		const struct model_page *page = &universe->model_pages[i];
		uint32_t visible = world.spmc.visible[i];
		bool theirs = model_access(page, MODEL_FIRMWARE) != MODEL_ACCESS_NO;

		if (visible != 0U && visible >> 31 == 0U && !theirs)
			failure("reach", "partitions reach page %zu, which is not theirs", i);
		if (visible == 0U && world.shape.honest && page->transaction != 0U &&
		    world.model.slot[page->transaction - 1U].phase == MODEL_FFA_LIVE)
			failure("reach", "page %zu left the host, and no partition has it", i);
	}
	if (!world.shape.honest)
		return;
	if (model_ffa_count(&world.model, MODEL_FFA_LOST) != 0U)
		failure("reach", "honest firmware has something that nobody knows of");
}

void judge_pages(void)
{
	struct universe *universe = &world.universe;

	follow();
	for (unsigned cpu = 0; cpu < UNIVERSE_CPUS; cpu++)
		if (world.locks[cpu] != 0U)
			failure("lock", "CPU %u holds a lock after its call", cpu);
	check_quiet(universe);
	for (unsigned i = 0; i < world.touched_count; i++)
		check_near(universe, world.touched[i].base, world.touched[i].pages);
	world.touched_count = 0;
	check_reached();
}

void judge_all(void)
{
	check_all(&world.universe);
	check_reached();
}
