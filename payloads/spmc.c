// SPDX-License-Identifier: Apache-2.0
/*
 * Drives an SPMC and the partitions of the EL3 test firmware (docs/firmware.md has their commands)
 * with real pages, from all CPUs: as an operating system without hypervisor, or as host of one that
 * lets it. payload.version is what it asks for, by default 1.1; payload.rounds what each CPU does
 * in the end.
 */
#include "cpu.h"
#include "gic.h"
#include "payload.h"
#include "smccc.h"
#include "sysreg.h"

#define FN_ERROR    0x84000060U
#define FN_SUCCESS  0x84000061U
#define FN_INT      0x84000062U
#define FN_VERSION  0x84000063U
#define FN_FEATURES 0x84000064U
#define FN_RELEASE  0x84000065U
#define FN_MAP      0xc4000066U
#define FN_UNMAP    0x84000067U
#define FN_INFO     0x84000068U
#define FN_ID       0x84000069U
#define FN_RUN      0x8400006dU
#define FN_DIRECT   0xc400006fU
#define FN_RESPONSE 0xc4000070U
#define FN_LEND     0xc4000072U
#define FN_SHARE    0xc4000073U
#define FN_RECLAIM  0x84000077U
#define FN_FRAG_RX  0x8400007aU
#define FN_FRAG_TX  0x8400007bU
#define FN_CREATE   0x8400007dU
#define FN_DESTROY  0x8400007eU
#define FN_BIND     0x8400007fU
#define FN_UNBIND   0x84000080U
#define FN_GET      0x84000082U
#define FN_LIST     0xc4000083U

#define INTERRUPT 0x50430001U
#define WORK      0x50430005U
#define ROUND     0x50430014U
#define NOTIFY    0x50430020U
#define LOG       0x50430043U

#define ECHO     0x8001U
#define MEMORY   0x8002U
#define NOTIFIER 0x8003U

#define TX    0x50000000UL
#define RX    0x50001000UL
#define PAGES 0x50100000UL /* of ours, to be shared */
#define PAGE  4096UL

#define MANY      600U
#define PENDING   0x200U /* GICR_ISPENDR0, GICD_ISPENDR0 */
#define UNPENDING 0x280U

const char payload_name[] = "spmc";

static uint32_t version;
static uint16_t self;
static unsigned passed, failed;
static uint32_t tx_ticket, tx_served; /* one TX for all CPUs */

static void check(bool good, const char *what)
{
	if (good)
		(void)__atomic_fetch_add(&passed, 1U, __ATOMIC_RELAXED);
	else
		(void)__atomic_fetch_add(&failed, 1U, __ATOMIC_RELAXED);
	if (!good)
		say("not ok: %s", what);
}

/* x0..x17 of a call, in and out. */
struct call {
	uint64_t x[18];
};

static uint32_t call(struct call *c)
{
	struct exchange e;

	call_prepare(&e, c->x[0]);
	for (unsigned i = 0; i < 18U; i++)
		e.x[i] = c->x[i];
	exchange_perform(&e, machine.hvc ? HVC : SMC);
	for (unsigned i = 0; i < 18U; i++)
		c->x[i] = e.x[i];
	return (uint32_t)c->x[0];
}

#define CALL(c, ...) (*(c) = (struct call){{__VA_ARGS__}}, call(c))

static bool succeeds(struct call *c)
{
	return (uint32_t)c->x[0] == FN_SUCCESS || (uint32_t)c->x[0] == (FN_SUCCESS | 0x40000000U);
}

/* A command to a partition; its status. */
static int32_t command(struct call *c, uint16_t to, uint64_t w3, uint64_t w4, uint64_t w5,
		       uint64_t w6, uint64_t w7)
{
	if (CALL(c, FN_DIRECT, (uint64_t)self << 16 | to, 0, w3, w4, w5, w6, w7) != FN_RESPONSE)
		return INT32_MIN;
	return (int32_t)c->x[3];
}

static void put(uint64_t at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		((volatile uint8_t *)(uintptr_t)at)[i] = (uint8_t)(value >> 8U * i);
}

