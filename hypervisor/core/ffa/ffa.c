/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ffa/ffa.h"
#include "core/log/log.h"

#define MAJOR(version) (((version) >> 16) & 0x7fffU)

#define QUERY_FUNCTION 0x80000000U /* FFA_FEATURES: w1 names a function, not a feature */

/* FFA_VERSION from 1.3 on: w2[1:0] is 0 to negotiate, 1 to ask without consequence, or this: */
#define VERSION_QUERY_NEGOTIATED 2U

typedef void ffa_handler_fn(struct ffa *ffa, struct ffa_endpoint *caller, struct smccc_call *call);

struct ffa_function {
	ffa_handler_fn *handle;
	uint32_t since; /* lowest version of the caller; 0: callable before any FFA_VERSION */
	bool smc32, smc64;
};

/* The version that a caller speaks, without the lock: another CPU of it may be changing it. */
static uint32_t spoken(const struct ffa_endpoint *caller)
{
	return __atomic_load_n(&caller->version, __ATOMIC_RELAXED);
}

/* A reply without data beyond w2: x1..x7 are reserved and zero, x8..x17 stay the caller's. */
static void reply(struct smccc_call *call, uint32_t w0, uint32_t w2)
{
	smccc_return32(call, 0, w0);
	smccc_return32(call, 1, 0);
	smccc_return32(call, 2, w2);
	for (unsigned n = 3; n <= 7U; n++)
		smccc_return32(call, n, 0);
}

static void reply_error(struct smccc_call *call, enum ffa_error_code code)
{
	reply(call, FFA_ERROR, (uint32_t)code);
}

struct ffa_answer ffa_version_answer(uint32_t implemented, uint32_t version, bool locked,
				     uint32_t w1, uint32_t w2)
{
	const uint32_t refused = (uint32_t)FFA_NOT_SUPPORTED;
	struct ffa_answer answer = {.w0 = refused, .version = version};
	uint32_t query = implemented >= FFA_VERSION_1_3 ? w2 & 3U : 0U;

	if (query == VERSION_QUERY_NEGOTIATED && version != 0U) {
		answer.w0 = version;
		return answer;
	}
	if ((w1 >> 31) != 0U || MAJOR(w1) == 0U)
		return answer;
	if (locked) {
		if (w1 == version)
			answer.w0 = implemented;
		return answer;
	}
	/* A higher request, also of a higher major, is told what there is to step down to. */
	answer.w0 = implemented;
	if (MAJOR(w1) == MAJOR(implemented) && query == 0U)
		answer.version = w1 < implemented ? w1 : implemented;
	return answer;
}

static void version(struct ffa *ffa, struct ffa_endpoint *caller, struct smccc_call *call)
{
	uint32_t w1 = smccc_argument32(call, 1), w2 = smccc_argument32(call, 2);
	struct ffa_answer answer;
	bool changed;

	if (!ffa->present) {
		reply(call, (uint32_t)FFA_NOT_SUPPORTED, 0);
		return;
	}
	lock_take(&ffa->lock);
	answer = ffa_version_answer(ffa->version, caller->version, caller->holds != 0U, w1, w2);
	changed = caller->version != answer.version;
	__atomic_store_n(&caller->version, answer.version, __ATOMIC_RELAXED);
	if (changed && ffa->said < FFA_SAID_MAX)
		ffa->said++;
	else
		changed = false;
	lock_release(&ffa->lock);
	reply(call, answer.w0, 0);
	if (changed) {
		char asked[12], got[12], speaks[12];

		log_line("ffa", "ffa-host",
			 "host asked for %s, was answered %s, speaks %s from now",
			 ffa_version_words(asked, w1), ffa_version_words(got, answer.w0),
			 ffa_version_words(speaks, answer.version));
	}
}

static void features(struct ffa *ffa, struct ffa_endpoint *caller, struct smccc_call *call)
{
	(void)ffa;
	if (ffa_features(spoken(caller), smccc_argument32(call, 1)))
		reply(call, FFA_SUCCESS, 0);
	else
		reply_error(call, FFA_NOT_SUPPORTED);
}

static void id_get(struct ffa *ffa, struct ffa_endpoint *caller, struct smccc_call *call)
{
	(void)ffa;
	reply(call, FFA_SUCCESS, caller->id);
}

/* Everything that is served. An entry that is not here is refused, whatever firmware could do. */
static const struct ffa_function functions[FFA_LAST_NUMBER - FFA_FIRST_NUMBER + 1U] = {
    [0x63U - FFA_FIRST_NUMBER] = {.handle = version, .since = 0, .smc32 = true},
    [0x64U - FFA_FIRST_NUMBER] = {.handle = features, .since = FFA_VERSION_1_0, .smc32 = true},
    [0x69U - FFA_FIRST_NUMBER] = {.handle = id_get, .since = FFA_VERSION_1_0, .smc32 = true},
};

static const struct ffa_function *find(uint32_t fid)
{
	uint32_t number = fid & 0xffffU;
	const struct ffa_function *function;

	if ((fid & ~(SMCCC_64 | 0xffffU)) != 0x84000000U || number < FFA_FIRST_NUMBER ||
	    number > FFA_LAST_NUMBER)
		return NULL;
	function = &functions[number - FFA_FIRST_NUMBER];
	return ((fid & SMCCC_64) != 0U ? function->smc64 : function->smc32) ? function : NULL;
}

bool ffa_features(uint32_t caller_version, uint32_t query)
{
	const struct ffa_function *function = find(query);

	/* Feature identifiers (interrupts of notifications, 1.3's flags) have bit 31 clear. */
	return (query & QUERY_FUNCTION) != 0U && function != NULL &&
	       caller_version >= function->since;
}

void ffa_host_call(struct ffa *ffa, struct smccc_call *call)
{
	const struct ffa_function *function = find(call->fid);
	struct ffa_endpoint *caller = &ffa->host;

	if (!ffa->present) {
		if (call->fid == FFA_VERSION)
			version(ffa, caller, call);
		else
			smccc_return_unknown(call);
		return;
	}
	if (function == NULL || spoken(caller) < function->since) {
		reply_error(call, FFA_NOT_SUPPORTED);
		return;
	}
	function->handle(ffa, caller, call);
}

void ffa_host_reset(struct ffa *ffa)
{
	lock_take(&ffa->lock);
	__atomic_store_n(&ffa->host.version, 0U, __ATOMIC_RELAXED);
	ffa->host.holds = 0;
	lock_release(&ffa->lock);
}

void ffa_init(struct ffa *ffa, const struct ffa_negotiation *firmware, uint16_t host_id)
{
	*ffa = (struct ffa){
	    .present = firmware->outcome == FFA_PRESENT,
	    .version = firmware->version,
	    .host = {.id = host_id},
	};
}

void ffa_report(const struct ffa *ffa)
{
	char words[12];

	if (ffa->present)
		log_line("ffa", "ffa-offer",
			 "host is offered FF-A %s as endpoint 0x%04x: VERSION, FEATURES, ID_GET",
			 ffa_version_words(words, ffa->version), ffa->host.id);
	else
		log_line("ffa", "ffa-offer",
			 "host is not offered FF-A: FFA_VERSION answers NOT_SUPPORTED, the rest is "
			 "unknown");
}
