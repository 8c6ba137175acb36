// SPDX-License-Identifier: Apache-2.0
/* The calls of the host: rows V, B, F, M and questions Q of the catalogue. */
#include "ffa.h"

/* --- pages and the transaction that holds them --- */

static bool change_page(struct model *memory, model_party owner, enum model_call call,
			uint64_t page, enum model_state was)
{
	struct model_request request = {
	    .call = call, .base = page, .pages = 1, .owner = owner, .was = was};

	if (call != MODEL_PIN && call != MODEL_UNPIN)
		request.other = owner == MODEL_HOST ? MODEL_FIRMWARE : MODEL_HOST;
	return model_change(memory, &request, NULL).status == MODEL_DONE;
}

/* 14.1: share leaves the page to the host as well; lend and donate do not (Q5, M2). */
static const enum model_call gives[] = {
    [MODEL_FFA_SHARE] = MODEL_SHARE,
    [MODEL_FFA_LEND] = MODEL_LEND,
    [MODEL_FFA_DONATE] = MODEL_DONATE,
};

static void undo_page(struct model *memory, uint64_t page)
{
	static const enum model_call takes[] = {
	    [MODEL_OWNED] = MODEL_DONATE,
	    [MODEL_SHARED] = MODEL_UNSHARE,
	    [MODEL_LENT] = MODEL_RECLAIM,
	    [MODEL_SHARED_QUARANTINED] = MODEL_RELEASE,
	    [MODEL_LENT_QUARANTINED] = MODEL_RELEASE,
	};
	const struct model_page *was = model_page(memory, page);

	change_page(memory, was->owner, takes[was->state], page,
		    was->state == MODEL_SHARED_QUARANTINED ? MODEL_SHARED : MODEL_LENT);
}

/* The first pages of a fragment, in their order, go to firmware or come back; how many did. */
static uint64_t move(struct model_ffa *ffa, const struct model_ffa_reading *reading, size_t slot,
		     bool back, uint64_t limit)
{
	uint64_t done = 0;

	for (size_t n = 0; n < reading->ranges; n++)
		for (uint64_t k = 0; k < reading->range[n].pages && done < limit; k++, done++) {
			uint64_t at = reading->range[n].base + k * MODEL_PAGE_SIZE;

			if (back)
				undo_page(ffa->memory, at);
			else if (!change_page(ffa->memory, MODEL_HOST, gives[reading->send.kind],
					      at, MODEL_OWNED))
				return done;
			model_page(ffa->memory, at)->transaction =
			    back ? 0 : (unsigned int)slot + 1;
		}
	return done;
}

/* All of them or none. M1: "DN; state unchanged"; D11: "second claim of same page fails, full
 * rollback"; D12, D13: "DN/IP". */
static model_ffa_set claim(struct model_ffa *ffa, const struct model_ffa_reading *reading,
			   size_t slot)
{
	uint64_t pages = 0, done;

	for (size_t i = 0; i < reading->ranges; i++)
		pages += reading->range[i].pages;
	done = move(ffa, reading, slot, false, pages);
	if (done == pages)
		return MODEL_FFA_OK;
	move(ffa, reading, slot, true, done);
	return MODEL_FFA_DN | MODEL_FFA_IP;
}

/* For every page of a transaction: it comes back, or (Q3) is "in a QUARANTINED state: neither
 * host-private nor donatable". */
void model_ffa_settle(struct model_ffa *ffa, size_t slot, bool back)
{
	for (size_t b = 0; b < ffa->memory->banks; b++) {
		const struct model_bank *bank = &ffa->memory->bank[b];

		for (uint64_t i = 0; i < bank->pages; i++) {
			struct model_page *page = &bank->page[i];
			uint64_t at = bank->base + i * MODEL_PAGE_SIZE;

			if (page->transaction != slot + 1)
				continue;
			if (back)
				undo_page(ffa->memory, at);
			else if (page->owner == MODEL_HOST &&
				 ffa->slot[slot].phase != MODEL_FFA_LOST)
				change_page(ffa->memory, MODEL_HOST, MODEL_QUARANTINE, at,
					    page->state);
			page->transaction = back ? 0 : (unsigned int)slot + 1;
		}
	}
	if (back)
		ffa->slot[slot] = (struct model_ffa_transaction){.phase = MODEL_FFA_NONE};
	else
		ffa->slot[slot].phase = MODEL_FFA_LOST;
}