/* The headers of a descriptor for partition MEMORY in TX, by version; where the ranges begin. */
static uint32_t write_head(bool share, uint32_t ranges, uint32_t pages)
{
	uint32_t emads = version < 0x10001U ? 32U : 48U, emad = version < 0x10002U ? 16U : 32U;
	uint32_t composite = emads + emad;

	for (uint32_t i = 0; i < composite + 16U; i += 8U)
		put(TX + i, 0, 8);
	put(TX, self, 2);
	put(TX + 2, share ? 0x2f : 0, 1);
	put(TX + 28, 1, 4);
	if (emads == 48U) {
		put(TX + 24, emad, 4);
		put(TX + 32, emads, 4);
	}
	put(TX + emads, MEMORY, 2);
	put(TX + emads + 2, 2, 1);
	put(TX + emads + 4, composite, 4);
	put(TX + composite, pages, 4);
	put(TX + composite + 4, ranges, 4);
	return composite + 16U;
}

static void write_range(uint64_t at, uint64_t address, uint32_t pages)
{
	put(at, address, 8);
	put(at + 8, pages, 8);
}

static void fill(uint64_t address, uint32_t first_page, uint32_t pages, uint32_t seed)
{
	volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)address;

	for (uint64_t i = 0; i < pages * PAGE / 8U; i++)
		words[i] = (uint64_t)seed << 32 | (uint32_t)(first_page * PAGE + i * 8U);
}

static bool holds(uint64_t address, uint32_t first_page, uint32_t pages, uint32_t seed)
{
	volatile uint64_t *words = (volatile uint64_t *)(uintptr_t)address;

	for (uint64_t i = 0; i < pages * PAGE / 8U; i++) {
		if (words[i] != ((uint64_t)seed << 32 | (uint32_t)(first_page * PAGE + i * 8U)))
			return false;
	}
	return true;
}

/* The partition borrows, finds `seed`, writes seed + 1 and gives back; then we take the memory
 * back. */
static void lend_round(uint64_t low, uint64_t high, uint32_t seed, const char *what)
{
	struct call c;

	check(command(&c, MEMORY, ROUND, low, high, self, seed) == 0, what);
	CALL(&c, FN_RECLAIM, low, high, 0);
	check(succeeds(&c), what);
}

static void two_ranges(bool share)
{
	uint32_t at = write_head(share, 2, 3);
	struct call c;

	fill(PAGES, 0, 2, 5);
	fill(PAGES + 4UL * PAGE, 2, 1, 5);
	fill(PAGES + 2UL * PAGE, 9, 2, 77);
	write_range(TX + at, PAGES, 2);
	write_range(TX + at + 16U, PAGES + 4UL * PAGE, 1);
	CALL(&c, share ? FN_SHARE : FN_LEND, at + 32U, at + 32U);
	check(succeeds(&c), "memory of two ranges is sent");
	lend_round(c.x[2], c.x[3], 5, "the partition uses memory of two ranges");
	check(holds(PAGES, 0, 2, 6) && holds(PAGES + 4UL * PAGE, 2, 1, 6),
	      "the partition's pattern is there");
	check(holds(PAGES + 2UL * PAGE, 9, 2, 77), "pages between are as they were");
}

/* Ranges of one page each, more than TX holds. */
static void fragments(void)
{
	uint32_t at = write_head(true, MANY, MANY), total = at + MANY * 16U, sent = 0;
	uint64_t low, high;
	struct call c;

	for (uint32_t i = 0; i < MANY; i++)
		fill(PAGES + i * 2UL * PAGE, i, 1, 9);
	for (; at + 16U <= PAGE; at += 16U)
		write_range(TX + at, PAGES + sent++ * 2UL * PAGE, 1);
	CALL(&c, FN_SHARE, total, at);
	check((uint32_t)c.x[0] == FN_FRAG_RX && (uint32_t)c.x[3] == at, "more is wanted");
	low = c.x[1];
	high = c.x[2];
	while ((uint32_t)c.x[0] == FN_FRAG_RX && sent < MANY) {
		uint32_t length = 0;

		for (; length < PAGE && sent < MANY; length += 16U)
			write_range(TX + length, PAGES + sent++ * 2UL * PAGE, 1);
		CALL(&c, FN_FRAG_TX, low, high, length, c.x[4]);
	}
	check(succeeds(&c) && c.x[2] == low && c.x[3] == high, "the last fragment ends it");
	lend_round(low, high, 9, "the partition uses memory of many ranges");
	check(holds(PAGES + (MANY - 1UL) * 2UL * PAGE, MANY - 1U, 1, 10),
	      "the last page was written");
}

