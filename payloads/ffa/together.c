// SPDX-License-Identifier: Apache-2.0
/* All CPUs at once: memory, messages, and the same pages from two sides. */
#include "ffa.h"

#include "cpu.h"
#include "payload.h"
#include "psci.h"
#include "random.h"

#define PAGES 8U /* of each CPU */

static struct {
	uint64_t common; /* a page that all want */
	uint32_t rounds, started, won, lost, met;
	uint64_t base[CPU_LIMIT];
} all;

/* Give some of this CPU's pages and take them back, with a message in between. */
static void give_and_take(uint64_t base, uint32_t round)
{
	uint32_t fid = (round & 1U) != 0U ? FFA_MEM_SHARE : FFA_MEM_LEND | FN64;
	uint32_t first = round % PAGES, pages = 1U + round % (PAGES - first);
	struct call answer = memory_give(fid, KEEPER, base + first * 4096UL, pages), echo;
	uint64_t handle;

	while (error_of(&answer) == BUSY)
		answer = memory_give(fid, KEEPER, base + first * 4096UL, pages);
	handle = handle_of(&answer);
	if (!check(succeeded(&answer), "round %u: give: 0x%x %d", round, word(&answer, 0),
		   (int32_t)word(&answer, 2)))
		return;
	echo = message(ECHO, round, 1, 2, 3, 4);
	while (error_of(&echo) == BUSY)
		echo = message(ECHO, round, 1, 2, 3, 4);
	check(word(&echo, 0) == FFA_DIRECT_RESP && word(&echo, 3) == round,
	      "round %u: echo 0x%x %d", round, word(&echo, 0), (int32_t)word(&echo, 2));
	answer = memory_reclaim(handle, 0);
	check(succeeded(&answer), "round %u: RECLAIM 0x%x %d", round, word(&answer, 0),
	      (int32_t)word(&answer, 2));
}

/* Until all CPUs have come here once more. */
static void meet(void)
{
	uint32_t place = __atomic_add_fetch(&all.met, 1U, __ATOMIC_ACQ_REL);
	uint32_t full = (place + machine.cpu_count - 1U) / machine.cpu_count * machine.cpu_count;

	while (__atomic_load_n(&all.met, __ATOMIC_ACQUIRE) < full)
		__asm__ volatile("yield");
}

/* All want the same page at once, and keep it until all have asked: one has it (C1, C2). */
static void contend(void)
{
	struct call answer;

	meet();
	do {
		answer = memory_give(FFA_MEM_SHARE, KEEPER, all.common, 1);
	} while (error_of(&answer) == BUSY);
	if (succeeded(&answer))
		__atomic_fetch_add(&all.won, 1U, __ATOMIC_RELAXED);
	else if (error_of(&answer) == DENIED)
		__atomic_fetch_add(&all.lost, 1U, __ATOMIC_RELAXED);
	else
		check(false, "the common page: 0x%x %d", word(&answer, 0), error_of(&answer));
	meet();
	if (!succeeded(&answer))
		return;
	answer = memory_reclaim(handle_of(&answer), 0);
	check(succeeded(&answer), "the common page: RECLAIM 0x%x %d", word(&answer, 0),
	      (int32_t)word(&answer, 2));
}

static void work(void *argument)
{
	unsigned cpu = cpu_self()->index;

	(void)argument;
	__atomic_fetch_add(&all.started, 1U, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&all.started, __ATOMIC_ACQUIRE) < machine.cpu_count)
		__asm__ volatile("yield");
	for (uint32_t round = 0; round < all.rounds; round++) {
		give_and_take(all.base[cpu], round + cpu);
		contend();
	}
}

void test_together(void)
{
	struct call answer;

	if (host.buffer_size == 0U || !offered(FFA_MEM_SHARE))
		return;
	test_begin("C1 C2 C3 all CPUs at once");
	all.rounds = (uint32_t)machine_option("rounds", 200);
	all.common = pages_take(1);
	for (unsigned i = 0; i < machine.cpu_count; i++)
		all.base[i] = pages_take(PAGES);
	for (unsigned i = 1; i < machine.cpu_count; i++)
		check(cpu_start(i, work, NULL) == PSCI_SUCCESS, "cpu%u starts", i);
	work(NULL);
	for (unsigned i = 1; i < machine.cpu_count; i++)
		check(cpu_wait_off(i, 60000000U), "cpu%u ends", i);
	check(all.won == all.rounds && all.lost == all.rounds * (machine.cpu_count - 1U),
	      "%u rounds: %u won, %u lost", all.rounds, all.won, all.lost);
	answer = memory_give(FFA_MEM_SHARE, KEEPER, all.common, 1);
	check_success(&answer, "the common page is free again");
	answer = memory_reclaim(handle_of(&answer), 0);
	check_success(&answer, "RECLAIM");
	note("%u rounds on %u CPUs; the common page: %u won, %u lost", all.rounds,
	     machine.cpu_count, all.won, all.lost);
	test_end();
}
