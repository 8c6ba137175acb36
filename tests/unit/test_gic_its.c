/* SPDX-License-Identifier: Apache-2.0 */
/* An ITS behind the guard: its tables, its command queue, and what the host may command. */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "core/gic/register.h"
#include "fake/machine.h"
#include "gic_device.h"

#define QUEUE   DEVICE_HOST
#define TABLE   (DEVICE_RAM + 0x300000UL)
#define ITT     (DEVICE_RAM + 0x500000UL)
#define SYNC    0x05UL
#define VALID   GITS_BASE_VALID
#define BASER0  (DEVICE_ITS + GITS_BASER)
#define BASER1  (DEVICE_ITS + GITS_BASER + 8U)
#define SHARED  (7UL << 59 | 1UL << 10)
#define QUEUE64 15UL /* pages of 4 KiB, less one */

static void write64(uint64_t address, uint64_t value)
{
	assert_int_equal(host_write(address, 8, value), GIC_DONE);
}

static void control(uint64_t value)
{
	assert_int_equal(host_write(DEVICE_ITS + GITS_CTLR, 4, value), GIC_DONE);
}

static uint64_t own(unsigned index)
{
	return *its_register(GITS_BASER + 8U * index);
}

/* A host that has set up everything, with a queue of `pages`. */
static void start(uint64_t pages)
{
	device_prepare();
	device_start();
	write64(BASER0, VALID | SHARED | TABLE | 2UL << 8 | 7UL);
	write64(BASER1, VALID | SHARED | (TABLE + 0x100000U) | 2UL << 8);
	write64(DEVICE_ITS + GITS_CBASER, VALID | SHARED | QUEUE | (pages - 1U));
	write64(DEVICE_ITS + GITS_CWRITER, 0);
	control(GITS_CTLR_ENABLED);
	assert_int_equal(gic.refusals, 0);
}

static uint64_t at; /* where the host writes next */

static void put(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	uint64_t words[4] = {w0, w1, w2, w3};
	uint64_t size = ((*its_register(GITS_CBASER) & 0xffU) + 1U) * 4096U;

	memcpy(device.host + at, words, sizeof(words));
	at = (at + 32U) % size;
}

static void go(void)
{
	write64(DEVICE_ITS + GITS_CWRITER, at);
}

static void command(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
	put(w0, w1, w2, w3);
	go();
}

static void mapd(uint32_t id, unsigned bits, uint64_t itt, bool valid)
{
	command(0x08UL | (uint64_t)id << 32, bits - 1U, itt | (valid ? 1UL << 63 : 0UL), 0);
}

static const uint64_t *last(void)
{
	assert_true(device.executed_count > 0U);
	return device.executed[device.executed_count - 1U].word;
}

static bool was_replaced(void)
{
	const uint64_t *word = last();

	return word[0] == SYNC && word[1] == 0UL && word[2] == 0UL && word[3] == 0UL;
}

/* --- registers --- */

static void test_its_type(void **state)
{
	uint64_t type;

	(void)state;
	device_prepare();
	device_start();
	type = host_read(DEVICE_ITS + GITS_TYPER, 8);
	/* CIL and what lies above bit 42 stay; virtual interrupts are not there */
	assert_int_equal(type, (*its_register(GITS_TYPER) & ~(0x3fUL << 37) & ~2UL));
	assert_int_equal(host_read(DEVICE_ITS + GITS_TYPER + 4U, 4), type >> 32);
	write64(DEVICE_ITS + GITS_TYPER, 0);
	assert_int_equal(host_read(DEVICE_ITS + GITS_TYPER, 8), type);
	/* as many devices as the table holds */
	device_prepare();
	*its_register(GITS_TYPER) |= 31UL << GITS_TYPER_DEVICE_SHIFT;
	*its_register(GITS_BASER) |= 31UL << GITS_BASER_ENTRY_SHIFT;
	device_start();
	assert_int_equal(host_read(DEVICE_ITS + GITS_TYPER, 8) >> GITS_TYPER_DEVICE_SHIFT & 31U,
			 13);
}