/* One entry for each service: some may be there twice. */
static bool is_listed(uint16_t id, unsigned count, unsigned stride)
{
	for (uint64_t i = 0; i < count && (i + 1U) * stride <= PAGE; i++) {
		if (*(volatile uint16_t *)(uintptr_t)(RX + i * stride) == id)
			return true;
	}
	return false;
}

static void discovery(void)
{
	unsigned stride, count;
	struct call c;

	CALL(&c, FN_VERSION, machine_option("version", 0x10001));
	version = (uint32_t)c.x[0];
	if (version >> 31 == 0U && version > (uint32_t)machine_option("version", 0x10001))
		version = (uint32_t)machine_option("version", 0x10001);
	CALL(&c, FN_VERSION, version);
	say("version 0x%x, told 0x%x", version, (uint32_t)c.x[0]);
	check((uint32_t)c.x[0] >> 16 == 1U, "there is an SPMC");
	CALL(&c, FN_ID);
	check(succeeds(&c), "FFA_ID_GET");
	self = (uint16_t)c.x[2];
	CALL(&c, FN_UNMAP);
	CALL(&c, FN_MAP, TX, RX, 1);
	check(succeeds(&c), "FFA_RXTX_MAP");
	CALL(&c, FN_INFO);
	stride = version < 0x10001U ? 8U : (unsigned)c.x[3];
	count = (unsigned)c.x[2];
	check(succeeds(&c) && count >= 3U, "FFA_PARTITION_INFO_GET");
	for (unsigned i = 0; i < 3U; i++)
		check(is_listed((uint16_t)(ECHO + i), count, stride), "the partition is listed");
	CALL(&c, FN_RELEASE);
	check(succeeds(&c), "FFA_RX_RELEASE");
	say("endpoint 0x%x, %u partitions of %u bytes", self, count, stride);
}

static void messages(void)
{
	struct call c;

	CALL(&c, FN_DIRECT, (uint64_t)self << 16 | ECHO, 0, 3, 0x4444555566667777UL, 5, 6, 7);
	check((uint32_t)c.x[0] == FN_RESPONSE && c.x[1] == ((uint64_t)ECHO << 16 | self) &&
		  c.x[4] == 0x4444555566667777UL && c.x[7] == 7U,
	      "a direct request comes back");
	CALL(&c, FN_DIRECT, (uint64_t)self << 16 | ECHO, 0, INTERRUPT, 2, 55);
	for (unsigned i = 0; i < 2U; i++) {
		check(((uint32_t)c.x[0] & ~0x40000000U) == FN_INT, "the request is interrupted");
		CALL(&c, FN_RUN, c.x[1]);
	}
	check((uint32_t)c.x[0] == FN_RESPONSE && c.x[5] == 55U, "and runs to its end");
}

/* A partition that works for 200 ms, and our timer after one. */
static void preemption(void)
{
	uint64_t begin = clock_us();
	struct call c;

	if (!gic_enable(GIC_VIRTUAL_TIMER)) {
		say("no timer");
		return;
	}
	sysreg_write(cntv_tval_el0, sysreg_read(cntfrq_el0) / 1000U);
	sysreg_write(cntv_ctl_el0, 1);
	isb();
	CALL(&c, FN_DIRECT, (uint64_t)self << 16 | ECHO, 0, WORK, 200000, 66);
	check(((uint32_t)c.x[0] & ~0x40000000U) == FN_INT && clock_us() - begin >= 1000U,
	      "our interrupt ends what the partition does");
	sysreg_write(cntv_ctl_el0, 0);
	isb();
	gic_disable(GIC_VIRTUAL_TIMER);
	CALL(&c, FN_RUN, c.x[1]);
	check((uint32_t)c.x[0] == FN_RESPONSE && c.x[5] == 66U && clock_us() - begin >= 200000U,
	      "FFA_RUN lets it end");
}

