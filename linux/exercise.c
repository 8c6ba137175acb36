// SPDX-License-Identifier: Apache-2.0
/*
 * A program of Linux that uses FF-A through /dev/ffa_calls (linux/ffa_calls): the same calls,
 * whatever is below the kernel. «exercise» goes through what a host may ask and says what came
 * back; «exercise bench» makes the calls that are counted, in groups that an FFA_ID_GET begins.
 *
 *   exercise: share-1: ok handle 0xffffffc0
 *   exercise: lend-1: FFA_ERROR -1
 *   exercise: group share-16 20
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system_call.h"

#define O_RDWR     2L
#define PROT_RW    3L
#define MAP_SHARED 1L
#define SIGCHLD    17L

#define REGISTERS   18U
#define PAGE        4096U
#define CHUNK       (2UL << 20)
#define CHUNK_PAGES 512U
#define MEMORY      (20UL << 20) /* buffers in the first chunk, then 16 MiB of pages and some more */

/* linux/ffa_calls/ffa_calls.h */
#define REQUEST(direction, number, size)                                                           \
	((long)((unsigned long)(direction) << 30 | (unsigned long)(size) << 16 | 'F' << 8 |        \
		(number)))
#define CALLS_SMC     REQUEST(3U, 1U, 8U * REGISTERS)
#define CALLS_RESERVE REQUEST(1U, 2U, 8U)
#define CALLS_ADDRESS REQUEST(3U, 3U, 16U)

#define FN64                           0x40000000U
#define FFA_ERROR                      0x84000060U
#define FFA_SUCCESS                    0x84000061U
#define FFA_INTERRUPT                  0x84000062U
#define FFA_VERSION                    0x84000063U
#define FFA_FEATURES                   0x84000064U
#define FFA_RX_RELEASE                 0x84000065U
#define FFA_RXTX_MAP                   0xc4000066U
#define FFA_RXTX_UNMAP                 0x84000067U
#define FFA_PARTITION_INFO_GET         0x84000068U
#define FFA_ID_GET                     0x84000069U
#define FFA_RUN                        0x8400006dU
#define FFA_DIRECT_REQ                 0x8400006fU
#define FFA_DIRECT_RESP                0x84000070U
#define FFA_MEM_LEND                   0xc4000072U
#define FFA_MEM_SHARE                  0xc4000073U
#define FFA_MEM_RECLAIM                0x84000077U
#define FFA_MEM_FRAG_RX                0x8400007aU
#define FFA_MEM_FRAG_TX                0x8400007bU
#define FFA_NOTIFICATION_BITMAP_CREATE 0x8400007dU
#define FFA_NOTIFICATION_BIND          0x8400007fU
#define FFA_NOTIFICATION_UNBIND        0x84000080U
#define FFA_NOTIFICATION_GET           0x84000082U

#define PARTITION 0x8001U
#define KEEPER    0x8002U
#define NOTIFIER  0x8003U
#define NOTIFY    0x50430020U

struct call {
	uint64_t x[REGISTERS];
};

static struct {
	long device;
	uint8_t *memory;
	uint64_t address[MEMORY / CHUNK]; /* physical, of each chunk */
	uint16_t id;
	uint32_t version;
} host;