/* What firmware left is gone before the host begins. */
static void test_its_left(void **state)
{
	(void)state;
	device_prepare();
	*its_register(GITS_CTLR) = 1;
	*its_register(GITS_CBASER) = VALID | QUEUE;
	*its_register(GITS_BASER) |= VALID | TABLE;
	*its_register(GITS_BASER + 16U) |= VALID | TABLE;
	device_start();
	assert_int_equal(*its_register(GITS_CTLR) & 1U, 0);
	assert_int_equal(*its_register(GITS_CBASER), 0);
	assert_int_equal(own(0) & VALID, 0);
	assert_int_equal(own(2) & VALID, 0);
	/* enabled without a queue, nothing is executed, whatever the position */
	control(1);
	write64(DEVICE_ITS + GITS_CWRITER, 64);
	write64(DEVICE_ITS + GITS_CWRITER, 0);
	assert_int_equal(device.executed_count, 0);
	assert_int_equal(gic.refusals, 1);
}

/* Every word of the page that is no register reads as zero and takes nothing. */
static void test_its_rest(void **state)
{
	(void)state;
	device_prepare();
	device_start();
	for (unsigned offset = 0; offset < 4096U; offset += 4U) {
		unsigned writes = device.writes;

		if (offset < 0x10U || offset == GITS_STATUSR ||
		    (offset >= GITS_CBASER && offset < GITS_CREADR + 8U) ||
		    (offset >= GITS_BASER && offset < GITS_BASER + 64U))
			continue;
		assert_int_equal(host_write(DEVICE_ITS + offset, 4, 0xffffffff), GIC_DONE);
		assert_int_equal(host_read(DEVICE_ITS + offset, 4), 0);
		assert_int_equal(device.writes, writes);
	}
	*its_register(GITS_CTLR) = 0x43bUL << 32;
	assert_int_equal(host_read(DEVICE_ITS + GITS_IIDR, 4), 0x43b);
	assert_int_equal(host_write(DEVICE_ITS + GITS_STATUSR, 4, 5), GIC_DONE);
	assert_int_equal(*its_register(GITS_STATUSR), 5);
	assert_int_equal(host_read(DEVICE_ITS + GITS_STATUSR, 4), 5);
	/* ITS_Number and others are not the host's to write */
	control(0xffffffff);
	assert_int_equal(device.last_value, GITS_CTLR_ENABLED | GITS_CTLR_IMDE | GITS_CTLR_UMSI);
	assert_int_equal(host_write(DEVICE_ITS + GITS_IIDR, 4, 1), GIC_DONE);
	assert_int_equal(device.last_address, DEVICE_ITS + GITS_CTLR);
}

/* --- tables --- */

static bool empty(uint64_t base, uint64_t size)
{
	const uint8_t *byte = machine_table(base);

	for (uint64_t i = 0; i < size; i++)
		if (byte[i] != 0U)
			return false;
	return true;
}