size_t model_ffa_count(const struct model_ffa *ffa, enum model_ffa_phase phase)
{
	size_t count = 0;

	for (size_t i = 0; i < MODEL_FFA_SLOTS; i++)
		count += ffa->slot[i].phase == phase;
	return count;
}

/* All-ones is no handle (section 7). */
static size_t slot_of(const struct model_ffa *ffa, uint64_t handle)
{
	size_t slot = handle == UINT64_MAX ? MODEL_FFA_SLOTS : 0;

	while (slot < MODEL_FFA_SLOTS &&
	       (ffa->slot[slot].phase == MODEL_FFA_NONE || ffa->slot[slot].handle != handle))
		slot++;
	return slot;
}

/* --- answers --- */

/* What a call may answer for what firmware did. Firmware's error is passed on, or fails the call in
 * the mediator's name; an answer that means nothing fails it (A11: "AB/DN", F9, C8: "AB"). */
static model_ffa_set of_firmware(const struct model_ffa_firmware *firmware)
{
	if (firmware->outcome == MODEL_FFA_REFUSED)
		return firmware->code | MODEL_FFA_AB | MODEL_FFA_DN;
	return firmware->outcome == MODEL_FFA_UNCLEAR ? MODEL_FFA_AB | MODEL_FFA_DN : MODEL_FFA_OK;
}

/* Q6: absent; V17 and "calls before negotiation: C: NOT_SUPPORTED"; a function is as old as it is.
 */
static model_ffa_set refused(const struct model_ffa *ffa, uint32_t since)
{
	if (ffa->world->implemented < since)
		return MODEL_FFA_NS;
	if (ffa->version == 0)
		return MODEL_FFA_NS | MODEL_FFA_IP;
	return ffa->version < since ? MODEL_FFA_NS : 0;
}

model_ffa_set model_ffa_plain(const struct model_ffa *ffa, uint32_t since)
{
	model_ffa_set wrong = refused(ffa, since);

	/* V17: "either answered as v1.0 caller, or error" */
	if (wrong == 0 ||
	    (ffa->version == 0 && ffa->world->implemented != 0 && since == MODEL_FFA_1_0))
		wrong |= MODEL_FFA_OK;
	return wrong;
}

/* B4: "pages that straddle two regions: ok or IP". */
static model_ffa_set straddling(const struct model_ffa *ffa, const struct model_ffa_range *range,
				size_t count)
{
	while (count-- > 0) {
		uint64_t last = range[count].base + (range[count].pages - 1) * MODEL_PAGE_SIZE;

		if (model_bank(ffa->memory, range[count].base) != model_bank(ffa->memory, last))
			return MODEL_FFA_IP;
	}
	return 0;
}

/* --- FFA_VERSION --- */

/* Q1: "only while the caller has no RXTX mapping, bound notification or live transaction". */
static bool holds_version(const struct model_ffa *ffa)
{
	bool bound = false;

	for (size_t i = 0; i < MODEL_FFA_BITS; i++)
		bound |= ffa->bound[i] != 0;
	return ffa->mapped || bound || model_ffa_count(ffa, MODEL_FFA_HALF) != 0 ||
	       model_ffa_count(ffa, MODEL_FFA_LIVE) != 0;
}

