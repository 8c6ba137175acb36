// SPDX-License-Identifier: Apache-2.0
/* The calls of the host: rows V, B, F, M and questions Q of the catalogue. */
#include "ffa.h"

static const enum model_state shared_state[] = {MODEL_SHARED, MODEL_SHARED_QUARANTINED};
static const enum model_state lent_state[] = {MODEL_LENT, MODEL_LENT_QUARANTINED};

/* --- pages and the transaction that holds them --- */

static bool change_page(struct model *memory, enum model_call call, uint64_t page,
			enum model_state was)
{
	struct model_request request = {.call = call, .base = page, .pages = 1, .was = was};

	request.owner = MODEL_HOST;
	request.other = call == MODEL_PIN || call == MODEL_UNPIN ? MODEL_NOBODY : MODEL_FIRMWARE;
	return model_change(memory, &request, NULL).status == MODEL_DONE;
}

/* Share leaves the page to the host as well; lend and donate do not (Q5, M2). */
static bool is_share(const struct model_ffa_send *send)
{
	return send->kind == MODEL_FFA_SHARE;
}

static void undo_page(struct model *memory, uint64_t page)
{
	enum model_state state = model_page(memory, page)->state;

	if (state == shared_state[1] || state == lent_state[1])
		change_page(memory, MODEL_RELEASE, page,
			    state == shared_state[1] ? MODEL_SHARED : MODEL_LENT);
	else
		change_page(memory, state == MODEL_SHARED ? MODEL_UNSHARE : MODEL_RECLAIM, page,
			    state);
}

/*
 * The ranges of one fragment go to firmware, page by page in their order; where one page cannot,
 * all come back. M1: "DN; state unchanged"; D11: "second claim of same page fails, full rollback";
 * D12, D13: "DN/IP".
 */
static model_ffa_set claim(struct model_ffa *ffa, const struct model_ffa_reading *reading,
			   size_t slot)
{
	enum model_call call = is_share(&reading->send) ? MODEL_SHARE : MODEL_LEND;
	size_t range = 0;
	uint64_t page = 0;

	for (; range < reading->ranges; range++, page = 0)
		for (; page < reading->range[range].pages; page++) {
			uint64_t at = reading->range[range].base + page * MODEL_PAGE_SIZE;

			if (!change_page(ffa->memory, call, at, MODEL_OWNED))
				goto refused;
			model_page(ffa->memory, at)->transaction = (unsigned int)slot + 1;
		}
	return MODEL_FFA_OK;
refused:
	for (;; page = reading->range[range].pages) {
		while (page-- > 0)
			undo_page(ffa->memory, reading->range[range].base + page * MODEL_PAGE_SIZE);
		if (range-- == 0)
			break;
	}
	return MODEL_FFA_DN | MODEL_FFA_IP;
}

/* For every page of a transaction: it comes back, or nobody knows any more. */
static void settle(struct model_ffa *ffa, size_t slot, bool back)
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
			else
				change_page(ffa->memory, MODEL_QUARANTINE, at, page->state);
			page->transaction = back ? 0 : (unsigned int)slot + 1;
		}
	}
}

static void end(struct model_ffa *ffa, size_t slot)
{
	settle(ffa, slot, true);
	ffa->slot[slot] = (struct model_ffa_transaction){.phase = MODEL_FFA_NONE};
}

/* Q3: "keep pages in a QUARANTINED state: neither host-private nor donatable". */
static void lose(struct model_ffa *ffa, size_t slot)
{
	if (ffa->slot[slot].phase != MODEL_FFA_LOST)
		settle(ffa, slot, false);
	ffa->slot[slot].phase = MODEL_FFA_LOST;
}

/* F2: "all earlier pages returned once fw confirms". */
static void give_up(struct model_ffa *ffa, size_t slot, enum model_ffa_outcome undone)
{
	if (undone == MODEL_FFA_REFUSED || undone == MODEL_FFA_UNCLEAR)
		lose(ffa, slot);
	else
		end(ffa, slot);
}

