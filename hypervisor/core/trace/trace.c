// SPDX-License-Identifier: Apache-2.0
#include "core/trace/trace.h"

#include <string.h>

#include "core/ffa/ffa.h"
#include "core/host/memory.h"
#include "core/log/log.h"
#include "core/psci/psci.h"
#include "core/smccc/policy.h"
#include "core/smccc/smccc.h"

#define PAGE       4096UL
#define STATUS_MIN (-9) /* of PSCI; the other conventions have fewer codes */
#define NEVER      (~(uint64_t)0)

struct trace *host_trace;

static uint64_t round_up(uint64_t size)
{
	return (size + PAGE - 1U) & ~(PAGE - 1U);
}

/* Decimal, 0 when it is no number. */
static uint32_t parse(const char *text, uint32_t most)
{
	uint32_t value = 0;

	if (text == NULL)
		return 0;
	for (; *text >= '0' && *text <= '9' && value <= most; text++)
		value = value * 10U + (uint32_t)(*text - '0');
	return *text == '\0' && value <= most ? value : 0U;
}

static uint32_t records(const char *value)
{
	uint32_t count = parse(value, TRACE_RECORDS_MAX);

	return count == 0U ? TRACE_RECORDS : count;
}

uint64_t trace_size(const char *value, unsigned cpus)
{
	return round_up(sizeof(struct trace)) +
	       round_up((uint64_t)records(value) * cpus * sizeof(struct trace_record));
}

void trace_open(const char *value, const char *wait, uint64_t base, unsigned cpus)
{
	struct trace *trace = machine_table(base);
	uint64_t at = base + round_up(sizeof(*trace));

	INVARIANT(cpus <= BOOT_CPU_MAX);
	memset(trace, 0, sizeof(*trace));
	trace->capacity = records(value);
	trace->frequency = machine_counter_frequency();
	trace->cpus = cpus;
	trace->patience = parse(wait, TRACE_READER_MAX);
	for (unsigned i = 0; i < cpus; i++) {
		trace->ring[i].base = at;
		trace->ring[i].gave_up = NEVER;
		at += trace->capacity * sizeof(struct trace_record);
	}
	host_trace = trace;
	/* the other CPUs read it before their caches are on, the reader whenever it likes */
	machine_cache_clean(trace, sizeof(*trace));
}

static bool attached(const struct trace *trace)
{
	return __atomic_load_n(&trace->attached, __ATOMIC_ACQUIRE) != 0U;
}

void trace_await(void)
{
	const struct trace *trace = host_trace;
	uint64_t begin = machine_counter();

	log_line("boot", "trace", "calls of the host are recorded, %llu of each CPU, at 0x%llx",
		 (unsigned long long)trace->capacity, (unsigned long long)machine_physical(trace));
	while (!attached(trace) && machine_counter() - begin < trace->patience * trace->frequency)
		machine_relax();
	if (trace->patience != 0U && !attached(trace))
		log_line("boot", "trace-alone",
			 "no reader of the trace has come in %u seconds; the host starts, and of "
			 "what it calls the newest is kept",
			 trace->patience);
}

static struct trace_record *record_at(const struct trace *trace, const struct trace_ring *ring,
				      uint64_t index)
{
	struct trace_record *first = machine_table(ring->base);

	return first + index % trace->capacity;
}

/*
 * Until the reader has taken the oldest record. One that does not come within TRACE_PATIENCE is not
 * waited for again before it has taken something.
 */
static void await_room(const struct trace *trace, struct trace_ring *ring)
{
	uint64_t begin = 0, taken;

	for (;;) {
		taken = __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE);
		if (ring->begun - taken < trace->capacity || !attached(trace) ||
		    ring->gave_up == taken)
			return;
		if (begin == 0U)
			begin = machine_counter();
		else if (machine_counter() - begin > TRACE_PATIENCE * trace->frequency)
			break;
		machine_relax();
	}
	ring->gave_up = taken;
}

static bool ends_the_system(uint64_t x0)
{
	uint32_t fid = smccc_word(x0) & ~SMCCC_HINT, number = fid & 0xffffU;

	return (fid & ~(SMCCC_64 | 0xffffU)) == PSCI_FUNCTION(0) &&
	       (number == PSCI_FN_SYSTEM_OFF || number == PSCI_FN_SYSTEM_RESET ||
		number == PSCI_FN_SYSTEM_RESET2 || number == PSCI_FN_SYSTEM_OFF2);
}

static void flush(struct trace *trace)
{
	uint32_t wanted = __atomic_add_fetch(&trace->flush, 1U, __ATOMIC_ACQ_REL);
	uint64_t begin = machine_counter();

	while (attached(trace) &&
	       (int32_t)(__atomic_load_n(&trace->flushed, __ATOMIC_ACQUIRE) - wanted) < 0 &&
	       machine_counter() - begin < TRACE_PATIENCE * trace->frequency)
		machine_relax();
}

