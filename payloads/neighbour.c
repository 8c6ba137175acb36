// SPDX-License-Identifier: Apache-2.0
/*
 * Gives pages of a block away and takes them back, payload.rounds times, while all other CPUs read,
 * write and run code in the pages beside them: of those none may ever fault, or be another page.
 */
#include "cpu.h"
#include "payload.h"
#include "psci.h"

#define MEM_DONATE 0xc6000021U
#define MEM_RETURN 0xc6000024U

#define BLOCK (2UL << 20)
#define RET   0xd65f03c0U

const char payload_name[] = "neighbour";

static struct {
	uint64_t block;
	uint32_t stop, ready, faults, wrong;
} shared;

/* Pages that stay: in the block on both sides of what goes, and in the blocks beside it. */
static const int64_t places[] = {0x1000, 0x2000, 0x100000, 0x1fe000, -0x1000, 0x200000};
#define PLACES (sizeof(places) / sizeof(places[0]))

static uint64_t place(size_t i)
{
	return shared.block + (uint64_t)places[i];
}

/* A page holds a function that returns, then a line for each CPU. */
static volatile uint64_t *word_of(size_t i, unsigned cpu)
{
	return (volatile uint64_t *)(uintptr_t)(place(i) + 64UL * (cpu + 1U));
}

static void run(size_t i)
{
	((void (*)(void))(uintptr_t)place(i))();
}

static void be_there(void *argument)
{
	unsigned cpu = cpu_self()->index;
	uint64_t value = 0;

	(void)argument;
	exception_expect();
	for (size_t i = 0; i < PLACES; i++)
		*word_of(i, cpu) = place(i);
	__atomic_fetch_add(&shared.ready, 1U, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE) == 0U) {
		for (size_t i = 0; i < PLACES; i++) {
			if (*word_of(i, cpu) != place(i) + value)
				__atomic_fetch_add(&shared.wrong, 1U, __ATOMIC_RELAXED);
			*word_of(i, cpu) = place(i) + value + 1U;
			run(i);
		}
		value++;
	}
	__atomic_fetch_add(&shared.faults, exception_end(NULL), __ATOMIC_RELAXED);
}

/* A block of RAM with one on either side, away from its ends; our map ends at 512 GiB. */
static bool find_block(void)
{
	shared.block = (machine.ram[0].base + machine.ram[0].size / 4U) & ~(BLOCK - 1U);
	return machine_ram(shared.block - BLOCK, 3U * BLOCK) && !machine_kept(shared.block);
}

static void prepare(void)
{
	for (size_t i = 0; i < PLACES; i++)
		*(volatile uint32_t *)(uintptr_t)place(i) = RET;
	for (size_t i = 0; i < PLACES; i++)
		__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" ::"r"(place(i))
				 : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/* What is not ours, once, on payload.kept=1: who counts at EL2 knows how often it came there. */
static void read_kept(void)
{
	struct exception taken;
	uint64_t value;

	if (machine_option("kept", 0) == 0U || machine.kept_count == 0U)
		return;
	(void)try_read64(machine.kept[0].base, &value);
	say("kept: %u exceptions, external abort: %u", exception_end(&taken),
	    exception_external_abort(&taken) ? 1U : 0U);
}

static unsigned give(uint32_t fid, uint64_t offset)
{
	return psci_call(fid, shared.block + offset, 1, 0) == 0 ? 0U : 1U;
}

void payload_main(void)
{
	uint32_t rounds = (uint32_t)machine_option("rounds", 50), refused = 0;
	unsigned others = machine.cpu_count - 1U;

	if (!find_block()) {
		say("no block of RAM");
		return;
	}
	prepare();
	for (unsigned i = 1; i <= others; i++)
		if (cpu_start(i, be_there, NULL) != PSCI_SUCCESS)
			say("cpu%u does not start", i);
	while (__atomic_load_n(&shared.ready, __ATOMIC_ACQUIRE) != others)
		;
	/* the first page and the last one, so that neighbours lie on both sides */
	for (uint32_t i = 0; i < rounds; i++) {
		refused += give(MEM_DONATE, (i & 1U) != 0U ? BLOCK - MACHINE_PAGE : 0U);
		refused += give(MEM_RETURN, (i & 1U) != 0U ? BLOCK - MACHINE_PAGE : 0U);
	}
	__atomic_store_n(&shared.stop, 1U, __ATOMIC_RELEASE);
	for (unsigned i = 1; i <= others; i++)
		if (!cpu_wait_off(i, 30000000U))
			say("cpu%u does not end", i);
	read_kept();
	say("done: %u rounds, %u refused, %u faults, %u wrong", rounds, refused, shared.faults,
	    shared.wrong);
}