model_ffa_set model_ffa_version(struct model_ffa *ffa, uint32_t requested, model_ffa_set seen)
{
	uint32_t implemented = ffa->world->implemented;
	bool other = ffa->version != 0 && requested != ffa->version;

	/* V1; V14: "NS"; V15: "0.9/0: NS" */
	if (implemented == 0 || requested >> 31 != 0 || requested >> 16 == 0)
		return MODEL_FFA_NS;
	/* V12: "NS; asks 1.1 again -> no error" */
	if (other && holds_version(ffa))
		return MODEL_FFA_NS;
	/* V15, Q2: 2.0 gets our version; nothing is agreed upon */
	if (seen == MODEL_FFA_OK && requested >> 16 == 1)
		/* V11: "last one wins"; V13: "our version; state := ours" */
		ffa->version = requested < implemented ? requested : implemented;
	/* whether what nobody has and nobody gets back is "live", Q1 does not say */
	return MODEL_FFA_OK | (other && model_ffa_count(ffa, MODEL_FFA_LOST) ? MODEL_FFA_NS : 0);
}

/* --- buffers --- */

/* Pages of both buffers, in the order of their numbers; how many could be changed. */
static uint64_t change_buffers(struct model_ffa *ffa, enum model_call call, uint64_t tx,
			       uint64_t rx, uint64_t pages, uint64_t limit)
{
	uint64_t done = 0;

	for (; done < limit; done++) {
		uint64_t page = (done < pages ? tx : rx) + done % pages * MODEL_PAGE_SIZE;

		if (!change_page(ffa->memory, MODEL_HOST, call, page, MODEL_OWNED))
			break;
	}
	return done;
}

model_ffa_set model_ffa_rxtx_map(struct model_ffa *ffa, uint64_t tx, uint64_t rx, uint32_t count,
				 const struct model_ffa_firmware *firmware, model_ffa_set seen)
{
	const struct model_ffa_range buffer[] = {{tx, count}, {rx, count}};
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	uint64_t size = (uint64_t)count * MODEL_PAGE_SIZE, last = UINT64_MAX - size;

	if (wrong != 0)
		return wrong;
	if (ffa->mapped)
		wrong |= MODEL_FFA_DN; /* B5 */
	/* B1; B2: "unaligned, 0 pages, too many pages"; section 8: "RX = TX or overlapping" */
	if (count == 0 || count > ffa->world->pages || tx % MODEL_PAGE_SIZE != 0 ||
	    rx % MODEL_PAGE_SIZE != 0 || tx > last || rx > last ||
	    (tx < rx + size && rx < tx + size))
		wrong |= MODEL_FFA_IP;
	if (wrong != 0)
		return wrong;
	/* B3: "EL2 memory, MMIO, hole, page of a VM, page already shared/lent: IP or DN" */
	uint64_t pinned = change_buffers(ffa, MODEL_PIN, tx, rx, count, 2 * (uint64_t)count);

	if (pinned < 2 * (uint64_t)count || seen != MODEL_FFA_OK)
		change_buffers(ffa, MODEL_UNPIN, tx, rx, count, pinned);
	if (pinned < 2 * (uint64_t)count)
		return MODEL_FFA_IP | MODEL_FFA_DN;
	if (seen == MODEL_FFA_OK && of_firmware(firmware) == MODEL_FFA_OK) {
		ffa->mapped = true;
		ffa->tx = tx;
		ffa->rx = rx;
		ffa->pages = count;
	}
	return of_firmware(firmware) | ffa->world->scarce | straddling(ffa, buffer, 2);
}

static void unmap(struct model_ffa *ffa)
{
	change_buffers(ffa, MODEL_UNPIN, ffa->tx, ffa->rx, ffa->pages, 2 * ffa->pages);
	ffa->mapped = ffa->full = false;
	ffa->pages = 0;
	for (size_t i = 0; i < MODEL_FFA_SLOTS; i++)
		ffa->slot[i].doubtful = true; /* F12 */
}

/* B7: "unmap with w1 != 0 / not mapped / twice: IP", but clients exist that name themselves. */
model_ffa_set model_ffa_rxtx_unmap(struct model_ffa *ffa, uint32_t w1, model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	bool named = w1 == (uint32_t)ffa->world->caller << 16;

	if (wrong != 0)
		return wrong;
	if (!ffa->mapped || (w1 != 0 && !named))
		return MODEL_FFA_IP;
	/* also while RX is full: "unmap and drop" */
	if (seen == MODEL_FFA_OK)
		unmap(ffa);
	return MODEL_FFA_OK | (named ? MODEL_FFA_IP : 0);
}