static _Noreturn void leave(long status)
{
	for (;;)
		(void)system_call(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

/* ---- words ---- */

static char line[256];
static unsigned used;

static void add(const char *text)
{
	while (*text != '\0' && used < sizeof(line) - 1U)
		line[used++] = *text++;
}

static void add_number(uint64_t value, unsigned base)
{
	char digits[24];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0U);
	if (base == 16U)
		add("0x");
	while (count > 0U && used < sizeof(line) - 1U)
		line[used++] = digits[--count];
}

static void begin_line(const char *name)
{
	used = 0;
	add("exercise: ");
	add(name);
}

static void end_line(void)
{
	add("\n");
	line[used] = '\0';
	write_text(1, line);
}

/* What a system call returned, which ends the program when it is an error. */
static long sure(long result, const char *what)
{
	if (result >= 0)
		return result;
	begin_line("failed: ");
	add(what);
	add(" ");
	add_number((uint64_t)-result, 10);
	end_line();
	leave(1);
}

/* ---- calls ---- */

static struct call call_of(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
			   uint64_t x5)
{
	struct call call = {{fid, x1, x2, x3, x4, x5}};

	(void)sure(system_call(SYS_IOCTL, host.device, CALLS_SMC, (long)&call, 0, 0, 0), "SMC");
	return call;
}

static bool succeeded(const struct call *call)
{
	return ((uint32_t)call->x[0] & ~FN64) == FFA_SUCCESS;
}

/* "NAME: ok …", "NAME: FFA_ERROR -1" or "NAME: 0x84000070 …". */
static void say(const char *name, const struct call *call)
{
	uint32_t w0 = (uint32_t)call->x[0];

	begin_line(name);
	if (w0 == FFA_ERROR) {
		add(": FFA_ERROR -");
		add_number((uint64_t)-(int64_t)(int32_t)(uint32_t)call->x[2], 10);
	} else if (succeeded(call)) {
		add(": ok");
	} else {
		add(": ");
		add_number(w0, 16);
	}
	end_line();
}

static void say_text(const char *name, const char *text)
{
	begin_line(name);
	add(": ");
	add(text);
	end_line();
}

/* ---- memory ---- */

static uint8_t *tx(void)
{
	return host.memory;
}

/* Physical address of page `n`, behind the chunk of the buffers. */
static uint64_t page_address(uint32_t n)
{
	uint64_t offset = CHUNK + (uint64_t)n * PAGE;

	return host.address[offset / CHUNK] + offset % CHUNK;
}

static void put(uint32_t offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		tx()[offset + i] = (uint8_t)(value >> (8U * i));
}

/* Range `i` of `pages` pages: all together in as few as the chunks allow, or every other one alone.
 */
struct plan {
	uint32_t pages;
	bool scattered;
	uint32_t first; /* page */
};

static uint32_t plan_ranges(const struct plan *plan)
{
	return plan->scattered ? plan->pages : (plan->pages + CHUNK_PAGES - 1U) / CHUNK_PAGES;
}

static void put_range(const struct plan *plan, uint32_t i, uint32_t offset)
{
	uint32_t first = i * CHUNK_PAGES, left = plan->pages - first;

	if (plan->scattered) {
		/* neighbours in the order of 0, 2, 4, ... never continue each other */
		uint32_t half = plan->pages / 2U;
		uint32_t page = plan->pages == 1U ? 0U : (i < half ? 2U * i : 2U * (i - half) + 1U);

		put(offset, 8, page_address(page));
		put(offset + 8U, 8, 1);
		return;
	}
	put(offset, 8, page_address(plan->first + first));
	put(offset + 8U, 8, left < CHUNK_PAGES ? left : CHUNK_PAGES);
}

/* Send in as many fragments as it takes; the last answer. */
static struct call give(uint32_t fid, const struct plan *plan)
{
	uint32_t header = host.version == 0x10000U ? 32U : 48U;
	uint32_t access = host.version < 0x10002U ? 16U : 32U, composite = header + access;
	uint32_t at = composite + 16U, next = 0, count = plan_ranges(plan),
		 total = at + 16U * count;
	struct call answer;

	for (uint32_t i = 0; i < at; i += 8U)
		put(i, 8, 0);
	put(0, 2, host.id);
	put(2, header == 32U ? 1 : 2, fid == FFA_MEM_SHARE ? 0x2fU : 0U);
	if (header != 32U) {
		put(24, 4, access);
		put(32, 4, header);
	}
	put(28, 4, 1);
	put(header, 2, KEEPER);
	put(header + 2U, 1, 2);
	put(header + 4U, 4, composite);
	put(composite, 4, plan->pages);
	put(composite + 4U, 4, count);
	for (; next < count && at + 16U <= PAGE; next++, at += 16U)
		put_range(plan, next, at);
	answer = call_of(fid, total, at, 0, 0, 0);
	while ((uint32_t)answer.x[0] == FFA_MEM_FRAG_RX && next < count) {
		for (at = 0; next < count && at + 16U <= PAGE; next++, at += 16U)
			put_range(plan, next, at);
		answer = call_of(FFA_MEM_FRAG_TX, answer.x[1], answer.x[2], at, 0, 0);
	}
	return answer;
}

static struct call take(const struct call *given)
{
	return call_of(FFA_MEM_RECLAIM, (uint32_t)given->x[2], (uint32_t)given->x[3], 0, 0, 0);
}

static struct call message(uint16_t partition, uint32_t w3, uint32_t w4, uint32_t w5)
{
	return call_of(FFA_DIRECT_REQ, (uint64_t)host.id << 16 | partition, 0, w3, w4, w5);
}

static struct call map(void)
{
	return call_of(FFA_RXTX_MAP, host.address[0], host.address[0] + PAGE, 1, 0, 0);
}

static struct call bind(uint32_t fid)
{
	return call_of(fid, (uint64_t)NOTIFIER << 16 | host.id, 0, 1, 0, 0);
}

/* At the physical instance the operating system is the one that asks for bitmaps. */
static void create_bitmap(void)
{
	(void)call_of(FFA_NOTIFICATION_BITMAP_CREATE, host.id, 1, 0, 0, 0);
}

/* ---- what it does ---- */

static void open_device(void)
{
	uint64_t bytes = MEMORY;

	host.device =
	    sure(system_call(SYS_OPENAT, AT_FDCWD, (long)"/dev/ffa_calls", O_RDWR, 0, 0, 0),
		 "/dev/ffa_calls");
	(void)sure(system_call(SYS_IOCTL, host.device, CALLS_RESERVE, (long)&bytes, 0, 0, 0),
		   "memory");
	for (uint64_t i = 0; i < MEMORY / CHUNK; i++) {
		uint64_t chunk[2] = {i * CHUNK, 0};

		(void)sure(system_call(SYS_IOCTL, host.device, CALLS_ADDRESS, (long)chunk, 0, 0, 0),
			   "address");
		host.address[i] = chunk[1];
	}
	host.memory = (uint8_t *)sure(
	    system_call(SYS_MMAP, 0, (long)MEMORY, PROT_RW, MAP_SHARED, host.device, 0), "mmap");
}

static bool begin(uint32_t version)
{
	struct call answer = call_of(FFA_VERSION, version, 0, 0, 0, 0);
	uint32_t own = (uint32_t)answer.x[0];

	begin_line("version: ");
	add_number(own, 16);
	end_line();
	if (own >> 31 != 0U)
		return false;
	host.version = version < own ? version : own;
	answer = call_of(FFA_ID_GET, 0, 0, 0, 0, 0);
	say("id", &answer);
	host.id = (uint16_t)answer.x[2];
	answer = map();
	say("rxtx-map", &answer);
	return succeeded(&answer);
}

static void try_memory(const char *name, uint32_t fid, uint32_t pages, bool scattered)
{
	struct plan plan = {pages, scattered, 0};
	struct call given = give(fid, &plan), taken;

	begin_line(name);
	if (!succeeded(&given)) {
		say(name, &given);
		return;
	}
	taken = take(&given);
	add(": given, then reclaim");
	if (succeeded(&taken)) {
		add(": ok");
	} else {
		add(": FFA_ERROR -");
		add_number((uint64_t)-(int64_t)(int32_t)(uint32_t)taken.x[2], 10);
	}
	end_line();
}

/* Does a read of `at` end the process that makes it? Another process makes it, to find out. */
static bool read_faults(const volatile uint8_t *at)
{
	int status = 0;
	long child = sure(system_call(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0), "clone");

	if (child == 0) {
		(void)*at;
		leave(0);
	}
	(void)sure(system_call(SYS_WAIT4, child, (long)&status, 0, 0, 0, 0), "wait4");
	return (status & 0x7f) != 0;
}

static void try_lent(void)
{
	struct plan plan = {1, false, 0};
	struct call given = give(FFA_MEM_LEND, &plan), taken;
	bool faults;

	if (!succeeded(&given)) {
		say("lent-page", &given);
		return;
	}
	faults = read_faults(host.memory + CHUNK);
	taken = take(&given);
	say_text("lent-page", faults ? "faults" : "can be read");
	if (!succeeded(&taken))
		say("lent-page-reclaim", &taken);
}

static void scenario(void)
{
	struct call answer;

	answer = call_of(FFA_FEATURES, FFA_MEM_LEND, 0, 0, 0, 0);
	say("features-lend", &answer);
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 0);
	say("partition-info", &answer);
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0);
	say("rx-release", &answer);
	answer = message(PARTITION, 0x31, 0x42, 0x53);
	say_text("direct-request", (uint32_t)answer.x[0] == FFA_DIRECT_RESP && answer.x[5] == 0x53U
				       ? "answered"
				       : "not answered");
	answer = call_of(FFA_DIRECT_REQ, 0x00050000U | PARTITION, 0, 0, 0, 0);
	say("direct-request-of-another", &answer);
	answer = call_of(FFA_DIRECT_REQ, (uint64_t)host.id << 16 | PARTITION, 0x80000004U, 0, 0, 7);
	say("framework-message", &answer);
	try_memory("share-1", FFA_MEM_SHARE, 1, false);
	try_memory("share-4096", FFA_MEM_SHARE, 4096, false);
	try_memory("share-4096-scattered", FFA_MEM_SHARE, 4096, true);
	try_memory("lend-1", FFA_MEM_LEND, 1, false);
	try_lent();
	answer = call_of(FFA_MEM_RECLAIM, 0x1234, 0, 0, 0, 0);
	say("reclaim-of-nothing", &answer);
	create_bitmap();
	answer = bind(FFA_NOTIFICATION_BIND);
	say("notification-bind", &answer);
	answer = call_of(0x84000088U, 0, 0, 0, 0, 0);
	say("mem-perm-get", &answer);
	answer = call_of(0x840000efU, 0, 0, 0, 0, 0);
	say("unknown", &answer);
	answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0);
	say("rxtx-unmap", &answer);
}

