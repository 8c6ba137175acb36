// SPDX-License-Identifier: Apache-2.0
#include "core/host/memory.h"

#include "core/log/log.h"

#define VERSION_1_0 0x10000U

static int32_t status_of(enum ledger_status status)
{
	switch (status) {
	case LEDGER_OK:
		return HOST_MEMORY_SUCCESS;
	case LEDGER_INVALID:
		return HOST_MEMORY_INVALID_PARAMETERS;
	case LEDGER_DENIED:
		return HOST_MEMORY_DENIED;
	case LEDGER_NO_MEMORY:
		return HOST_MEMORY_NO_MEMORY;
	}
	return HOST_MEMORY_DENIED;
}

static const char *name_of(uint32_t fid)
{
	switch (fid) {
	case HOST_MEMORY_DONATE:
		return "DONATE";
	case HOST_MEMORY_SHARE:
		return "SHARE";
	case HOST_MEMORY_UNSHARE:
		return "UNSHARE";
	default:
		return "RETURN";
	}
}

/* One line for each refusal, but no flood: a host that insists must not fill the console. */
static void complain(struct host_memory *memory, uint32_t fid, const struct ledger_answer *answer)
{
	log_limited(&memory->complaints, "mem", "refused",
		    "%s of the host refused at page 0x%llx: %s", name_of(fid),
		    (unsigned long long)answer->page, ledger_rule_words(answer->rule));
}

static struct ledger_answer change(struct ledger *ledger, uint32_t fid, uint64_t base,
				   uint64_t size)
{
	switch (fid) {
	case HOST_MEMORY_DONATE:
		return ledger_donate(ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, fid);
	case HOST_MEMORY_SHARE:
		return ledger_share(ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, fid);
	case HOST_MEMORY_UNSHARE:
		return ledger_unshare(ledger, base, size, LEDGER_HOST, LEDGER_HYPERVISOR, fid);
	default:
		/* what the hypervisor uses itself is pinned, so it can never be had this way */
		return ledger_donate(ledger, base, size, LEDGER_HYPERVISOR, LEDGER_HOST, fid);
	}
}

void host_memory_call(struct host_memory *memory, struct ledger *ledger, struct smccc_call *call)
{
	uint64_t base, pages;
	struct ledger_answer answer;

	if (call->fid == HOST_MEMORY_VERSION) {
		smccc_return32(call, 0, VERSION_1_0);
		return;
	}
	if (!call->smc64 || call->number == (HOST_MEMORY_VERSION & 0xffffU)) {
		smccc_return_unknown(call);
		return;
	}
	base = smccc_argument(call, 1);
	pages = smccc_argument(call, 2);
	if (pages > UINT64_MAX / LEDGER_PAGE)
		answer = (struct ledger_answer){LEDGER_INVALID, LEDGER_RULE_RANGE, base};
	else
		answer = change(ledger, call->fid, base, pages * LEDGER_PAGE);
	smccc_return_status(call, status_of(answer.status));
	if (answer.status == LEDGER_OK)
		return;
	smccc_return64(call, 1, answer.rule);
	smccc_return64(call, 2, answer.page);
	complain(memory, call->fid, &answer);
}