model_ffa_set model_ffa_rx_release(struct model_ffa *ffa, model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);

	if (wrong == 0 && (!ffa->mapped || !ffa->full))
		wrong = MODEL_FFA_DN; /* B12 */
	if (wrong == 0 && seen == MODEL_FFA_OK)
		ffa->full = false;
	return wrong != 0 ? wrong : MODEL_FFA_OK;
}

model_ffa_set model_ffa_partition_info(struct model_ffa *ffa, bool known, uint32_t flags,
				       const struct model_ffa_firmware *firmware,
				       model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	bool count = (flags & 1) != 0;

	if (wrong != 0)
		return wrong;
	/* 9.1: "MBZ for 1.0 callers; other bits: INVALID_PARAMETERS" */
	if (flags > 1 || (count && ffa->version == MODEL_FFA_1_0) || !known)
		wrong |= MODEL_FFA_IP;
	if (!count && !ffa->mapped)
		wrong |= MODEL_FFA_BZ | MODEL_FFA_DN; /* 9.1: "BUSY, DENIED (X)" */
	if (!count && ffa->full)
		wrong |= MODEL_FFA_BZ; /* B11 */
	if (wrong != 0)
		return wrong;
	/* "Failed calls do not take RX", and "count only: RX untouched" */
	if (seen == MODEL_FFA_OK && !count)
		ffa->full = true;
	/* B16: "AB, RX released"; C12: "sanitised" */
	return of_firmware(firmware) | (firmware->outcome == MODEL_FFA_UNCLEAR ? MODEL_FFA_OK : 0);
}

/* --- memory transactions --- */

/* M13: "same handle for two live transactions, or bit 63: reject"; 7: "all-ones is invalid". */
static bool acceptable(const struct model_ffa *ffa, uint64_t handle)
{
	return handle >> 63 == 0 && slot_of(ffa, handle) == MODEL_FFA_SLOTS;
}

/* Firmware has heard of the pages of a fragment. */
static model_ffa_set go_on(struct model_ffa *ffa, size_t slot,
			   const struct model_ffa_firmware *firmware, bool acceptable_handle)
{
	struct model_ffa_transaction *transaction = &ffa->slot[slot];
	bool complete = transaction->send.received == transaction->send.total;

	if (firmware->outcome == MODEL_FFA_UNCLEAR || !acceptable_handle) {
		/* F9: "pages stay SHARED (safe), transaction quarantined; reply AB" */
		model_ffa_settle(ffa, slot, false);
		return MODEL_FFA_AB | MODEL_FFA_DN;
	}
	if (firmware->outcome == MODEL_FFA_REFUSED) {
		if (firmware->begun)
			transaction->doubtful = true; /* F2: "returned once fw confirms" */
		else
			model_ffa_settle(ffa, slot, true);
		return of_firmware(firmware);
	}
	if (complete)
		transaction->phase = MODEL_FFA_LIVE;
	return complete ? MODEL_FFA_OK : MODEL_FFA_MORE;
}