static void test_its_tables(void **state)
{
	uint64_t value = VALID | SHARED | TABLE | 1UL << 8 | 31UL;

	(void)state;
	device_prepare();
	device_start();
	assert_int_equal(host_read(BASER0, 8), 1UL << 56 | 7UL << 48);
	/* Linux asks whether two levels stick; they do not */
	write64(BASER0, GITS_BASER_INDIRECT | 2UL << 8);
	assert_int_equal(host_read(BASER0, 8), 1UL << 56 | 7UL << 48 | 2UL << 8);
	assert_int_equal(own(0) & ~GITS_BASER_FIXED, 0);
	write64(BASER0, value | GITS_BASER_INDIRECT | GITS_BASER_FIXED);
	/* what was written sticks, but for what is fixed */
	assert_int_equal(host_read(BASER0, 8), value | 1UL << 56 | 7UL << 48);
	/* and the ITS has another table */
	assert_int_equal(own(0) & GITS_BASER_ADDRESS, gic.its[0].devices_table);
	assert_true(gic.its[0].devices_table >= DEVICE_OWN);
	assert_int_equal(own(0) & GITS_BASER_INDIRECT, 0);
	assert_int_equal(own(0) & (VALID | SHARED | 0xfffUL), VALID | SHARED | 2UL << 8 | 7UL);
	assert_true(empty(gic.its[0].devices_table, GIC_ITS_DEVICE_ROOM));
	/* a place that is not the host's is as good as any: nobody goes there */
	write64(BASER0, VALID | DEVICE_OWN);
	assert_int_equal(own(0) & GITS_BASER_ADDRESS, gic.its[0].devices_table);
	write64(BASER1, VALID | SHARED | TABLE);
	assert_int_equal(own(1) & GITS_BASER_ADDRESS, gic.its[0].collections_table);
	assert_true(empty(gic.its[0].collections_table, GIC_ITS_COLLECTIONS));
	/* tables of virtual processors, and those that there are not */
	for (unsigned i = 2; i < GIC_ITS_TABLES; i++) {
		write64(BASER0 + 8U * i, VALID | TABLE | 0x0201000000000000UL);
		assert_int_equal(host_read(BASER0 + 8U * i, 8), 0);
		assert_int_equal(own(i) & VALID, 0);
	}
	write64(BASER0, TABLE);
	assert_int_equal(own(0) & VALID, 0);
	assert_int_equal(host_read(BASER0, 8), TABLE | 1UL << 56 | 7UL << 48);
	assert_int_equal(gic.refusals, 0);
	assert_int_equal(pins(TABLE), 0);
	/* by halves */
	assert_int_equal(host_write(BASER0 + 4U, 4, VALID >> 32), GIC_DONE);
	assert_int_equal(own(0) & (VALID | GITS_BASER_ADDRESS), VALID | gic.its[0].devices_table);
}

/* Page sizes that the ITS has, and caches that it does not look into. */
static void test_its_hardware(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= 3U; size++) {
		device_prepare();
		device.page_size = size;
		device.no_snoop = size == 2U;
		device_start();
		write64(BASER0, VALID | SHARED | TABLE);
		assert_int_equal(own(0) & GITS_BASER_PAGES, (size - 1U) << 8);
		assert_int_equal(((own(0) & 0xffU) + 1U) << (10U + 2U * size), GIC_ITS_DEVICE_ROOM);
		assert_int_equal(own(0) & (7UL << 59), device.no_snoop ? 1UL << 59 : 7UL << 59);
		assert_true((host_read(BASER0, 8) & VALID) != 0UL);
	}
}

static void test_its_busy(void **state)
{
	uint64_t queue, table;

	(void)state;
	start(16);
	queue = *its_register(GITS_CBASER);
	table = host_read(BASER0, 8);
	write64(BASER0, VALID | (TABLE + 0x10000U));
	write64(BASER0, 0);
	write64(DEVICE_ITS + GITS_CBASER, VALID | (QUEUE + 0x1000U));
	write64(DEVICE_ITS + GITS_CBASER, 0);
	assert_int_equal(gic.refusals, 4);
	assert_int_equal(*its_register(GITS_CBASER), queue);
	assert_int_equal(host_read(BASER0, 8), table);
	assert_int_equal(own(0) & VALID, VALID);
	/* disabled, but still at work */
	device.restless = true;
	control(0);
	write64(DEVICE_ITS + GITS_CBASER, 0);
	assert_int_equal(gic.refusals, 5);
	device.restless = false;
	write64(DEVICE_ITS + GITS_CBASER, 0);
	assert_int_equal(*its_register(GITS_CBASER), 0);
	assert_int_equal(pins(QUEUE), 0);
}

/* After a sleep the host writes what it had: the devices are still mapped. With a new table, not.
 */
static void test_its_restored(void **state)
{
	uint64_t value, word = 0xabcd;

	(void)state;
	start(16);
	at = 0;
	mapd(1, 5, ITT, true);
	control(0);
	value = host_read(BASER0, 8);
	memcpy(machine_table(gic.its[0].devices_table), &word, 8);
	*its_register(GITS_BASER) &= GITS_BASER_FIXED;
	write64(BASER0, value);
	assert_int_equal(own(0) & VALID, VALID);
	assert_int_equal(*(uint64_t *)machine_table(gic.its[0].devices_table), 0xabcd);
	assert_int_equal(pins(ITT), 1);
	write64(BASER0, (value & ~GITS_BASER_ADDRESS) | (TABLE + 0x10000U));
	assert_int_equal(*(uint64_t *)machine_table(gic.its[0].devices_table), 0);
	assert_int_equal(pins(ITT), 0);
	/* who was forgotten is nobody: the pin that there is then is another's */
	control(GITS_CTLR_ENABLED);
	mapd(2, 5, ITT, true);
	mapd(1, 5, 0, false);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT), 1);
	assert_int_equal(gic.its[0].device_count, 1);
}

