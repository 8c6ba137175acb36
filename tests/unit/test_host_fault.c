/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 faults of the host: which are repeated, which become an abort, what is counted and said.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "core/host/fault.h"
#include "fake/machine.h"

#define POOL_BASE 0xbfff0000ULL
#define PAGE      4096ULL

static struct boot_plan plan;
static struct stage2 stage2;
static struct ledger ledger;
static struct host_faults faults;
static uint8_t pool[16 * PAGE] __attribute__((aligned(4096)));

static void prepare(void)
{
	fake_reset();
	memset(&plan, 0, sizeof(plan));
	memset(&faults, 0, sizeof(faults));
	memset(&ledger, 0, sizeof(ledger));
	ledger.stage2 = &stage2;
	fake.memory = pool;
	fake.memory_base = POOL_BASE;
	fake.memory_size = sizeof(pool);
	assert_int_equal(stage2_init(&stage2, POOL_BASE, 16, 39, STAGE2_BBM_BREAK), STAGE2_OK);
	assert_int_equal(stage2_set(&stage2, 0x40000000, 0x40000000, STAGE2_RAM), STAGE2_OK);
	assert_int_equal(stage2_set(&stage2, 0, 0x40000000, STAGE2_DEVICE), STAGE2_OK);
}

static void withhold(uint64_t base, uint64_t size, const char *name,
		     enum boot_withheld_reason reason)
{
	struct boot_withheld *withheld = &plan.withheld[plan.withheld_count++];

	*withheld = (struct boot_withheld){.base = base, .size = size, .reason = reason};
	snprintf(withheld->name, sizeof(withheld->name), "%s", name);
	assert_int_equal(stage2_set(&stage2, base, size, STAGE2_NONE), STAGE2_OK);
}

static enum host_fault_answer at(uint64_t address)
{
	struct host_fault fault = {.address = address, .pc = 0xffff800080001234, .known = true};

	return host_fault_decide(&faults, &plan, &ledger, &fault);
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *c = fake.console; *c != '\0'; c++)
		count += *c == '\n';
	return count;
}

/* The moment of a break-before-make: by now the translation is there. */
static void test_host_fault_retry(void **state)
{
	static const struct host_fault allowed[] = {
	    {.address = 0x40001000, .known = true},
	    {.address = 0x40001000, .known = true, .write = true},
	    {.address = 0x40001000, .known = true, .execute = true},
	    {.address = 0x40001000, .known = true, .walk = true},
	    {.address = 0x40001000, .known = true, .walk = true, .write = true},
	    {.address = 0x09000018, .known = true},
	    {.address = 0x09000018, .known = true, .write = true},
	};

	(void)state;
	prepare();
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		assert_int_equal(host_fault_decide(&faults, &plan, &ledger, &allowed[i]),
				 HOST_FAULT_RETRY);
	assert_int_equal(faults.total, 0);
	assert_int_equal(faults.elsewhere, 0);
	assert_int_equal(lines(), 0);
	/* it waited for whoever changes the tables */
	assert_int_equal(stage2.lock.next, sizeof(allowed) / sizeof(allowed[0]));
	assert_int_equal(stage2.lock.served, stage2.lock.next);
}

/* Devices can be read and written, and never executed: repeating would not end. */
static void test_host_fault_execute_device(void **state)
{
	struct host_fault fault = {.address = 0x09000000, .known = true, .execute = true};

	(void)state;
	prepare();
	assert_int_equal(host_fault_decide(&faults, &plan, &ledger, &fault), HOST_FAULT_ABORT);
	assert_int_equal(faults.total, 1);
	assert_true(fake_said("host instruction fetch at 0x9000000"));
}

static void test_host_fault_withheld(void **state)
{
	struct host_fault fault = {
	    .address = 0x40200ff8, .pc = 0xffff800080001234, .known = true, .write = true};

	(void)state;
	prepare();
	withhold(0x40200000, 2 * PAGE, "hypervisor", BOOT_WITHHELD_IMAGE);
	withhold(0x09020000, PAGE, "fw-cfg@9020000", BOOT_WITHHELD_DMA);
	assert_int_equal(host_fault_decide(&faults, &plan, &ledger, &fault), HOST_FAULT_ABORT);
	assert_true(fake_said("hv: mem: [fault] host write at 0x40200ff8 (hypervisor: "
			      "hypervisor's code and data); abort injected, "
			      "pc=0xffff800080001234; further ones here are only counted\n"));
	/* the same range again, and its last byte: counted, not said */
	for (unsigned i = 0; i < 100U; i++)
		assert_int_equal(at(0x40200000 + i * 0x51), HOST_FAULT_ABORT);
	assert_int_equal(at(0x40201fff), HOST_FAULT_ABORT);
	assert_int_equal(lines(), 1);
	assert_int_equal(faults.total, 102);
	assert_int_equal(at(0x40202000), HOST_FAULT_RETRY);
	/* another range has a line of its own */
	assert_int_equal(at(0x09020008), HOST_FAULT_ABORT);
	assert_int_equal(lines(), 2);
	assert_true(fake_said("host read at 0x9020008 (fw-cfg@9020000: writes RAM past stage 2)"));
	assert_int_equal(faults.total, 103);
	assert_int_equal(faults.elsewhere, 0);
}