size_t model_ffa_count(const struct model_ffa *ffa, enum model_ffa_phase phase)
{
	size_t count = 0;

	for (size_t i = 0; i < MODEL_FFA_SLOTS; i++)
		count += ffa->slot[i].phase == phase;
	return count;
}

static size_t slot_of(const struct model_ffa *ffa, uint64_t handle)
{
	size_t slot = 0;

	while (slot < MODEL_FFA_SLOTS &&
	       (ffa->slot[slot].phase == MODEL_FFA_NONE || ffa->slot[slot].handle != handle))
		slot++;
	return slot;
}

static size_t free_slot(const struct model_ffa *ffa)
{
	size_t slot = 0;

	while (slot < MODEL_FFA_SLOTS - 1 && ffa->slot[slot].phase != MODEL_FFA_NONE)
		slot++;
	return slot;
}

/* --- answers --- */

/* What a call may answer for what firmware did. Firmware's error is passed on, or fails the call in
 * the mediator's name; an answer that means nothing fails it (A11: "AB/DN", F9, C8: "AB"). */
static model_ffa_set of_firmware(const struct model_ffa_firmware *firmware)
{
	switch (firmware->outcome) {
	case MODEL_FFA_REFUSED:
		return firmware->code | MODEL_FFA_AB | MODEL_FFA_DN;
	case MODEL_FFA_UNCLEAR:
		return MODEL_FFA_AB | MODEL_FFA_DN;
	case MODEL_FFA_UNASKED:
	case MODEL_FFA_GRANTED:
		break;
	}
	return MODEL_FFA_OK;
}

/* M17: memory for tables and records may be short at any call that changes pages. */
static model_ffa_set shortage(const struct model_ffa *ffa)
{
	return ffa->world->scarce ? MODEL_FFA_NM : 0;
}

model_ffa_set model_ffa_unknown(const struct model_ffa *ffa)
{
	(void)ffa;
	return MODEL_FFA_NS; /* A5, A6, Q6 */
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
	if (wrong != 0 && ffa->version == 0 && ffa->world->implemented != 0 &&
	    since == MODEL_FFA_1_0)
		return wrong | MODEL_FFA_OK;
	return wrong != 0 ? wrong : MODEL_FFA_OK;
}

/* --- FFA_VERSION --- */

/* Q1: "only while the caller has no RXTX mapping, no bound notification and no live transaction".
 */
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
	bool lost = model_ffa_count(ffa, MODEL_FFA_LOST) != 0;
	bool other = ffa->version != 0 && requested != ffa->version;
	model_ffa_set allowed = MODEL_FFA_OK;

	/* V1; V14: "NS"; V15: "0.9/0: NS" */
	if (implemented == 0 || requested >> 31 != 0 || requested >> 16 == 0)
		return MODEL_FFA_NS;
	/* V12: "NS; asks 1.1 again -> no error" */
	if (other && holds_version(ffa))
		return MODEL_FFA_NS;
	/* whether what nobody has and nobody gets back is "live", Q1 does not say */
	if (other && lost)
		allowed |= MODEL_FFA_NS;
	/* V15, Q2: 2.0 gets our version; nothing is agreed upon */
	if (seen == MODEL_FFA_OK && requested >> 16 == 1)
		/* V11: "last one wins"; V13: "our version; state := ours" */
		ffa->version = requested < implemented ? requested : implemented;
	return allowed;
}

/* --- buffers --- */

static bool change_buffer(struct model_ffa *ffa, enum model_call call, uint64_t base,
			  uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		if (!change_page(ffa->memory, call, base + i * MODEL_PAGE_SIZE, MODEL_OWNED)) {
			while (call == MODEL_PIN && i-- > 0)
				change_page(ffa->memory, MODEL_UNPIN, base + i * MODEL_PAGE_SIZE,
					    MODEL_OWNED);
			return false;
		}
	return true;
}

/* B3: "EL2 memory, MMIO, hole, above PA limit, page of a VM, page already shared/lent: IP or DN".
 */