/* --- the queue --- */

static void test_its_queue(void **state)
{
	static const uint64_t bad[] = {
	    DEVICE_OWN,
	    DEVICE_OWN - 0xf000U,
	    DEVICE_RAM - 0x1000U,
	    DEVICE_RAM + DEVICE_RAM_SIZE - 0x1000U,
	    DEVICE_RAM + DEVICE_RAM_SIZE,
	    0,
	    DEVICE_GICD,
	    0x000ffffffffff000UL,
	};

	(void)state;
	device_prepare();
	device_start();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write64(DEVICE_ITS + GITS_CBASER, VALID | bad[i] | QUEUE64);
		assert_int_equal(*its_register(GITS_CBASER), 0);
		assert_int_equal(host_read(DEVICE_ITS + GITS_CBASER, 8), 0);
	}
	write64(DEVICE_ITS + GITS_CBASER, VALID | QUEUE | 16U);
	assert_int_equal(*its_register(GITS_CBASER), 0);
	assert_int_equal(gic.refusals, sizeof(bad) / sizeof(bad[0]) + 1U);
	write64(DEVICE_ITS + GITS_CBASER, VALID | SHARED | QUEUE | QUEUE64);
	assert_int_equal(host_read(DEVICE_ITS + GITS_CBASER, 8), VALID | SHARED | QUEUE | QUEUE64);
	assert_int_equal(*its_register(GITS_CBASER), VALID | SHARED | DEVICE_ITS_ROOM | QUEUE64);
	assert_int_equal(pins(QUEUE), 1);
	assert_int_equal(pins(QUEUE + 0xf000U), 1);
	assert_int_equal(pins(QUEUE + 0x10000U), 0);
	assert_int_equal(
	    ledger_donate(&ledger, QUEUE, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).rule,
	    LEDGER_RULE_PINNED);
	/* an ITS that does not snoop says so, and the host believes it */
	device.no_snoop = true;
	write64(DEVICE_ITS + GITS_CBASER, VALID | SHARED | QUEUE | QUEUE64);
	assert_int_equal(host_read(DEVICE_ITS + GITS_CBASER, 8) & (3UL << 10), 0);
	assert_int_equal(pins(QUEUE), 1);
	write64(DEVICE_ITS + GITS_CBASER, VALID | (QUEUE + 0x20000U));
	assert_int_equal(pins(QUEUE), 0);
	assert_int_equal(pins(QUEUE + 0x20000U), 1);
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
}

static void test_its_position(void **state)
{
	(void)state;
	start(1);
	device.lazy = true;
	at = 0;
	/* beyond the queue */
	write64(DEVICE_ITS + GITS_CWRITER, 4096);
	write64(DEVICE_ITS + GITS_CWRITER, 0xfffe0);
	assert_int_equal(gic.refusals, 2);
	/* 127 commands fit, one more would be the first again */
	for (unsigned i = 0; i < 127U; i++)
		put(0x0dUL, 0, i, 0);
	go();
	assert_int_equal(*its_register(GITS_CWRITER), 127U * 32U);
	write64(DEVICE_ITS + GITS_CWRITER, 0);
	assert_int_equal(*its_register(GITS_CWRITER), 127U * 32U);
	assert_int_equal(host_read(DEVICE_ITS + GITS_CWRITER, 8), 127U * 32U);
	write64(DEVICE_ITS + GITS_CWRITER, 32);
	write64(DEVICE_ITS + GITS_CWRITER, 126U * 32U);
	assert_int_equal(gic.refusals, 5);
	*its_register(GITS_CREADR) = 64; /* two are done: there is room for two */
	write64(DEVICE_ITS + GITS_CWRITER, 64);
	assert_int_equal(gic.refusals, 6);
	put(0x0dUL, 0, 200, 0);
	put(0x0dUL, 0, 201, 0);
	go();
	assert_int_equal(gic.refusals, 6);
	assert_int_equal(*its_register(GITS_CWRITER), 32);
	device_execute();
	assert_int_equal(device.executed_count, 127);
	assert_int_equal(device.executed[0].word[2], 2);
	assert_int_equal(last()[2], 201);
	/* the host asks a stalled ITS to go on */
	write64(DEVICE_ITS + GITS_CWRITER, 32 | 1);
	assert_int_equal(device.last_value, 33);
	/* an ITS that reports nonsense gets no commands */
	*its_register(GITS_CREADR) = 8192;
	write64(DEVICE_ITS + GITS_CWRITER, 64);
	assert_int_equal(gic.refusals, 7);
}