/* A group of counted calls begins. */
static void group(const char *name, uint32_t count)
{
	begin_line("group ");
	add(name);
	add(" ");
	add_number(count, 10);
	end_line();
	(void)call_of(FFA_ID_GET, 0, 0, 0, 0, 0);
}

#define ROUNDS 20U

static void bench_memory(const char *name, uint32_t pages, bool scattered)
{
	struct plan plan = {pages, scattered, 0};

	group(name, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct call given = give(FFA_MEM_SHARE, &plan), taken;

		if (!succeeded(&given)) {
			say(name, &given);
			return;
		}
		taken = take(&given);
		if (!succeeded(&taken)) {
			say(name, &taken);
			return;
		}
	}
}

/* How many transactions are live beside the one that is counted. */
#define LIVE 999U

static void bench_live(void)
{
	static struct call given[LIVE];
	uint32_t made = 0;

	while (made < LIVE) {
		struct plan plan = {.pages = 1, .first = 8U + made};

		given[made] = give(FFA_MEM_SHARE, &plan);
		if (!succeeded(&given[made]))
			break;
		made++;
	}
	if (made == LIVE)
		bench_memory("share-1-live", 1, false);
	else
		say("live", &given[made]);
	while (made > 0U)
		(void)take(&given[--made]);
}