static bool pin_buffers(struct model_ffa *ffa, uint64_t tx, uint64_t rx, uint64_t pages)
{
	if (!change_buffer(ffa, MODEL_PIN, tx, pages))
		return false;
	if (change_buffer(ffa, MODEL_PIN, rx, pages))
		return true;
	change_buffer(ffa, MODEL_UNPIN, tx, pages);
	return false;
}

model_ffa_set model_ffa_rxtx_map(struct model_ffa *ffa, uint64_t tx, uint64_t rx, uint32_t count,
				 const struct model_ffa_firmware *firmware, model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);
	uint64_t size = (uint64_t)count * MODEL_PAGE_SIZE, end_of_addresses = UINT64_MAX - size;

	if (wrong != 0)
		return wrong;
	if (ffa->mapped)
		wrong |= MODEL_FFA_DN; /* B5 */
	/* B1; B2: "unaligned, 0 pages, too many pages"; section 8: "RX = TX or overlapping" */
	if (count == 0 || count > ffa->world->pages || tx % MODEL_PAGE_SIZE != 0 ||
	    rx % MODEL_PAGE_SIZE != 0 || tx > end_of_addresses || rx > end_of_addresses ||
	    (tx < rx + size && rx < tx + size))
		wrong |= MODEL_FFA_IP;
	if (wrong != 0)
		return wrong;
	if (!pin_buffers(ffa, tx, rx, count))
		return MODEL_FFA_IP | MODEL_FFA_DN;
	if (seen != MODEL_FFA_OK) {
		change_buffer(ffa, MODEL_UNPIN, tx, count);
		change_buffer(ffa, MODEL_UNPIN, rx, count);
	} else if (of_firmware(firmware) == MODEL_FFA_OK) {
		ffa->mapped = true;
		ffa->full = false;
		ffa->tx = tx;
		ffa->rx = rx;
		ffa->pages = count;
	}
	return of_firmware(firmware) | shortage(ffa);
}

static void unmap(struct model_ffa *ffa)
{
	if (!ffa->mapped)
		return;
	change_buffer(ffa, MODEL_UNPIN, ffa->tx, ffa->pages);
	change_buffer(ffa, MODEL_UNPIN, ffa->rx, ffa->pages);
	ffa->mapped = ffa->full = false;
	/* F12 */
	for (size_t i = 0; i < MODEL_FFA_SLOTS; i++)
		ffa->slot[i].doubtful = true;
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

	if (wrong != 0)
		return wrong;
	if (!ffa->mapped || !ffa->full)
		return MODEL_FFA_DN; /* B12 */
	if (seen == MODEL_FFA_OK)
		ffa->full = false;
	return MODEL_FFA_OK;
}

model_ffa_set model_ffa_partition_info(struct model_ffa *ffa, bool known, uint32_t flags,
				       const struct model_ffa_firmware *firmware,
				       model_ffa_set seen)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0), allowed;
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
	allowed = of_firmware(firmware);
	/* B16: "AB, RX released"; C12: "sanitised" */
	if (firmware->outcome == MODEL_FFA_UNCLEAR)
		allowed |= MODEL_FFA_OK;
	/* "Failed calls do not take RX", and "count only: RX untouched" */
	if (seen == MODEL_FFA_OK && !count)
		ffa->full = true;
	return allowed;
}

/* --- memory transactions --- */

/* M13: "same handle for two live transactions, or bit 63: reject"; 7: "all-ones is invalid". */
static bool acceptable(const struct model_ffa *ffa, uint64_t handle)
{
	return handle >> 63 == 0 && slot_of(ffa, handle) == MODEL_FFA_SLOTS;
}

static bool full_up(const struct model_ffa *ffa)
{
	size_t used = MODEL_FFA_SLOTS - model_ffa_count(ffa, MODEL_FFA_NONE);

	return used >= ffa->world->slots || used == MODEL_FFA_SLOTS;
}