/* The queue goes round and round, in runs that cross its pages and its end. */
static void test_its_round(void **state)
{
	unsigned sent = 0;

	(void)state;
	start(3);
	at = 0;
	for (unsigned run = 1; sent < 6000U; run = run * 7U % 383U) {
		for (unsigned i = 0; i < run; i++)
			put(0x0cUL | (uint64_t)sent++ << 32, 0, 0, 0);
		go();
		assert_int_equal(device.executed_count, sent);
	}
	for (unsigned i = 0; i < sent; i++)
		assert_int_equal(device.executed[i].word[0], 0x0cUL | (uint64_t)i << 32);
	assert_int_equal(gic.refusals, 0);
}

/* --- commands --- */

static void test_its_opcodes(void **state)
{
	static const uint8_t good[] = {0x01, 0x03, 0x04, 0x05, 0x08, 0x09,
				       0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

	(void)state;
	start(16);
	at = 0;
	for (unsigned opcode = 0; opcode < 256U; opcode++) {
		uint64_t word = opcode | 0x1234UL << 32;
		bool passes = false;

		for (unsigned i = 0; i < sizeof(good); i++)
			passes = passes || good[i] == opcode;
		command(word, 0x11, 0x22, 0x33);
		if (passes) {
			assert_int_equal(last()[0], word);
			assert_int_equal(last()[1], 0x11);
			assert_int_equal(last()[2], 0x22);
			assert_int_equal(last()[3], 0x33);
		} else {
			assert_true(was_replaced());
		}
	}
	assert_int_equal(gic.refusals, 256U - sizeof(good));
	assert_true(fake_said("no command for a host"));
}

static void test_its_devices(void **state)
{
	(void)state;
	start(16);
	at = 0;
	/* 2^9 entries of 12 bytes, from within a page: 0x1800 bytes */
	mapd(7, 9, ITT + 0xf00U, true);
	assert_int_equal(last()[0], 0x08UL | 7UL << 32);
	assert_int_equal(pins(ITT), 1);
	assert_int_equal(pins(ITT + 0x1000U), 1);
	assert_int_equal(pins(ITT + 0x2000U), 1);
	assert_int_equal(pins(ITT + 0x3000U), 0);
	/* a neighbour in the same page */
	mapd(8, 1, ITT + 0xe00U, true);
	assert_int_equal(pins(ITT), 2);
	mapd(7, 9, 0, false);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT), 1);
	assert_int_equal(pins(ITT + 0x2000U), 0);
	/* mapped anew: the old table is free once the ITS knows */
	mapd(8, 1, ITT + 0x8000U, true);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT), 0);
	assert_int_equal(pins(ITT + 0x8000U), 1);
	/* twice unmapped, never mapped */
	mapd(8, 1, 0, false);
	mapd(8, 1, 0, false);
	mapd(9, 1, 0, false);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT + 0x8000U), 0);
	assert_int_equal(gic.refusals, 0);
	assert_int_equal(gic.its[0].device_count, 0);
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
}

