// SPDX-License-Identifier: Apache-2.0
#include "core/host/ffa.h"

#include "core/lock.h"
#include "core/log/log.h"
#include "core/machine.h"
#include "core/smccc/negotiation.h"

_Static_assert(sizeof(struct ffa_lock) == sizeof(struct lock), "one is used as the other");
_Static_assert(FFA_REGISTERS == SMCCC_REGISTERS, "all that a call can carry");
_Static_assert(FFA_CPUS >= FIRMWARE_CPU_MAX, "a record for each CPU");

/* ---- environment ---- */

static void call_firmware(void *context, uint64_t x[FFA_REGISTERS])
{
	const struct host_ffa *host = context;

	firmware_call(host->firmware, x);
}

static void take(void *context, struct ffa_lock *lock)
{
	struct lock *ffa_lock = (void *)lock;

	(void)context;
	lock_take(ffa_lock);
}

static void release(void *context, struct ffa_lock *lock)
{
	struct lock *ffa_lock = (void *)lock;

	(void)context;
	lock_release(ffa_lock);
}

static uint64_t now(void *context)
{
	(void)context;
	return machine_counter();
}

static uint64_t frequency(void *context)
{
	(void)context;
	return machine_counter_frequency();
}

static void relax(void *context)
{
	(void)context;
	machine_relax();
}

static uint64_t physical(void *context, const void *object)
{
	(void)context;
	return machine_physical(object);
}

/* The version of an endpoint changed: the first few times it is worth a line. */
static void say_version(struct host_ffa *host, const struct ffa_event *event)
{
	char asked[12], answered[12], speaks[12];

	if (__atomic_load_n(&host->said, __ATOMIC_RELAXED) >= HOST_FFA_SAID ||
	    __atomic_fetch_add(&host->said, 1U, __ATOMIC_RELAXED) >= HOST_FFA_SAID)
		return;
	log_line("ffa", "ffa-host", "host asked for %s, was answered %s, speaks %s from now",
		 ffa_version_words(asked, (uint32_t)event->value[0]),
		 ffa_version_words(answered, (uint32_t)event->value[1]),
		 ffa_version_words(speaks, (uint32_t)event->value[2]));
}

static void tell(void *context, const struct ffa_event *event)
{
	struct host_ffa *host = context;

	switch (event->kind) {
	case FFA_EVENT_VERSION:
		say_version(host, event);
		break;
	case FFA_EVENT_ANSWER:
		log_limited(&host->complaints, "ffa", "ffa-strange",
			    "firmware answered 0x%08x with x0 0x%llx, x1 0x%llx, x2 0x%llx: not by "
			    "the rules "
			    "of the call",
			    event->fid, (unsigned long long)event->value[0],
			    (unsigned long long)event->value[1],
			    (unsigned long long)event->value[2]);
		break;
	case FFA_EVENT_GATE:
		log_limited(
		    &host->complaints, "ffa", "ffa-gate",
		    "0x%08x of the host answered BUSY: CPU %u is in firmware for 0x%08x since "
		    "%llu ms",
		    event->fid, (unsigned)event->value[0], (unsigned)event->value[1],
		    (unsigned long long)(event->value[2] * 1000U / machine_counter_frequency()));
		break;
	default:
		break;
	}
}

static const struct ffa_environment environment = {
    .firmware_call = call_firmware,
    .lock = take,
    .unlock = release,
    .time = now,
    .frequency = frequency,
    .relax = relax,
    .physical = physical,
    .event = tell,
};

/* ---- the host ---- */

void host_ffa_init(struct host_ffa *host, struct ffa *ffa, const struct firmware *firmware,
		   struct ledger *ledger, uint16_t host_id)
{
	*host = (struct host_ffa){.firmware = firmware, .ledger = ledger};
	ffa_init(ffa, &environment, host, &firmware->ffa, host_id);
}

void host_ffa_call(struct ffa *ffa, struct smccc_call *call)
{
	ffa_call(ffa, &ffa->host, machine_cpu(), call->x);
}

void host_ffa_reset(struct ffa *ffa)
{
	ffa_endpoint_reset(ffa, &ffa->host, machine_cpu());
}

void host_ffa_report(const struct ffa *ffa)
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