void trace_begin(struct trace *trace, enum trace_conduit conduit, uint16_t immediate,
		 const uint64_t *x)
{
	unsigned cpu = machine_cpu();
	struct trace_ring *ring = &trace->ring[cpu];
	struct trace_record *record = record_at(trace, ring, ring->begun);

	await_room(trace, ring);
	/* who copies the old record must see that it may be gone before any byte of it changes */
	__atomic_store_n(&ring->begun, ring->begun + 1U, __ATOMIC_RELAXED);
	__atomic_store_n(&record->number, 0U, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	record->time = machine_counter();
	memcpy(record->x, x, sizeof(record->x));
	record->immediate = immediate;
	record->cpu = (uint8_t)cpu;
	record->conduit = (uint8_t)conduit;
	record->firmware_calls = 0;
	record->verdict = TRACE_OPEN;
	__atomic_store_n(&record->number, __atomic_add_fetch(&trace->next, 1U, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
	if (ends_the_system(x[0]))
		flush(trace);
}

/* The call that the calling CPU is handling, or NULL. */
static struct trace_record *open_record(const struct trace *trace)
{
	const struct trace_ring *ring = &trace->ring[machine_cpu()];
	struct trace_record *record;

	if (ring->begun == 0U)
		return NULL;
	record = record_at(trace, ring, ring->begun - 1U);
	return record->verdict == TRACE_OPEN ? record : NULL;
}

void trace_firmware(struct trace *trace)
{
	struct trace_record *record = open_record(trace);

	if (record != NULL)
		__atomic_store_n(&record->firmware_calls, record->firmware_calls + 1U,
				 __ATOMIC_RELAXED);
}

/* Does a function only tell what there is? Then «not supported» is its answer and no refusal. */
static bool asks(uint32_t fid)
{
	return fid == SMCCC_ARCH_FEATURES || fid == PSCI_FUNCTION(PSCI_FN_FEATURES) ||
	       fid == TRNG_FEATURES || fid == FFA_FEATURES;
}

static bool is_memory_call(uint32_t fid)
{
	return fid >= HOST_MEMORY_DONATE && fid <= HOST_MEMORY_RETURN;
}

/* Is w0 a status that refuses? Other results of 32 bits may look negative, too. */
static bool refuses(uint32_t fid, enum smccc_range range, uint64_t x0)
{
	int32_t status = smccc_int32(x0);

	if (asks(fid))
		return false;
	if (range == SMCCC_RANGE_VENDOR_HYPERVISOR)
		return is_memory_call(fid) && status < 0;
	return (status < 0 && status >= STATUS_MIN) || smccc_word(x0) == FFA_ERROR;
}

static enum trace_rule unknown_rule(const struct trace_record *record, enum smccc_range range)
{
	if (record->immediate != 0U)
		return TRACE_RULE_IMMEDIATE;
	if (range == SMCCC_RANGE_UNKNOWN)
		return TRACE_RULE_RESERVED;
	return range == SMCCC_RANGE_ARCH || range == SMCCC_RANGE_STANDARD ||
		       range == SMCCC_RANGE_VENDOR_HYPERVISOR
		   ? TRACE_RULE_FUNCTION
		   : TRACE_RULE_CLOSED;
}

static enum trace_verdict judge(struct trace_record *record)
{
	uint32_t fid = smccc_word(record->x[0]) & ~SMCCC_HINT;
	enum smccc_range range = smccc_range_of(fid);

	record->range = (uint8_t)range;
	record->rule = TRACE_RULE_NONE;
	if (record->firmware_calls > 0U)
		return TRACE_FORWARDED;
	/* the answer to what is not offered, in 64 bits; a query's own «no» may have the same form
	 */
	if (record->answer[0] == ~(uint64_t)0 && !asks(fid))
		record->rule = (uint8_t)unknown_rule(record, range);
	else if (refuses(fid, range, record->answer[0]))
		record->rule =
		    (uint8_t)(is_memory_call(fid) ? TRACE_RULE_LEDGER : TRACE_RULE_STATUS);
	return record->rule == TRACE_RULE_NONE ? TRACE_ANSWERED : TRACE_REFUSED;
}

void trace_end(struct trace *trace, const uint64_t *x)
{
	struct trace_record *record = open_record(trace);
	uint64_t ticks;

	if (record == NULL)
		return;
	ticks = machine_counter() - record->time;
	record->ticks = ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
	memcpy(record->answer, x, sizeof(record->answer));
	__atomic_store_n(&record->verdict, (uint8_t)judge(record), __ATOMIC_RELEASE);
}