/* Firmware has heard of the pages of a fragment. */
static model_ffa_set go_on(struct model_ffa *ffa, size_t slot,
			   const struct model_ffa_firmware *firmware, bool acceptable_handle)
{
	struct model_ffa_transaction *transaction = &ffa->slot[slot];
	bool complete = transaction->send.received == transaction->send.total;

	if (firmware->outcome == MODEL_FFA_UNCLEAR || !acceptable_handle) {
		/* F9: "pages stay SHARED (safe), transaction quarantined; reply AB" */
		lose(ffa, slot);
		return MODEL_FFA_AB | MODEL_FFA_DN;
	}
	if (firmware->outcome == MODEL_FFA_REFUSED) {
		end(ffa, slot);
		return of_firmware(firmware);
	}
	transaction->phase = complete ? MODEL_FFA_LIVE : MODEL_FFA_HALF;
	return complete ? MODEL_FFA_OK : MODEL_FFA_MORE;
}

model_ffa_set model_ffa_send(struct model_ffa *ffa, const struct model_ffa_reading *reading,
			     bool private, const struct model_ffa_firmware *firmware,
			     model_ffa_set seen, uint64_t handle)
{
	const struct model_ffa_send *send = &reading->send;
	bool complete = send->received == send->total;
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0), claimed;
	size_t slot = free_slot(ffa);

	if (wrong != 0)
		return wrong;
	if (send->kind == MODEL_FFA_DONATE && !ffa->world->donate)
		wrong |= MODEL_FFA_NS;
	if (!ffa->mapped)
		return wrong | MODEL_FFA_IP | MODEL_FFA_DN; /* 14.2: "no TX: IP (O, X: DENIED)" */
	if (private && !ffa->world->private_buffers)
		wrong |= MODEL_FFA_IP; /* D19 */
	wrong |= reading->wrong;
	if (full_up(ffa))
		wrong |= MODEL_FFA_NM; /* M18 */
	if (!complete && model_ffa_count(ffa, MODEL_FFA_HALF) >= ffa->world->half)
		wrong |= MODEL_FFA_NM | MODEL_FFA_BZ; /* F4, F6, Q13 */
	if (wrong != 0)
		return wrong | reading->open;
	if ((reading->open | shortage(ffa)) & seen)
		return reading->open | shortage(ffa);
	claimed = claim(ffa, reading, slot);
	if (claimed != MODEL_FFA_OK)
		return claimed;
	bool trusted = firmware->outcome != MODEL_FFA_GRANTED || acceptable(ffa, firmware->handle);

	ffa->slot[slot] = (struct model_ffa_transaction){
	    .phase = MODEL_FFA_LIVE, .handle = handle, .send = *send};
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
	if (!ffa->mapped)
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN;
	/* F1: "no transaction, stale, foreign handle: IP; no state change"; F5; 14.3: "a wrong
	 * handle or sender leaves the transaction alone" */
	if (slot == MODEL_FFA_SLOTS || transaction->phase != MODEL_FFA_HALF ||
	    (w4 != 0 && w4 != (uint32_t)ffa->world->caller << 16))
		wrong |= MODEL_FFA_IP;
	if (wrong != 0)
		return wrong;
	if (transaction->doubtful)
		doubt = MODEL_FFA_IP | MODEL_FFA_AB;
	reading->send = transaction->send;
	model_ffa_read_more(ffa->world, bytes, length, ffa->pages * MODEL_PAGE_SIZE, reading);
	if (reading->wrong != 0) {
		/* F3: "abandoned or still resumable"; F7: "IP + abort" */
		transaction->doubtful = true;
		return reading->wrong | doubt;
	}
	if ((doubt | shortage(ffa)) & seen)
		return doubt | shortage(ffa);
	claimed = claim(ffa, reading, slot);
	if (claimed != MODEL_FFA_OK) {
		/* F2: "abort whole transaction; answer DN/AB" */
		give_up(ffa, slot, firmware->undone);
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
		return wrong | shortage(ffa);
	if (firmware->outcome == MODEL_FFA_UNCLEAR)
		lose(ffa, slot);
	/* M7: "pages returned exactly as recorded by us"; M6, M12: else they stay where they are */
	if (firmware->outcome == MODEL_FFA_GRANTED && seen == MODEL_FFA_OK)
		end(ffa, slot);
	return of_firmware(firmware) | wrong;
}