model_ffa_set model_ffa_send(struct model_ffa *ffa, const struct model_ffa_reading *reading,
			     bool private, const struct model_ffa_firmware *firmware,
			     model_ffa_set seen, uint64_t handle)
{
	const struct model_ffa_send *send = &reading->send;
	bool complete = send->received == send->total;
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0), claimed;
	size_t slot = 0, half = model_ffa_count(ffa, MODEL_FFA_HALF);
	model_ffa_set open = reading->open | ffa->world->scarce;

	if (!complete && half != 0)
		open |= MODEL_FFA_NM | MODEL_FFA_BZ;
	if (wrong != 0)
		return wrong;
	if (send->kind == MODEL_FFA_DONATE && !ffa->world->donate)
		wrong |= MODEL_FFA_NS;
	if (!ffa->mapped)
		return wrong | MODEL_FFA_IP | MODEL_FFA_DN; /* 14.2: "no TX: IP (O, X: DENIED)" */
	if (private && !ffa->world->private_buffers)
		wrong |= MODEL_FFA_IP; /* D19 */
	wrong |= reading->wrong;
	if (MODEL_FFA_SLOTS - model_ffa_count(ffa, MODEL_FFA_NONE) >= ffa->world->slots)
		wrong |= MODEL_FFA_NM; /* M18 */
	/* F4, F6, Q13: "limited number in flight: NM"; how many, the mediator says */
	if (!complete && half >= ffa->world->half)
		wrong |= MODEL_FFA_NM | MODEL_FFA_BZ;
	if (wrong != 0)
		return wrong | open;
	open |= straddling(ffa, reading->range, reading->ranges);
	if (open & seen)
		return open;
	while (ffa->slot[slot].phase != MODEL_FFA_NONE)
		slot++;
	bool trusted = firmware->outcome != MODEL_FFA_GRANTED || acceptable(ffa, firmware->handle);

	claimed = claim(ffa, reading, slot);
	if (claimed != MODEL_FFA_OK)
		return claimed;
	ffa->slot[slot] = (struct model_ffa_transaction){
	    .phase = MODEL_FFA_HALF, .handle = handle, .send = *send};
	return go_on(ffa, slot, firmware, trusted);
}

model_ffa_set model_ffa_send_more(struct model_ffa *ffa, uint64_t handle, const uint8_t *bytes,
				  uint32_t length, uint32_t w4,
				  const struct model_ffa_firmware *firmware, model_ffa_set seen,
				  struct model_ffa_reading *reading)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0), doubt = 0, claimed;
	size_t slot = slot_of(ffa, handle);
	struct model_ffa_transaction *transaction = &ffa->slot[slot];

	if (wrong != 0)
		return wrong;
	/* F1: "no transaction, stale, foreign handle: IP; no state change"; F5; 14.3: "a wrong
	 * handle or sender leaves the transaction alone" */
	wrong = ffa->mapped ? 0 : MODEL_FFA_IP | MODEL_FFA_DN;
	if (slot == MODEL_FFA_SLOTS || transaction->phase != MODEL_FFA_HALF ||
	    (w4 != 0 && w4 != (uint32_t)ffa->world->caller << 16))
		wrong |= MODEL_FFA_IP;
	if (wrong != 0)
		return wrong;
	if (transaction->doubtful)
		doubt = MODEL_FFA_IP | MODEL_FFA_AB | MODEL_FFA_DN;
	reading->send = transaction->send;
	model_ffa_read_more(ffa->world, bytes, length, ffa->pages * MODEL_PAGE_SIZE, reading);
	if (reading->wrong != 0) {
		/* F3: "abandoned or still resumable"; F7: "IP + abort" */
		transaction->doubtful = true;
		return reading->wrong | doubt;
	}
	doubt |= ffa->world->scarce | straddling(ffa, reading->range, reading->ranges);
	if ((doubt & seen) != 0 && firmware->outcome == MODEL_FFA_UNASKED) {
		transaction->doubtful = true;
		return doubt;
	}
	claimed = claim(ffa, reading, slot);
	if (claimed != MODEL_FFA_OK) {
		/* F2: "abort whole transaction; answer DN/AB" */
		transaction->doubtful = true;
		return MODEL_FFA_DN | MODEL_FFA_AB | MODEL_FFA_IP;
	}
	transaction->send = reading->send;
	return go_on(ffa, slot, firmware, true);
}