static void bench_notifications(void)
{
	struct call answer;

	create_bitmap();
	group("notification", ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		answer = bind(FFA_NOTIFICATION_BIND);
		if (!succeeded(&answer)) {
			say("notification", &answer);
			return;
		}
		answer = message(NOTIFIER, NOTIFY, host.id, 1);
		answer = call_of(FFA_NOTIFICATION_GET, host.id, 1, 0, 0, 0);
		answer = bind(FFA_NOTIFICATION_UNBIND);
	}
}

static void bench(void)
{
	struct call answer;

	group("direct", ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++)
		answer = message(PARTITION, i, 1, 2);
	group("map", ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0);
		answer = map();
	}
	if (!succeeded(&answer))
		say("map", &answer);
	bench_memory("share-1", 1, false);
	bench_memory("share-16", 16, false);
	bench_memory("share-256", 256, false);
	bench_memory("share-4096", 4096, false);
	bench_memory("scattered-16", 16, true);
	bench_memory("scattered-256", 256, true);
	bench_memory("scattered-4096", 4096, true);
	bench_notifications();
	bench_live();
	group("end", 0);
}

/* `stack`: as the kernel leaves it, the number of arguments and then their addresses. */
__attribute__((used)) static _Noreturn void start(const long *stack)
{
	char *const *arguments = (char *const *)(stack + 1);
	bool counted = stack[0] > 1 && arguments[1][0] == 'b';

	open_device();
	if (begin(0x10001U)) {
		if (counted)
			bench();
		else
			scenario();
	}
	say_text("done", counted ? "bench" : "scenario");
	leave(0);
}

__asm__(".global _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	mov	x29, xzr\n"
	"	bl	start\n");