static void test_its_device_attacks(void **state)
{
	static const uint64_t bad[] = {
	    DEVICE_OWN,
	    DEVICE_OWN - 0x100U,
	    DEVICE_OWN + DEVICE_OWN_SIZE - 0x100U,
	    DEVICE_RAM - 0x100U,
	    0,
	    DEVICE_ITS,
	    0x000fffffffffff00UL,
	};

	(void)state;
	start(16);
	at = 0;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mapd(3, 9, bad[i], true);
		assert_true(was_replaced());
	}
	/* the largest table begins before the hypervisor and reaches into it */
	mapd(3, 16, DEVICE_OWN - 12U * 0x10000U + 0x100U, true);
	assert_true(was_replaced());
	mapd(3, 16, DEVICE_OWN - 12U * 0x10000U, true);
	assert_false(was_replaced());
	mapd(3, 17, ITT, true);
	assert_true(was_replaced());
	mapd(3, 32, ITT, true);
	assert_true(was_replaced());
	mapd(0x10000, 1, ITT, true);
	assert_true(was_replaced());
	mapd(0xffffffff, 1, ITT, true);
	assert_true(was_replaced());
	mapd(0xffff, 1, ITT, true);
	assert_false(was_replaced());
	/* donated before */
	assert_int_equal(
	    ledger_donate(&ledger, ITT + 0x1000U, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).status,
	    LEDGER_OK);
	mapd(4, 9, ITT, true);
	assert_true(was_replaced());
	/* and not while it is mapped */
	assert_int_equal(ledger_donate(&ledger, ITT, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).rule,
			 LEDGER_RULE_PINNED);
	/* one page takes so many */
	for (uint32_t i = 0; i < 300U; i++)
		mapd(100U + i, 1, ITT + 0x100U, true);
	assert_int_equal(pins(ITT), LEDGER_PINS_MAX);
	assert_true(was_replaced());
}

/* The ITS still works with a table until it has seen the command: the host keeps it until then. */
static void test_its_late(void **state)
{
	(void)state;
	start(16);
	at = 0;
	mapd(7, 5, ITT, true);
	device.lazy = true;
	mapd(7, 5, 0, false);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT), 1);
	mapd(7, 5, ITT + 0x1000U, true); /* looks once more before it adds */
	assert_int_equal(pins(ITT), 1);
	device_execute();
	assert_int_equal(pins(ITT), 1);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	assert_int_equal(pins(ITT), 0);
	assert_int_equal(pins(ITT + 0x1000U), 1);
}

static void test_its_many(void **state)
{
	(void)state;
	start(16);
	at = 0;
	for (uint32_t i = 0; i < GIC_ITS_DEVICES; i++)
		mapd(i, 1, ITT + i * 256U, true);
	assert_int_equal(gic.refusals, 0);
	mapd(GIC_ITS_DEVICES, 1, ITT, true);
	assert_true(was_replaced());
	mapd(5, 1, 0, false);
	mapd(GIC_ITS_DEVICES, 1, ITT, true);
	assert_false(was_replaced());
}

/* An ITS that is told addresses of redistributors gets only those that there are. */
static void test_its_targets(void **state)
{
	(void)state;
	device_prepare();
	*its_register(GITS_TYPER) |= GITS_TYPER_PTA;
	device_start();
	write64(DEVICE_ITS + GITS_CBASER, VALID | QUEUE | QUEUE64);
	control(1);
	at = 0;
	command(0x09, 0, 1UL << 63 | rd_address(2, 0), 0);
	assert_int_equal(last()[0], 0x09);
	command(0x09, 0, 1UL << 63 | DEVICE_OWN, 0);
	assert_int_equal(last()[0], SYNC);
	assert_int_equal(last()[2], rd_address(0, 0));
	command(0x09, 0, DEVICE_OWN, 0); /* V = 0: no target */
	assert_int_equal(last()[0], 0x09);
	command(0x05, 0, rd_address(3, 0x10000), 0);
	assert_int_equal(last()[2], rd_address(0, 0));
	command(0x0e, 0, rd_address(1, 0), rd_address(3, 0));
	assert_int_equal(last()[0], 0x0e);
	command(0x0e, 0, rd_address(1, 0), 0);
	assert_int_equal(last()[0], SYNC);
	command(0x0e, 0, 0, rd_address(1, 0));
	assert_int_equal(last()[0], SYNC);
	assert_int_equal(gic.refusals, 4);
}

