// SPDX-License-Identifier: Apache-2.0
#include "core/host/ffa.h"

#include "core/lock.h"
#include "core/log/log.h"
#include "core/machine.h"
#include "core/smccc/negotiation.h"

#include <string.h>

_Static_assert(sizeof(struct ffa_lock) == sizeof(struct lock), "one is used as the other");
_Static_assert(FFA_REGISTERS == SMCCC_REGISTERS, "all that a call can carry");
_Static_assert(FFA_MESSAGE_REGISTERS == SMCCC_MESSAGE_REGISTERS, "all that most calls carry");
_Static_assert(FFA_CPUS >= FIRMWARE_CPU_MAX, "a record for each CPU");

/* ---- environment ---- */

static void call_firmware(void *context, uint64_t x[FFA_REGISTERS])
{
	const struct host_ffa *host = context;

	firmware_call(host->firmware, x);
}

static void message_firmware(void *context, uint64_t x[FFA_MESSAGE_REGISTERS], uint64_t *since)
{
	const struct host_ffa *host = context;

	firmware_message(host->firmware, x, since);
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

/* The host's intermediate physical addresses are the physical ones. */
static void read_caller(void *context, uint16_t endpoint, void *to, uint64_t address, size_t size)
{
	(void)context;
	(void)endpoint;
	machine_host_read(to, address, size);
}

static void write_caller(void *context, uint16_t endpoint, uint64_t address, const void *from,
			 size_t size)
{
	(void)context;
	(void)endpoint;
	machine_host_write(address, from, size);
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
	case FFA_EVENT_BUFFERS:
		log_line("ffa", "ffa-buffers",
			 "firmware takes no buffers of ours (FFA_RXTX_MAP answered %d): lists of "
			 "partitions in memory, and memory itself, are not offered",
			 (int)(int64_t)event->value[0]);
		break;
	case FFA_EVENT_DOUBT:
		log_limited(&host->complaints, "ffa", "ffa-doubt",
			    "0x%08x: whether firmware has the %llu pages from 0x%llx on, handle "
			    "0x%llx, is unknown: nobody gets them",
			    event->fid, (unsigned long long)event->value[1],
			    (unsigned long long)event->value[0],
			    (unsigned long long)event->value[2]);
		break;
	case FFA_EVENT_CLEARED:
		log_limited(&host->complaints, "ffa", "ffa-cleared",
			    "firmware gave back the %llu pages from 0x%llx on, handle 0x%llx, "
			    "that were in doubt",
			    (unsigned long long)event->value[1],
			    (unsigned long long)event->value[0],
			    (unsigned long long)event->value[2]);
		break;
	case FFA_EVENT_HALF_SENT:
		log_limited(&host->complaints, "ffa", "ffa-half-sent",
			    "firmware keeps half of transaction 0x%llx for ever: reclaim and a "
			    "last fragment in bad form do not end it",
			    (unsigned long long)event->value[0]);
		break;
	default:
		break;
	}
}

/* All of the environment but firmware_message(). The host's addresses are the physical ones. */
#define REST                                                                                       \
	.firmware_call = call_firmware, .lock = take, .unlock = release, .time = now,              \
	.frequency = frequency, .relax = relax, .caller_read = read_caller,                        \
	.caller_write = write_caller, .pages = host_ffa_pages, .translate = NULL,                  \
	.zero = host_ffa_zero, .physical = physical, .event = tell

static const struct ffa_environment environment = {
    REST,
    .firmware_message = message_firmware,
};

/* The same where nothing stands between: most of what a direct request costs is on that way. */
static const struct ffa_environment environment_straight = {
    REST,
    .firmware_message = machine_firmware_message,
};

#undef REST

/* ---- the host ---- */

void host_ffa_init(struct host_ffa *host, struct ffa *ffa, const struct firmware *firmware,
		   struct ledger *ledger, uint16_t host_id)
{
	*host = (struct host_ffa){
	    .firmware = firmware,
	    .ledger = ledger,
	    .capacity = {HOST_FFA_TRANSACTIONS, HOST_FFA_RANGES},
	};
	ffa_init(ffa, &environment, host, &firmware->ffa, host_id);
}

void host_ffa_call(struct ffa *ffa, struct smccc_call *call)
{
	ffa_call(ffa, &ffa->host, call->cpu, call->x);
}

void host_ffa_reset(struct ffa *ffa)
{
	ffa_endpoint_reset(ffa, &ffa->host, machine_cpu());
}

/* Digits only, from 1 to `limit`; 0 for everything else. */
static uint32_t number_of(const char *text, uint32_t limit)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		number = 10U * number + (uint64_t)(*text - '0');
		if (number > limit)
			return 0;
	}
	return *text == '\0' ? (uint32_t)number : 0U;
}

