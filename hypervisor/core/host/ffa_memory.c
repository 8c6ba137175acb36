// SPDX-License-Identifier: Apache-2.0
/* What becomes of the host's pages in calls of FF-A: transitions of the mediator as the ledger's.
 */
#include "core/host/ffa.h"
#include "core/machine.h"

_Static_assert(sizeof(struct ffa_range) == sizeof(struct ledger_range) &&
		   offsetof(struct ffa_range, base) == offsetof(struct ledger_range, base) &&
		   offsetof(struct ffa_range, pages) == offsetof(struct ledger_range, pages),
	       "one is used as the other");

#define RECORD(who, whom, what) {.owner = (who), .borrower = (whom), .state = (what)}
#define OWNED                   RECORD(LEDGER_HOST, LEDGER_NOBODY, LEDGER_OWNED)
#define SHARED                  RECORD(LEDGER_HOST, LEDGER_SECURE, LEDGER_SHARED)
#define LENT                    RECORD(LEDGER_HOST, LEDGER_SECURE, LEDGER_LENT)
#define DONATED                 RECORD(LEDGER_SECURE, LEDGER_NOBODY, LEDGER_OWNED)
#define SHARED_DOUBT            RECORD(LEDGER_HOST, LEDGER_SECURE, LEDGER_SHARED_QUARANTINED)
#define LENT_DOUBT              RECORD(LEDGER_HOST, LEDGER_SECURE, LEDGER_LENT_QUARANTINED)

/* How a transition can end apart from LEDGER_OK; anything else is a fault of our own. */
enum failure {
	ANY,    /* it is for the ledger to judge */
	MEMORY, /* page tables may be short */
	NONE,
};

static const struct {
	struct ledger_record expect, set;
	int pin;
	bool keep; /* what is given away will be taken back, perhaps in pieces */
	enum failure failure;
} moves[] = {
    [FFA_PIN] = {OWNED, OWNED, 1, false, ANY},
    [FFA_UNPIN] = {OWNED, OWNED, -1, false, NONE},
    [FFA_GIVE_SHARED] = {OWNED, SHARED, 0, true, ANY},
    [FFA_GIVE_LENT] = {OWNED, LENT, 0, true, ANY},
    [FFA_GIVE_DONATED] = {OWNED, DONATED, 0, true, ANY},
    [FFA_TAKE_SHARED] = {SHARED, OWNED, 0, false, MEMORY},
    [FFA_TAKE_LENT] = {LENT, OWNED, 0, false, MEMORY},
    [FFA_TAKE_DONATED] = {DONATED, OWNED, 0, false, MEMORY},
    [FFA_DOUBT_SHARED] = {SHARED, SHARED_DOUBT, 0, true, NONE},
    [FFA_DOUBT_LENT] = {LENT, LENT_DOUBT, 0, true, NONE},
    [FFA_CLEAR_SHARED] = {SHARED_DOUBT, OWNED, 0, false, MEMORY},
    [FFA_CLEAR_LENT] = {LENT_DOUBT, OWNED, 0, false, MEMORY},
};

static enum ffa_error error_of(enum ledger_status status)
{
	switch (status) {
	case LEDGER_OK:
		return FFA_OK;
	case LEDGER_INVALID:
		return FFA_INVALID_PARAMETERS;
	case LEDGER_DENIED:
		return FFA_DENIED;
	case LEDGER_NO_MEMORY:
		return FFA_NO_MEMORY;
	}
	return FFA_DENIED;
}

enum ffa_error host_ffa_pages(void *context, uint16_t endpoint, enum ffa_transition transition,
			      const struct ffa_range *ranges, uint32_t count, uint32_t fid,
			      uint32_t *refused)
{
	struct host_ffa *host = context;
	struct ledger_change change = {
	    .expect = moves[transition].expect,
	    .set = moves[transition].set,
	    .pin = moves[transition].pin,
	    .cause = fid,
	};
	struct ledger_answer answer = ledger_apply_ranges(host->ledger, (const void *)ranges, count,
							  &change, moves[transition].keep, refused);

	(void)endpoint;
	if (answer.status == LEDGER_OK)
		return FFA_OK;
	INVARIANT(moves[transition].failure == ANY ||
		  (moves[transition].failure == MEMORY && answer.status == LEDGER_NO_MEMORY));
	log_limited(&host->complaints, "ffa", "ffa-pages",
		    "0x%08x of the host refused at page 0x%llx: %s", fid,
		    (unsigned long long)answer.page, ledger_rule_words(answer.rule));
	return error_of(answer.status);
}

void host_ffa_zero(void *context, uint16_t endpoint, const struct ffa_range *ranges, uint32_t count)
{
	(void)context;
	(void)endpoint;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t page = 0; page < ranges[i].pages; page++)
			machine_host_zero(ranges[i].base + page * LEDGER_PAGE);
}