/* The host changes its queue while, and after, it is read: what was checked is what is executed. */
static void change_queue(struct gic_fake *fake_device)
{
	uint64_t evil[4] = {0x08UL | 3UL << 32, 8, 1UL << 63 | DEVICE_OWN, 0};

	for (unsigned i = 0; i < sizeof(fake_device->host) / 32U; i++)
		memcpy(fake_device->host + i * 32U, evil, 32);
}

static void test_its_changed(void **state)
{
	(void)state;
	start(16);
	at = 0;
	device.lazy = true;
	device.during_copy = change_queue;
	mapd(3, 9, ITT, true);
	change_queue(&device);
	device_execute();
	assert_int_equal(device.executed_count, 1);
	assert_int_equal(last()[2], 1UL << 63 | ITT);
	/* and what it says now is refused */
	write64(DEVICE_ITS + GITS_CWRITER, 64);
	device_execute();
	assert_true(was_replaced());
	assert_int_equal(pins(ITT), 1);
}

/* --- CPUs at once --- */

static void *send_commands(void *argument)
{
	for (unsigned i = 0; i < 300U; i++) {
		write64(DEVICE_ITS + GITS_CWRITER, i * 7U % 128U * 32U);
		(void)host_read(DEVICE_ITS + GITS_CREADR, 8);
	}
	return argument;
}

static void *give_away(void *argument)
{
	for (unsigned i = 0; i < 300U; i++)
		if (ledger_donate(&ledger, ITT, 4096, LEDGER_HOST, LEDGER_HYPERVISOR, 0).status ==
		    LEDGER_OK)
			assert_int_equal(
			    ledger_donate(&ledger, ITT, 4096, LEDGER_HYPERVISOR, LEDGER_HOST, 0)
				.status,
			    LEDGER_OK);
	return argument;
}

static void test_its_race(void **state)
{
	pthread_t threads[3];
	unsigned mapped = 0;

	(void)state;
	start(1);
	at = 0;
	for (uint32_t i = 0; i < 128U; i++)
		put(0x08UL | (uint64_t)(i / 2U) << 32, 0,
		    i % 2U == 0U ? 1UL << 63 | (ITT + i * 256U % 8192U) : 0UL, 0);
	assert_int_equal(pthread_create(&threads[0], NULL, send_commands, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, send_commands, NULL), 0);
	assert_int_equal(pthread_create(&threads[2], NULL, give_away, NULL), 0);
	for (unsigned i = 0; i < 3U; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	host_read(DEVICE_ITS + GITS_CREADR, 8);
	for (unsigned i = 0; i < gic.its[0].device_count; i++)
		mapped += gic.its[0].devices[i].table - ITT < 8192U;
	assert_int_equal(mapped, gic.its[0].device_count);
	assert_int_equal(pins(ITT) + pins(ITT + 0x1000U), mapped);
	/* no command went to the ITS that was not checked */
	for (unsigned i = 0; i < device.executed_count; i++)
		assert_true((uint8_t)device.executed[i].word[0] == 0x08U ||
			    (uint8_t)device.executed[i].word[0] == SYNC);
	assert_null(ledger_check(&ledger, &(uint64_t){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_its_type),           cmocka_unit_test(test_its_left),
	    cmocka_unit_test(test_its_rest),           cmocka_unit_test(test_its_tables),
	    cmocka_unit_test(test_its_hardware),       cmocka_unit_test(test_its_busy),
	    cmocka_unit_test(test_its_restored),       cmocka_unit_test(test_its_queue),
	    cmocka_unit_test(test_its_position),       cmocka_unit_test(test_its_round),
	    cmocka_unit_test(test_its_opcodes),        cmocka_unit_test(test_its_devices),
	    cmocka_unit_test(test_its_device_attacks), cmocka_unit_test(test_its_late),
	    cmocka_unit_test(test_its_many),           cmocka_unit_test(test_its_targets),
	    cmocka_unit_test(test_its_changed),        cmocka_unit_test(test_its_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