model_ffa_set model_ffa_reclaim(struct model_ffa *ffa, uint64_t handle, uint32_t flags,
				const struct model_ffa_firmware *firmware, model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	size_t slot = slot_of(ffa, handle);
	struct model_ffa_transaction *transaction = &ffa->slot[slot];

	if (wrong != 0)
		return wrong;
	/* M4, M5; M11: "reserved: IP" */
	if (slot == MODEL_FFA_SLOTS || flags >> 2 != 0)
		return MODEL_FFA_IP;
	/* bit 1, time slice, is optional; 14.5: "send incomplete: IP", but Q13: "abort through
	 * reclaim"; of what is lost the catalogue does not say that it can be had back */
	if ((flags & 2) != 0 || transaction->phase != MODEL_FFA_LIVE)
		wrong |= MODEL_FFA_IP;
	if (transaction->phase == MODEL_FFA_LOST)
		wrong |= MODEL_FFA_DN | MODEL_FFA_AB;
	if (firmware->outcome == MODEL_FFA_UNASKED)
		return wrong;
	if (firmware->outcome == MODEL_FFA_UNCLEAR)
		model_ffa_settle(ffa, slot, false);
	/* M7: "pages returned exactly as recorded by us"; M6, M12: else they stay where they are */
	if (firmware->outcome == MODEL_FFA_GRANTED && seen == MODEL_FFA_OK)
		model_ffa_settle(ffa, slot, true);
	return of_firmware(firmware) | wrong;
}

/* --- notifications and messages --- */

static bool all_bound(const struct model_ffa *ffa, uint64_t bitmap, uint16_t sender)
{
	for (size_t i = 0; i < MODEL_FFA_BITS; i++)
		if ((bitmap >> i & 1) != 0 && ffa->bound[i] != sender)
			return false;
	return true;
}

static void set_bound(struct model_ffa *ffa, uint64_t bitmap, uint16_t sender)
{
	for (size_t i = 0; i < MODEL_FFA_BITS; i++)
		if ((bitmap >> i & 1) != 0)
			ffa->bound[i] = sender;
}

/* Section 15: "receiver = caller; bitmap 0, self, unknown sender: INVALID_PARAMETERS"; G9, G11. */
model_ffa_set model_ffa_bind(struct model_ffa *ffa, bool bind, uint32_t pair, uint32_t flags,
			     uint64_t bitmap, const struct model_ffa_firmware *firmware,
			     model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_1);
	uint16_t sender = (uint16_t)(pair >> 16);

	if (wrong != 0)
		return wrong;
	if (!ffa->world->notifications)
		return MODEL_FFA_NS;
	if ((pair & 0xffff) != ffa->world->caller)
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN;
	if (bitmap == 0 || !model_ffa_is_partition(ffa->world, sender))
		wrong |= MODEL_FFA_IP;
	if (flags != 0)
		/* bit 0, per vCPU: "INVALID_PARAMETERS for the flag", "X and O DENIED" */
		wrong |= MODEL_FFA_IP | (bind && flags == 1 ? MODEL_FFA_DN : 0);
	/* "any bit already bound: DENIED"; "bits not bound to that sender: DENIED" */
	if (!all_bound(ffa, bitmap, bind ? 0 : sender))
		wrong |= MODEL_FFA_DN;
	if (wrong != 0)
		return wrong;
	if (seen == MODEL_FFA_OK)
		set_bound(ffa, bitmap, bind ? sender : 0);
	return of_firmware(firmware);
}

model_ffa_set model_ffa_direct(const struct model_ffa *ffa, uint32_t pair, uint32_t flags,
			       const struct model_ffa_firmware *firmware)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	uint16_t to = (uint16_t)(pair & 0xffff);

	if (wrong != 0)
		return wrong;
	if (pair >> 16 != ffa->world->caller)
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN; /* G1 */
	if (flags != 0)
		/* G2: "DN/IP; only EL2 sends" framework messages; the rest MBZ */
		wrong |= MODEL_FFA_IP | (flags >> 31 != 0 ? MODEL_FFA_DN : 0);
	if (!model_ffa_is_partition(ffa->world, to))
		/* G3: "IP/DN by policy"; 10: "VM destination without VM messaging: NS" */
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN | (to >> 15 == 0 ? MODEL_FFA_NS : 0);
	return wrong != 0 ? wrong : of_firmware(firmware);
}

void model_ffa_restart(struct model_ffa *ffa)
{
	/* Q9: "resets the endpoint: version, RXTX, notifications; transactions stay" */
	ffa->version = 0;
	unmap(ffa);
	set_bound(ffa, UINT64_MAX, 0);
}