model_ffa_set model_ffa_borrow(const struct model_ffa *ffa)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_0);

	return wrong != 0 ? wrong : MODEL_FFA_NS | MODEL_FFA_IP | MODEL_FFA_DN;
}

/* --- notifications and messages --- */

static bool is_partition(const struct model_ffa *ffa, uint16_t endpoint)
{
	for (size_t i = 0; i < ffa->world->partitions; i++)
		if (ffa->world->partition[i] == endpoint)
			return true;
	return false;
}

/* Section 15: "receiver = caller; bitmap 0, self, unknown sender: INVALID_PARAMETERS"; G9, G11. */
static model_ffa_set binding(const struct model_ffa *ffa, uint32_t pair, uint64_t bitmap)
{
	model_ffa_set wrong = refused(ffa, MODEL_FFA_1_1);

	if (wrong != 0)
		return wrong;
	if (!ffa->world->notifications)
		return MODEL_FFA_NS;
	if ((pair & 0xffff) != ffa->world->caller)
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN;
	if (bitmap == 0 || !is_partition(ffa, (uint16_t)(pair >> 16)))
		wrong |= MODEL_FFA_IP;
	return wrong;
}

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

model_ffa_set model_ffa_bind(struct model_ffa *ffa, uint32_t pair, uint32_t flags, uint64_t bitmap,
			     const struct model_ffa_firmware *firmware, model_ffa_set seen)
{
	model_ffa_set wrong = binding(ffa, pair, bitmap);

	if (wrong == MODEL_FFA_NS || ffa->version < MODEL_FFA_1_1)
		return wrong;
	if (flags != 0)
		/* bit 0, per vCPU: "INVALID_PARAMETERS for the flag", "X and O DENIED" */
		wrong |= MODEL_FFA_IP | (flags == 1 ? MODEL_FFA_DN : 0);
	if (!all_bound(ffa, bitmap, 0))
		wrong |= MODEL_FFA_DN; /* G9 */
	if (wrong != 0)
		return wrong;
	if (seen == MODEL_FFA_OK)
		set_bound(ffa, bitmap, (uint16_t)(pair >> 16));
	return of_firmware(firmware);
}

model_ffa_set model_ffa_unbind(struct model_ffa *ffa, uint32_t pair, uint32_t flags,
			       uint64_t bitmap, const struct model_ffa_firmware *firmware,
			       model_ffa_set seen)
{
	model_ffa_set wrong = binding(ffa, pair, bitmap);

	if (wrong == MODEL_FFA_NS || ffa->version < MODEL_FFA_1_1)
		return wrong;
	if (flags != 0)
		wrong |= MODEL_FFA_IP;
	if (!all_bound(ffa, bitmap, (uint16_t)(pair >> 16)))
		wrong |= MODEL_FFA_DN; /* "bits not bound to that sender: DENIED" */
	if (wrong != 0)
		return wrong;
	if (seen == MODEL_FFA_OK)
		set_bound(ffa, bitmap, 0);
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
	if (!is_partition(ffa, to))
		/* G3: "IP/DN by policy"; 10: "VM destination without VM messaging: NS" */
		wrong |= MODEL_FFA_IP | MODEL_FFA_DN | (to >> 15 == 0 ? MODEL_FFA_NS : 0);
	return wrong != 0 ? wrong : of_firmware(firmware);
}

/* --- a host that starts anew --- */

void model_ffa_restart(struct model_ffa *ffa)
{
	/* Q9: "resets the endpoint: version, RXTX, notifications; transactions stay" */
	ffa->version = 0;
	unmap(ffa);
	set_bound(ffa, UINT64_MAX, 0);
	for (size_t i = 0; i < MODEL_FFA_SLOTS; i++)
		ffa->slot[i].doubtful = true;
}

void model_ffa_given_up(struct model_ffa *ffa, size_t slot)
{
	end(ffa, slot);
}