/* A notification, and the interrupt by which we are told. */
static void notifications(void)
{
	uint64_t frame = gic_private_frame();
	unsigned sri;
	struct call c;

	CALL(&c, FN_FEATURES, 2);
	if (!succeeds(&c) || version < 0x10001U) {
		say("no notifications");
		return;
	}
	sri = (unsigned)c.x[2];
	check(sri >= 8U && sri < 16U && gic_enable(sri), "the SRI is an SGI");
	CALL(&c, FN_CREATE, self, machine.cpu_count);
	check(succeeds(&c), "FFA_NOTIFICATION_BITMAP_CREATE");
	CALL(&c, FN_BIND, (uint64_t)NOTIFIER << 16 | self, 0, 0, 0x80);
	check(succeeds(&c), "FFA_NOTIFICATION_BIND");
	*(volatile uint32_t *)(uintptr_t)(frame + UNPENDING) = 1U << sri;
	check(command(&c, NOTIFIER, NOTIFY, self, 0, 0x80, 0) == 0, "the partition notifies us");
	check((*(volatile uint32_t *)(uintptr_t)(frame + PENDING) >> sri & 1U) != 0U,
	      "the SRI is pending on this CPU");
	CALL(&c, FN_LIST);
	check(succeeds(&c) && (uint16_t)c.x[3] == self, "FFA_NOTIFICATION_INFO_GET names us");
	CALL(&c, FN_GET, self, 1);
	check(succeeds(&c) && c.x[2] == 0U && c.x[3] == 0x80U, "FFA_NOTIFICATION_GET");
	*(volatile uint32_t *)(uintptr_t)(frame + UNPENDING) = 1U << sri;
	gic_disable(sri);
	CALL(&c, FN_UNBIND, (uint64_t)NOTIFIER << 16 | self, 0, 0, 0x80);
	check(succeeds(&c), "FFA_NOTIFICATION_UNBIND");
	CALL(&c, FN_DESTROY, self);
	check(succeeds(&c), "FFA_NOTIFICATION_BITMAP_DESTROY");
}

/* On every CPU at once: messages, and memory of its own. */
static void everything(void *argument)
{
	unsigned number = cpu_self()->index;
	uint64_t page = PAGES + 0x1000000UL + (uint64_t)number * PAGE;
	uint32_t seed = number << 16;

	(void)argument;
	for (uint64_t i = machine_option("rounds", 20); i > 0; i--, seed++) {
		struct call c;
		uint32_t ticket, at;

		CALL(&c, FN_DIRECT, (uint64_t)self << 16 | ECHO, 0, number, i);
		check((uint32_t)c.x[0] == FN_RESPONSE && c.x[3] == number && c.x[4] == i,
		      "a direct request comes back to its CPU");
		fill(page, 0, 1, seed);
		ticket = __atomic_fetch_add(&tx_ticket, 1U, __ATOMIC_RELAXED);
		while (__atomic_load_n(&tx_served, __ATOMIC_ACQUIRE) != ticket)
			;
		at = write_head(true, 1, 1);
		write_range(TX + at, page, 1);
		CALL(&c, FN_SHARE, at + 16U, at + 16U);
		__atomic_store_n(&tx_served, ticket + 1U, __ATOMIC_RELEASE);
		check(succeeds(&c), "a page is shared");
		lend_round(c.x[2], c.x[3], seed, "the partition uses the page of a CPU");
		check(holds(page, 0, 1, seed + 1U), "and has written it");
	}
}

void payload_main(void)
{
	struct call c;

	say("start");
	discovery();
	if (failed == 0U) {
		messages();
		preemption();
		two_ranges(true);
		two_ranges(false);
		fragments();
		notifications();
		for (unsigned i = 0; i < machine.cpu_count; i++) {
			if (i != cpu_self()->index)
				check(cpu_start(i, everything, NULL) == 0, "a CPU starts");
		}
		everything(NULL);
		for (unsigned i = 0; i < machine.cpu_count; i++) {
			if (i != cpu_self()->index)
				check(cpu_wait_off(i, 60000000U), "a CPU is ready");
		}
		check(command(&c, ECHO, LOG, 0, 0, 0, 0) == 0 && c.x[4] == 0U,
		      "no transaction is left");
		CALL(&c, FN_UNMAP);
		check(succeeds(&c), "FFA_RXTX_UNMAP");
	}
	say("done passed %u failed %u", passed, failed);
}
