/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known about one page, in four bytes: the common part of every claim on it. What a claim
 * needs beyond that (lists of borrowers, handles, fragments) lives with the transaction.
 */
#ifndef PORTCULLIS_LEDGER_RECORD_H
#define PORTCULLIS_LEDGER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

/* Who owns or borrows a page. */
enum ledger_party {
	LEDGER_NOBODY = 0,
	LEDGER_HOST = 1,
	LEDGER_HYPERVISOR = 2,
	LEDGER_SECURE = 3, /* firmware and the secure world */
	LEDGER_SEVERAL =
	    4,             /* as borrower: more than one, the transaction that lent it knows whom */
	LEDGER_GUEST = 16, /* and following: guest n is LEDGER_GUEST + n */
};

#define LEDGER_GUESTS (256U - LEDGER_GUEST)

/*
 *   OWNED        the owner alone has access
 *   SHARED       owner and borrower have access
 *   LENT         the borrower has access, the owner has not
 *   *_QUARANTINED  shared or lent, and firmware's last answer left open whether the borrower has
 *                access (any more): the owner keeps what it had, nobody else gets anything
 *   POISONED     nobody has access, for ever: it cannot be taken back
 */
enum ledger_state {
	LEDGER_OWNED = 0,
	LEDGER_SHARED = 1,
	LEDGER_LENT = 2,
	LEDGER_SHARED_QUARANTINED = 3,
	LEDGER_LENT_QUARANTINED = 4,
	LEDGER_POISONED = 5,
};

#define LEDGER_PINS_MAX 255U

/* Aligned, so that it is loaded and stored as a whole. */
struct ledger_record {
	uint8_t owner;    /* enum ledger_party */
	uint8_t borrower; /* LEDGER_NOBODY while OWNED or POISONED */
	uint8_t state;    /* enum ledger_state */
	uint8_t pins;     /* users that rely on the page staying as it is, such as RX/TX buffers */
} __attribute__((aligned(4)));

_Static_assert(sizeof(struct ledger_record) == 4, "four bytes for a page");

/*
 * All of it as one number, in the order that it has in memory on a little-endian CPU, where that is
 * one load: long runs of records are compared.
 */
static inline uint32_t ledger_record_word(struct ledger_record r)
{
	return r.owner | (uint32_t)r.borrower << 8 | (uint32_t)r.state << 16 |
	       (uint32_t)r.pins << 24;
}

static inline bool ledger_record_equal(struct ledger_record a, struct ledger_record b)
{
	return ledger_record_word(a) == ledger_record_word(b);
}

/* May `party` touch a page of this record? */
static inline bool ledger_record_access(struct ledger_record record, enum ledger_party party)
{
	switch ((enum ledger_state)record.state) {
	case LEDGER_OWNED:
		return record.owner == party;
	case LEDGER_SHARED:
	case LEDGER_SHARED_QUARANTINED:
		return record.owner == party || record.borrower == party;
	case LEDGER_LENT:
	case LEDGER_LENT_QUARANTINED:
		return record.borrower == party;
	case LEDGER_POISONED:
		break;
	}
	return false;
}

#endif