static void test_host_fault_elsewhere(void **state)
{
	struct host_fault walk = {.address = 0x2000000000, .known = true, .walk = true};
	struct host_fault unknown = {.address = 0x40001000, .pc = 0x1000, .known = false};

	(void)state;
	prepare();
	assert_int_equal(host_fault_decide(&faults, &plan, &ledger, &walk), HOST_FAULT_ABORT);
	assert_true(
	    fake_said("[fault-unnamed] host table walk at 0x2000000000, which the tree does "
		      "not name"));
	assert_int_equal(at(0x3000000000), HOST_FAULT_ABORT);
	assert_int_equal(at(~0ULL), HOST_FAULT_ABORT); /* beyond the input size */
	assert_int_equal(lines(), 1);
	assert_int_equal(faults.total, 3);
	assert_int_equal(faults.elsewhere, 3);

	/* no address: it is neither looked up nor taken for one */
	prepare();
	assert_int_equal(host_fault_decide(&faults, &plan, &ledger, &unknown), HOST_FAULT_ABORT);
	assert_true(fake_said("[fault-unknown] host read at an address that its own tables no "
			      "longer give; abort injected, pc=0x1000\n"));
	assert_int_equal(stage2.lock.next, 0);
	assert_int_equal(faults.elsewhere, 1);
}

/* Each of the most ranges that a plan can hold has its own first time. */
static void test_host_fault_every_range(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(stage2_set(&stage2, 0x40000000, 0x40000000, STAGE2_NONE), STAGE2_OK);
	for (uint64_t i = 0; i < BOOT_WITHHELD_MAX; i++) {
		char name[BOOT_NAME];

		snprintf(name, sizeof(name), "range-%llu.", (unsigned long long)i);
		withhold(0x40000000 + i * 2U * PAGE, PAGE, name, BOOT_WITHHELD_SECURE);
	}
	for (unsigned round = 0; round < 2U; round++)
		for (uint64_t i = 0; i < BOOT_WITHHELD_MAX; i++)
			assert_int_equal(at(0x40000000 + i * 2U * PAGE), HOST_FAULT_ABORT);
	assert_int_equal(lines(), BOOT_WITHHELD_MAX);
	for (uint64_t i = 0; i < BOOT_WITHHELD_MAX; i++) {
		char name[BOOT_NAME];

		snprintf(name, sizeof(name), "(range-%llu.:", (unsigned long long)i);
		assert_true(fake_said(name));
	}
	assert_int_equal(faults.total, 2 * BOOT_WITHHELD_MAX);
}

static void *many_faults(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2000U; i++) {
		(void)at(0x40200000);
		(void)at(0x3000000000);
	}
	return NULL;
}

/* All CPUs at once: every abort is counted, each line is said once. */
static void test_host_fault_several_cpus(void **state)
{
	pthread_t threads[4];

	(void)state;
	prepare();
	withhold(0x40200000, PAGE, "hypervisor", BOOT_WITHHELD_IMAGE);
	for (unsigned i = 0; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many_faults, NULL), 0);
	for (unsigned i = 0; i < 4U; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(faults.total, 4 * 4000);
	assert_int_equal(faults.elsewhere, 4 * 2000);
	assert_int_equal(lines(), 2);
}

/* A page that the host gave away is named as that, once, and not as an address that nobody knows.
 */
static void test_host_fault_given_away(void **state)
{
	static uint8_t records[8 * PAGE] __attribute__((aligned(4096)));

	(void)state;
	prepare();
	ledger.region[0] = (struct ledger_region){0x40000000, 0x40000000, 0};
	ledger.region_count = 1;
	fake.memory = NULL; /* tables and records lie where their addresses say */
	assert_int_equal(stage2_init(&stage2, (uint64_t)(uintptr_t)pool, 16, 48, STAGE2_BBM_BREAK),
			 STAGE2_OK);
	assert_int_equal(stage2_set(&stage2, 0x40000000, 0x40000000, STAGE2_RAM), STAGE2_OK);
	assert_true(ledger_init(&ledger, &stage2, (uint64_t)(uintptr_t)records, sizeof(records)));
	assert_int_equal(
	    ledger_donate(&ledger, 0x50003000, PAGE, LEDGER_HOST, LEDGER_HYPERVISOR, 1).status,
	    LEDGER_OK);
	assert_int_equal(at(0x50002fff), HOST_FAULT_RETRY);
	assert_int_equal(at(0x50003000), HOST_FAULT_ABORT);
	assert_int_equal(at(0x50003ff8), HOST_FAULT_ABORT);
	assert_true(
	    fake_said("[fault-given] host read at 0x50003000, a page owned by the hypervisor"));
	assert_int_equal(lines(), 1);
	assert_int_equal(faults.total, 2);
	assert_int_equal(faults.elsewhere, 2);
	/* and it does not use up the line of addresses that nobody knows */
	assert_int_equal(at(0x100000000), HOST_FAULT_ABORT);
	assert_true(fake_said("[fault-unnamed]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_host_fault_retry),
	    cmocka_unit_test(test_host_fault_given_away),
	    cmocka_unit_test(test_host_fault_execute_device),
	    cmocka_unit_test(test_host_fault_withheld),
	    cmocka_unit_test(test_host_fault_elsewhere),
	    cmocka_unit_test(test_host_fault_every_range),
	    cmocka_unit_test(test_host_fault_several_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
