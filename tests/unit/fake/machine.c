/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <time.h>

#include "fake/machine.h"

#define LONG_WAIT 5 /* seconds without any other thread doing anything */

/* fake/locks.h, in programs that have it. */
unsigned fake_locks_held(void) __attribute__((weak));

struct fake fake;
_Thread_local unsigned fake_cpu;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t moves;

/* Threads show that they live by what they ask of the machine. */
static void moved(void)
{
	if (!__libc_single_threaded)
		__atomic_fetch_add(&moves, 1U, __ATOMIC_RELAXED);
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake_cpu = 0;
}

bool fake_said(const char *text)
{
	return strstr(fake.console, text) != NULL;
}

unsigned fake_calls_of(uint32_t fid)
{
	unsigned count = 0;

	for (unsigned i = 0; i < fake.calls && i < FAKE_CALLS; i++)
		count += (uint32_t)fake.call[i].x[0] == fid;
	return count;
}

void machine_firmware_call(uint64_t x[SMCCC_REGISTERS])
{
	if (fake_locks_held != NULL && fake_locks_held() != 0U) {
		fprintf(stderr, "fake machine: firmware is called with a lock held\n");
		abort();
	}
	moved();
	pthread_mutex_lock(&mutex);
	if (fake.calls < FAKE_CALLS) {
		struct fake_call *call = &fake.call[fake.calls];

		memcpy(call->x, x, sizeof(call->x));
		call->cpu = fake_cpu;
	}
	fake.calls++;
	pthread_mutex_unlock(&mutex);
	if (fake.firmware != NULL)
		fake.firmware(fake.context, x);
	else
		x[0] = ~(uint64_t)0;
}

/* x3..x7 in the width of the function in x0. */
static void narrow(uint64_t x[SMCCC_MESSAGE_REGISTERS])
{
	for (unsigned n = 3; n < SMCCC_MESSAGE_REGISTERS && (x[0] & 0x40000000U) == 0U; n++)
		x[n] = (uint32_t)x[n];
}

void machine_firmware_message(void *context, uint64_t x[SMCCC_MESSAGE_REGISTERS], uint64_t *since)
{
	uint64_t all[SMCCC_REGISTERS] = {0};

	(void)context;
	__atomic_store_n(since, machine_counter(), __ATOMIC_RELEASE);
	memcpy(all, x, SMCCC_MESSAGE_REGISTERS * sizeof(x[0]));
	narrow(all);
	machine_firmware_call(all);
	narrow(all);
	memcpy(x, all, SMCCC_MESSAGE_REGISTERS * sizeof(x[0]));
	__atomic_store_n(since, 0U, __ATOMIC_RELEASE);
}

uint64_t machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[SMCCC_REGISTERS] = {x0, x1, x2, x3};

	machine_firmware_call(x);
	return x[0];
}

uint64_t machine_counter(void)
{
	moved();
	return __atomic_fetch_add(&fake.counter, 1, __ATOMIC_RELAXED);
}

uint64_t machine_counter_frequency(void)
{
	return 62500000;
}

unsigned machine_cpu(void)
{
	return fake_cpu;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* A core that waits for ever does not hang: it says so, and at once where no other thread is. */
static void wait_for_thread(void)
{
	static _Thread_local uint64_t seen;
	static _Thread_local time_t since;
	static _Thread_local unsigned turns;
	uint64_t now = __atomic_load_n(&moves, __ATOMIC_RELAXED);

	if (now != seen || turns == 0U) {
		seen = now;
		turns = 0;
		since = seconds();
	}
	if (__libc_single_threaded || (++turns % 1024U == 0U && seconds() - since > LONG_WAIT)) {
		fputs("fake machine: the core waits for ever for another CPU\n", stderr);
		abort();
	}
	sched_yield();
}

void machine_relax(void)
{
	if (fake.relax != NULL)
		fake.relax();
	else
		wait_for_thread();
}

void machine_console_write(const char *text, size_t length)
{
	moved();
	pthread_mutex_lock(&mutex);
	if (length < FAKE_CONSOLE - fake.console_length) {
		memcpy(fake.console + fake.console_length, text, length);
		fake.console_length += length;
		fake.console[fake.console_length] = '\0';
	}
	pthread_mutex_unlock(&mutex);
}

void machine_cache_clean(const void *base, size_t size)
{
	pthread_mutex_lock(&mutex);
	fake.cleans++;
	fake.cleaned = base;
	fake.cleaned_size = size;
	pthread_mutex_unlock(&mutex);
}

void machine_memory_empty(void *base, size_t size)
{
	memset(base, 0, size);
	machine_cache_clean(base, size);
}

uint64_t machine_physical(const void *object)
{
	const uint8_t *byte = object;

	if (fake.memory != NULL && byte >= fake.memory && byte < fake.memory + fake.memory_size)
		return fake.memory_base + (uint64_t)(byte - fake.memory);
	return (uint64_t)(uintptr_t)object;
}

void *machine_table(uint64_t physical)
{
	moved();
	if (fake.memory == NULL)
		return (void *)(uintptr_t)physical;
	if (physical < fake.memory_base || physical - fake.memory_base >= fake.memory_size) {
		fprintf(stderr, "fake machine: no table memory at 0x%llx\n",
			(unsigned long long)physical);
		abort();
	}
	return fake.memory + (physical - fake.memory_base);
}

void machine_stage2_invalidate(uint64_t base, uint64_t size)
{
	moved();
	pthread_mutex_lock(&mutex);
	fake.invalidations++;
	fake.invalidated_base = base;
	fake.invalidated_size = size;
	pthread_mutex_unlock(&mutex);
	if (fake.tables != NULL)
		fake.tables(fake.tables_context, true, base, size);
}

void machine_table_publish(void)
{
	moved();
	pthread_mutex_lock(&mutex);
	fake.publications++;
	pthread_mutex_unlock(&mutex);
	if (fake.tables != NULL)
		fake.tables(fake.tables_context, false, 0, 0);
}

bool machine_device_map(uint64_t base, uint64_t size)
{
	(void)base;
	(void)size;
	return fake.device_maps > 0U && fake.device_maps-- > 0U;
}

uint64_t machine_device_read(uint64_t address, unsigned size)
{
	moved();
	return fake.device_read(fake.device_context, address, size);
}

void machine_device_write(uint64_t address, unsigned size, uint64_t value)
{
	moved();
	fake.device_write(fake.device_context, address, size, value);
}

void machine_host_read(void *to, uint64_t physical, size_t size)
{
	moved();
	fake.host_read(fake.device_context, to, physical, size);
}

void machine_host_write(uint64_t physical, const void *from, size_t size)
{
	moved();
	fake.host_write(fake.device_context, physical, from, size);
}

void machine_host_zero(uint64_t physical)
{
	moved();
	fake.host_zero(fake.device_context, physical);
}

uint64_t machine_cpu_entry(void)
{
	return FAKE_CPU_ENTRY;
}

uint64_t machine_cpu_context(unsigned cpu)
{
	return FAKE_CPU_CONTEXT + cpu * 16384ULL;
}

_Noreturn void machine_crash(const char *file, unsigned line, const char *what)
{
	fake.crash_what = what;
	if (fake.crash_expected)
		longjmp(fake.crash, 1);
	fprintf(stderr, "%s:%u: invariant broken: %s\n", file, line, what);
	abort();
}
