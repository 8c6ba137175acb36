/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into firmware: how an answer reads, who is inside, and the gate to the one pair of buffers.
 */
#include "mediator.h"

#include <string.h>

#define SUCCESS_64 (FFA_SUCCESS | FFA_64)
#define ERROR_64   (FFA_ERROR | FFA_64)

static void count_strange(struct ffa *ffa, uint16_t endpoint, uint32_t fid,
			  const uint64_t x[FFA_REGISTERS])
{
	struct ffa_event event = {
	    .kind = FFA_EVENT_ANSWER,
	    .endpoint = endpoint,
	    .fid = fid,
	    .value = {x[0], x[1], x[2]},
	};

	__atomic_fetch_add(&ffa->strange, 1U, __ATOMIC_RELAXED);
	ffa->environment->event(ffa->context, &event);
}

/* Judge the answer to `fid`; `x` is as firmware left it. */
static struct ffa_reaction read_answer(struct ffa *ffa, uint16_t endpoint, uint32_t fid,
				       const uint64_t x[FFA_REGISTERS])
{
	uint32_t w0 = (uint32_t)x[0];
	int32_t code = (int32_t)(uint32_t)x[2];
	struct ffa_reaction reaction = {.kind = FFA_ANSWERED_OTHER, .fid = w0};

	if (w0 == FFA_SUCCESS || w0 == SUCCESS_64) {
		reaction.kind = FFA_ANSWERED_SUCCESS;
	} else if (w0 == FFA_ERROR || w0 == ERROR_64) {
		reaction.kind = FFA_ANSWERED_ERROR;
		reaction.error = code < 0 ? (enum ffa_error)code : FFA_ABORTED;
		if (code >= 0)
			count_strange(ffa, endpoint, fid, x);
	} else if (w0 == (uint32_t)FFA_NOT_SUPPORTED) {
		/* of a layer that does not speak FF-A: the function is not there */
		reaction.kind = FFA_ANSWERED_ERROR;
		reaction.error = FFA_NOT_SUPPORTED;
	} else if ((w0 & ~(FFA_64 | 0xffU)) != 0x84000000U || (w0 & 0xffU) < FFA_FIRST_NUMBER) {
		reaction.kind = FFA_ANSWERED_STRANGE;
		count_strange(ffa, endpoint, fid, x);
	}
	return reaction;
}

struct ffa_reaction ffa_firmware_read(struct ffa_call *call, uint32_t fid,
				      const uint64_t x[FFA_REGISTERS])
{
	return read_answer(call->ffa, call->caller->id, fid, x);
}

static void fly(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu,
		uint64_t x[FFA_REGISTERS])
{
	struct ffa_flight *flight = ffa_flight(ffa, caller, cpu, (uint32_t)x[0], (uint32_t)x[1]);

	__atomic_store_n(&flight->since, ffa->environment->time(ffa->context), __ATOMIC_RELEASE);
	ffa->environment->firmware_call(ffa->context, x);
	__atomic_store_n(&flight->since, 0U, __ATOMIC_RELEASE);
}

static struct ffa_reaction ask(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu,
			       uint64_t x[FFA_REGISTERS])
{
	uint32_t fid = (uint32_t)x[0];

	fly(ffa, caller, cpu, x);
	return read_answer(ffa, caller != NULL ? caller->id : FFA_ID_HYPERVISOR, fid, x);
}

struct ffa_reaction ffa_firmware(struct ffa_call *call, uint64_t x[FFA_REGISTERS])
{
	return ask(call->ffa, call->caller, call->cpu, x);
}

struct ffa_reaction ffa_ask_for(struct ffa *ffa, uint16_t endpoint, unsigned cpu,
				uint64_t x[FFA_REGISTERS])
{
	return ask(ffa, endpoint == ffa->host.id ? &ffa->host : NULL, cpu, x);
}

struct ffa_reaction ffa_ask(struct ffa *ffa, uint64_t x[FFA_REGISTERS])
{
	return ask(ffa, NULL, 0, x);
}

void ffa_firmware_strange(struct ffa_call *call, uint32_t fid, const uint64_t x[FFA_REGISTERS])
{
	count_strange(call->ffa, call->caller->id, fid, x);
}

static bool try_gate(struct ffa_gate *gate, unsigned cpu)
{
	uint32_t nobody = 0;

	return __atomic_compare_exchange_n(&gate->owner, &nobody, cpu + 1U, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

bool ffa_gate_enter(struct ffa_call *call)
{
	struct ffa *ffa = call->ffa;
	const struct ffa_environment *environment = ffa->environment;
	struct ffa_gate *gate = &ffa->gate;
	uint64_t begin = environment->time(ffa->context);
	bool waited = false;

	while (!try_gate(gate, call->cpu)) {
		uint64_t now = environment->time(ffa->context);
		struct ffa_event event = {
		    .kind = FFA_EVENT_GATE,
		    .endpoint = call->caller->id,
		    .fid = call->fid,
		};

		if (now - begin < FFA_GATE_PATIENCE * environment->frequency(ffa->context)) {
			waited = true;
			environment->relax(ffa->context);
			continue;
		}
		__atomic_fetch_add(&gate->refused, 1U, __ATOMIC_RELAXED);
		event.value[0] = __atomic_load_n(&gate->owner, __ATOMIC_RELAXED);
		event.value[0] -= event.value[0] != 0U ? 1U : 0U;
		event.value[1] = __atomic_load_n(&gate->fid, __ATOMIC_RELAXED);
		event.value[2] = now - __atomic_load_n(&gate->since, __ATOMIC_RELAXED);
		environment->event(ffa->context, &event);
		return false;
	}
	gate->taken++;
	gate->waited += waited ? 1U : 0U;
	__atomic_store_n(&gate->fid, call->fid, __ATOMIC_RELAXED);
	__atomic_store_n(&gate->since, begin, __ATOMIC_RELAXED);
	return true;
}

void ffa_gate_leave(struct ffa_call *call)
{
	__atomic_store_n(&call->ffa->gate.owner, 0U, __ATOMIC_RELEASE);
}

bool ffa_offered_as(const struct ffa *ffa, uint32_t fid)
{
	uint32_t n = (fid & 0xffffU) - FFA_FIRST_NUMBER;
	const uint32_t *offered = (fid & FFA_64) != 0U ? ffa->offered64 : ffa->offered32;

	return (offered[n / 32U] >> (n % 32U) & 1U) != 0U;
}

bool ffa_offered(const struct ffa *ffa, uint32_t fid)
{
	return ffa_offered_as(ffa, fid & ~FFA_64) || ffa_offered_as(ffa, fid | FFA_64);
}