void host_ffa_option(struct host_ffa *host, const char *name, const char *value)
{
	bool ranges = strcmp(name, "ffa-ranges") == 0;
	uint32_t limit = ranges ? HOST_FFA_RANGES_MAX : HOST_FFA_TRANSACTIONS_MAX;
	uint32_t *capacity = ranges ? &host->capacity.ranges : &host->capacity.transactions;
	uint32_t number;

	if (value == NULL)
		return;
	number = number_of(value, limit);
	if (number != 0U)
		*capacity = number;
	else
		log_line("ffa", "ffa-capacity", "hv.%s=%s is no number from 1 to %u; %u it is",
			 name, value, limit, *capacity);
}

uint64_t host_ffa_memory_size(const struct host_ffa *host, const struct ffa *ffa,
			      uint64_t *alignment)
{
	size_t align;
	uint64_t size = ffa_memory_size(ffa, &host->capacity, &align);

	*alignment = align;
	return size;
}

void host_ffa_open(struct host_ffa *host, struct ffa *ffa, void *memory)
{
	size_t align;

	/* whether the host's trace is told of calls into firmware is settled by now */
	if (host->firmware->conduit == FIRMWARE_SMC)
		ffa->environment = &environment_straight;
	host->memory = ffa_memory_size(ffa, &host->capacity, &align);
	host->base = memory != NULL ? machine_physical(memory) : 0U;
	ffa_open(ffa, memory, &host->capacity);
}

/* What the host can do in FF-A, and a function of which each is worth nothing without. */
static const struct {
	const char *words;
	uint32_t fid;
} offers[] = {
    {"partition list", FFA_PARTITION_INFO_GET},
    {"partition list in registers", FFA_PARTITION_INFO_GET_REGS | FFA_64},
    {"RX/TX buffers", FFA_RXTX_MAP | FFA_64},
    {"direct messages", FFA_MSG_SEND_DIRECT_REQ | FFA_64},
    {"direct messages with UUID", FFA_MSG_SEND_DIRECT_REQ2 | FFA_64},
    {"indirect messages", FFA_MSG_SEND2},
    {"SHARE", FFA_MEM_SHARE},
    {"LEND", FFA_MEM_LEND},
    {"DONATE", FFA_MEM_DONATE},
    {"notifications", FFA_NOTIFICATION_BIND},
};

static void report_offer(const struct ffa *ffa)
{
	char words[12], list[200];
	size_t used = 0;

	list[0] = '\0';
	for (unsigned i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		if (ffa_serves(ffa, ffa->version, offers[i].fid))
			used +=
			    log_format(list + used, sizeof(list) - used, ", %s", offers[i].words);
	log_line("ffa", "ffa-offer",
		 "host is offered FF-A %s as endpoint 0x%04x: VERSION, FEATURES, ID_GET%s",
		 ffa_version_words(words, ffa->version), ffa->host.id, list);
}

static void report_partitions(const struct ffa *ffa)
{
	for (uint32_t i = 0; i < ffa->partition_count && i < HOST_FFA_SAID; i++) {
		const struct ffa_partition *partition = &ffa->partition[i];
		const uint8_t *u = partition->uuid;

		log_line("ffa", "ffa-partition",
			 "0x%04x: %u execution contexts, properties 0x%x, UUID %02x%02x%02x%02x-"
			 "%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 partition->id, partition->contexts, partition->properties, u[0], u[1],
			 u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13],
			 u[14], u[15]);
	}
}

void host_ffa_report(const struct host_ffa *host, const struct ffa *ffa)
{
	if (!ffa->present) {
		log_line("ffa", "ffa-offer",
			 "host is not offered FF-A: FFA_VERSION answers NOT_SUPPORTED, the rest is "
			 "unknown");
		return;
	}
	if (ffa->buffer_size != 0U)
		log_line("ffa", "ffa-memory",
			 "%llu KiB at 0x%llx: buffers towards firmware of %u KiB, %u transactions, "
			 "%u ranges",
			 (unsigned long long)host->memory >> 10, (unsigned long long)host->base,
			 ffa->buffer_size >> 10, host->capacity.transactions,
			 host->capacity.ranges);
	else if (host->memory != 0U)
		log_line("ffa", "ffa-memory", "%llu KiB at 0x%llx: no buffers towards firmware",
			 (unsigned long long)host->memory >> 10, (unsigned long long)host->base);
	if (ffa->partition_count != 0U || ffa->partitions_known)
		log_line("ffa", "ffa-partitions",
			 "firmware lists %u entries%s; SPM is 0x%04x, SRI is %u",
			 ffa->partition_count, ffa->partitions_known ? "" : " and more",
			 ffa->spm_id, ffa->schedule_interrupt);
	report_partitions(ffa);
	report_offer(ffa);
}
