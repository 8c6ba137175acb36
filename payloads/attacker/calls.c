// SPDX-License-Identifier: Apache-2.0
/* Calls: pages that are not the host's, ranges that are none, and ways to firmware. */
#include <libfdt.h>

#include "attack.h"
#include "given.h"
#include "psci.h"
#include "random.h"
#include "ranges.h"
#include "sysreg.h"

#define CARRIED_OUT                                                                                \
	0x900dUL /* tests/system/attacker.script answers so where firmware is reached              \
		  */
#define FFA_SUCCESS 0x84000061U
#define FW_CFG      0x09020000UL
#define WRAPPING    ((1UL << 52) + 1UL)

static enum attack_outcome judge_status(const char *what, uint64_t page, int64_t status)
{
	return attack_judge(status == GIVEN_SUCCESS, "%s of 0x%llx: %lld", what,
			    (unsigned long long)page, (long long)status);
}

/* ---- pages that the hypervisor uses ---- */

/* What the hypervisor has becomes ours, if it gives it back as if we had given it. */
static enum attack_outcome claim(uint64_t page)
{
	int64_t status = given_call(MEM_RETURN, page, 1);
	bool readable = status == GIVEN_SUCCESS && given_readable(page);

	if (status == GIVEN_SUCCESS && given_call(MEM_DONATE, page, 1) != GIVEN_SUCCESS)
		attack_broken("0x%llx cannot be given back", (unsigned long long)page);
	return attack_judge(readable, "MEM_RETURN of 0x%llx: %lld%s", (unsigned long long)page,
			    (long long)status, readable ? ", and it can be read" : "");
}

enum attack_outcome attack_claim_image(void)
{
	if (machine.kept_count == 0U)
		return attack_absent("nothing is withheld");
	return claim(machine.kept[0].base);
}

/* Page tables, records and stacks: the hypervisor's other range. */
enum attack_outcome attack_claim_pool(void)
{
	if (machine.kept_count < 2U)
		return attack_absent("no second range is withheld");
	return claim(machine.kept[1].base);
}

enum attack_outcome attack_claim_last_page(void)
{
	if (machine.kept_count < 2U)
		return attack_absent("no second range is withheld");
	return claim(machine.kept[1].base + machine.kept[1].size - MACHINE_PAGE);
}

/* ---- owner ---- */

enum attack_outcome attack_return_own_page(void)
{
	uint64_t page = given_page(0);

	return judge_status("MEM_RETURN", page, given_call(MEM_RETURN, page, 1));
}

enum attack_outcome attack_donate_twice(void)
{
	uint64_t page = given_page(0);
	enum attack_outcome outcome;

	if (!given_donate(page))
		return ATTACK_STOPPED;
	outcome = judge_status("second MEM_DONATE", page, given_call(MEM_DONATE, page, 1));
	(void)given_return(page);
	return outcome;
}

/* A range of which one page in the middle was given away before. */
enum attack_outcome attack_donate_overlapping(void)
{
	uint64_t base = given_page(0), taken = base + 5U * MACHINE_PAGE;
	int64_t status;

	if (!given_donate(taken))
		return ATTACK_STOPPED;
	status = given_call(MEM_DONATE, base, 8);
	(void)given_call(MEM_RETURN, status == GIVEN_SUCCESS ? base : taken,
			 status == GIVEN_SUCCESS ? 8U : 1U);
	return judge_status("MEM_DONATE of 8 pages", base, status);
}

enum attack_outcome attack_share_given_page(void)
{
	uint64_t page = given_page(0);
	int64_t status;

	if (!given_donate(page))
		return ATTACK_STOPPED;
	status = given_call(MEM_SHARE, page, 1);
	/* now it counts as ours, shared */
	if (status == GIVEN_SUCCESS)
		(void)given_call(MEM_UNSHARE, page, 1);
	else
		(void)given_return(page);
	return judge_status("MEM_SHARE", page, status);
}

/* ---- state ---- */

static bool share(uint64_t page)
{
	if (given_call(MEM_SHARE, page, 1) == GIVEN_SUCCESS)
		return true;
	attack_broken("MEM_SHARE of 0x%llx", (unsigned long long)page);
	return false;
}

enum attack_outcome attack_share_twice(void)
{
	uint64_t page = given_page(1);
	int64_t status;

	if (!share(page))
		return ATTACK_STOPPED;
	status = given_call(MEM_SHARE, page, 1);
	(void)given_call(MEM_UNSHARE, page, 1);
	return judge_status("second MEM_SHARE", page, status);
}

enum attack_outcome attack_unshare_own_page(void)
{
	uint64_t page = given_page(1);

	return judge_status("MEM_UNSHARE", page, given_call(MEM_UNSHARE, page, 1));
}

enum attack_outcome attack_donate_shared_page(void)
{
	uint64_t page = given_page(1);
	int64_t status;

	if (!share(page))
		return ATTACK_STOPPED;
	status = given_call(MEM_DONATE, page, 1);
	(void)given_call(status == GIVEN_SUCCESS ? MEM_RETURN : MEM_UNSHARE, page, 1);
	return judge_status("MEM_DONATE", page, status);
}

/* The hypervisor's page is not one that it shares with us. */
enum attack_outcome attack_unshare_twice(void)
{
	uint64_t page = given_page(1);

	if (!share(page))
		return ATTACK_STOPPED;
	(void)given_call(MEM_UNSHARE, page, 1);
	return judge_status("second MEM_UNSHARE", page, given_call(MEM_UNSHARE, page, 1));
}

/* ---- ranges ---- */

/* A device that the hypervisor withholds: nobody ever gave it. */
static enum attack_outcome claim_device(uint64_t page)
{
	int64_t status = given_call(MEM_RETURN, page, 1);
	uint32_t value = 0;
	bool readable = status == GIVEN_SUCCESS && try_read32(page, &value);

	if (status == GIVEN_SUCCESS)
		(void)given_call(MEM_DONATE, page, 1);
	return attack_judge(readable, "MEM_RETURN of 0x%llx: %lld, read 0x%x",
			    (unsigned long long)page, (long long)status, value);
}

enum attack_outcome attack_claim_fw_cfg(void)
{
	if (fdt_node_check_compatible(machine.tree, 0, "linux,dummy-virt") != 0)
		return attack_absent("not QEMU's virt machine");
	return claim_device(FW_CFG);
}

enum attack_outcome attack_claim_gicd_neighbour(void)
{
	/* page 0 of a redistributor, or GICH of a GICv2 */
	return claim_device(machine.gic == 3U ? machine.gic_redistributor
					      : machine.gic_distributor + 0x30000UL);
}

enum attack_outcome attack_donate_unaligned(void)
{
	uint64_t page = given_page(2);
	int64_t status = given_call(MEM_DONATE, page + 0x800U, 1);

	if (status == GIVEN_SUCCESS)
		(void)given_call(MEM_RETURN, page, 1);
	return judge_status("MEM_DONATE", page + 0x800U, status);
}

enum attack_outcome attack_donate_wrapping(void)
{
	uint64_t page = given_page(2);
	int64_t status = given_call(MEM_DONATE, page, WRAPPING);

	if (status == GIVEN_SUCCESS)
		(void)given_call(MEM_RETURN, page, 1);
	return judge_status("MEM_DONATE of 2^52 + 1 pages", page, status);
}

/* ---- more than there is room for (M16, M17) ---- */

#define BLOCK      0x200000UL
#define BLOCKS_MAX 512U

/* The next block of RAM from `at` on that nothing uses; 0: there is none. */
static uint64_t next_block(uint64_t at)
{
	for (unsigned r = 0; r < machine.ram_count; r++) {
		uint64_t end = machine.ram[r].base + machine.ram[r].size;

		if (at < machine.ram[r].base)
			at = (machine.ram[r].base + BLOCK - 1U) & ~(BLOCK - 1U);
		for (; at < end && end - at >= BLOCK; at += BLOCK)
			if (ranges_free(at, BLOCK))
				return at;
	}
	return 0;
}

/*
 * One page out of each block, so that each wants a table and a record of its own, until there are
 * no more. What is refused changes nothing, and when all is back it is possible again.
 */
enum attack_outcome attack_exhaust_reserve(void)
{
	static uint64_t given[BLOCKS_MAX];
	uint64_t page = 0;
	unsigned count = 0;
	int64_t status = GIVEN_SUCCESS;
	bool kept = false;

	for (uint64_t block = next_block(0); block != 0U && count < BLOCKS_MAX && !kept;
	     block = next_block(block + BLOCK)) {
		page = block + MACHINE_PAGE;
		status = given_call(MEM_DONATE, page, 1);
		if (status != GIVEN_SUCCESS)
			break;
		kept = given_readable(page);
		if (!kept)
			given[count++] = page;
	}
	if (status != GIVEN_SUCCESS && (status != GIVEN_NO_MEMORY || !given_readable(page) ||
					given_call(MEM_RETURN, page, 1) != GIVEN_DENIED))
		attack_broken("0x%llx: %lld, and not as it was", (unsigned long long)page,
			      (long long)status);
	for (unsigned i = 0; i < count; i++)
		if (given_call(MEM_RETURN, given[i], 1) != GIVEN_SUCCESS ||
		    !given_readable(given[i]))
			attack_broken("0x%llx does not come back", (unsigned long long)given[i]);
	if (status == GIVEN_SUCCESS && !kept)
		return attack_absent("enough for each block of RAM");
	if (given_call(MEM_DONATE, page, 1) != GIVEN_SUCCESS || given_readable(page) ||
	    given_call(MEM_RETURN, page, 1) != GIVEN_SUCCESS)
		attack_broken("0x%llx cannot be given when all is back", (unsigned long long)page);
	return attack_judge(kept, "%u pages given; one more: %lld, and it can still be read", count,
			    (long long)status);
}

/* ---- while another CPU does the same, or the opposite (C1, C2, M1) ---- */

#define RACE_ROUNDS 200U
#define RACE_US     60000000U

static struct {
	uint64_t page, fid;
	int64_t status;
	uint32_t go, done; /* rounds */
	uint32_t end;
} rival;

static uint32_t read_now(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void rival_task(void *unused)
{
	(void)unused;
	for (uint32_t round = 1; read_now(&rival.end) == 0U; round++) {
		while (read_now(&rival.go) < round)
			if (read_now(&rival.end) != 0U)
				return;
		rival.status = given_plain(rival.fid, rival.page, 1);
		__atomic_store_n(&rival.done, round, __ATOMIC_RELEASE);
	}
}

/* Both at once; false when CPU 1 does not come through. */
static bool race_once(uint64_t own, uint32_t round, int64_t *status)
{
	uint64_t begin = clock_us();
	unsigned wait = (unsigned)random_word() % 256U;

	__atomic_store_n(&rival.go, round, __ATOMIC_RELEASE);
	while (wait-- > 0U)
		__asm__ volatile("yield");
	*status = given_plain(own, rival.page, 1);
	while (read_now(&rival.done) < round)
		if (clock_us() - begin > RACE_US)
			return false;
	return true;
}

/*
 * CPU 0 calls `own`, CPU 1 `other`, of one page that is ours or, when `given`, was given away. One
 * gets it, the other is refused; whatever became of it, it is ours again.
 */
static enum attack_outcome race(uint64_t own, uint64_t other, bool given)
{
	unsigned rounds = attack_control() ? 1U : (unsigned)machine_option("rounds", RACE_ROUNDS);
	unsigned both = 0, won[2] = {0};
	uint64_t page = given_page(3);

	rival.page = page;
	rival.fid = other;
	rival.go = rival.done = rival.end = 0;
	for (uint32_t round = 1; round <= rounds; round++) {
		int64_t status;
		bool here, there;

		if (given && given_plain(MEM_DONATE, page, 1) != GIVEN_SUCCESS) {
			attack_broken("the page cannot be given");
			break;
		}
		if (round == 1U && cpu_start(1, rival_task, NULL) != PSCI_SUCCESS) {
			attack_broken("CPU_ON of cpu1");
			break;
		}
		if (!race_once(own, round, &status)) {
			attack_broken("cpu1 does not come through");
			break;
		}
		here = status == GIVEN_SUCCESS;
		there = rival.status == GIVEN_SUCCESS;
		both += here && there ? 1U : 0U;
		won[0] += here ? 1U : 0U;
		won[1] += there ? 1U : 0U;
		if ((!here && status != GIVEN_DENIED) || (!there && rival.status != GIVEN_DENIED))
			attack_broken("refused with %lld and %lld", (long long)status,
				      (long long)rival.status);
		if (!here && !there)
			attack_broken("neither CPU had the page");
		if (given_plain(MEM_UNSHARE, page, 1) != GIVEN_SUCCESS &&
		    given_plain(MEM_RETURN, page, 1) != GIVEN_SUCCESS && !given)
			attack_broken("the page is lost");
		if (!given_readable(page))
			attack_broken("the page is away");
	}
	__atomic_store_n(&rival.end, 1U, __ATOMIC_RELEASE);
	if (!cpu_wait_off(1, RACE_US))
		attack_broken("cpu1 does not become OFF");
	return attack_judge(both != 0U, "%u times both CPUs succeeded; cpu0 %u, cpu1 %u of %u",
			    both, won[0], won[1], rounds);
}

enum attack_outcome attack_donate_on_two_cpus(void)
{
	return race(MEM_DONATE, MEM_DONATE, false);
}

enum attack_outcome attack_donate_beside_share(void)
{
	return race(MEM_DONATE, MEM_SHARE, false);
}

enum attack_outcome attack_return_on_two_cpus(void)
{
	return race(MEM_RETURN, MEM_RETURN, true);
}

/* ---- immediates and forms ---- */

static enum attack_outcome by_immediate(enum conduit conduit, const char *what)
{
	uint64_t page = given_page(4);
	const uint64_t arguments[4] = {page, 1};
	int64_t status = (int64_t)attack_call(conduit, MEM_DONATE, arguments, 2);

	if (status == GIVEN_SUCCESS)
		(void)given_return(page);
	return judge_status(what, page, status);
}

enum attack_outcome attack_hvc_1(void)
{
	return by_immediate(HVC_1, "MEM_DONATE by HVC #1");
}

enum attack_outcome attack_hvc_ffff(void)
{
	return by_immediate(HVC_FFFF, "MEM_DONATE by HVC #0xffff");
}

enum attack_outcome attack_smc_1(void)
{
	return by_immediate(SMC_1, "MEM_DONATE by SMC #1");
}

/*
 * HVC of every number from 1 to 65535, or of as many, 2 at least, as payload.sweep says, spread
 * over them. The first that is taken for a call gives a page away. Written as code, since the
 * number stands in the instruction: x0 to x2, HVC, and at the end a return.
 */
#define CODE_PAGE  32U
#define SWEEP      8192U
#define IMMEDIATES 0xffffU
#define HVC_0      0xd4000002U
#define RET        0xd65f03c0U
#define MOV_X0_X9  0xaa0903e0U
#define MOV_X1_X10 0xaa0a03e1U
#define MOV_X2_1   0xd2800022U

static void run_code(uint64_t code, uint64_t page)
{
	register uint64_t x8 __asm__("x8") = code;
	register uint64_t x9 __asm__("x9") = MEM_DONATE;
	register uint64_t x10 __asm__("x10") = page;

	__asm__ volatile("blr x8"
			 : "+r"(x8), "+r"(x9), "+r"(x10)::"x0", "x1", "x2", "x3", "x4", "x5", "x6",
			   "x7", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x30", "memory");
}

enum attack_outcome attack_hvc_every_immediate(void)
{
	uint64_t page = given_page(4), code = given_page(CODE_PAGE);
	uint32_t *at = (uint32_t *)(uintptr_t)code;
	uint64_t count = machine_option("sweep", SWEEP);
	unsigned exceptions;
	bool given;

	if (code == 0U || count < 2U || count > IMMEDIATES)
		return attack_absent("no room for code, or no such count");
	for (uint64_t i = 0; i < count; i++) {
		*at++ = MOV_X0_X9;
		*at++ = MOV_X1_X10;
		*at++ = MOV_X2_1;
		*at++ = HVC_0 | (uint32_t)(1U + i * (IMMEDIATES - 1U) / (count - 1U)) << 5;
	}
	*at++ = RET;
	for (uint64_t line = code; line < (uint64_t)(uintptr_t)at; line += 64U)
		__asm__ volatile("dc cvau, %0" ::"r"(line) : "memory");
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
	exception_expect();
	run_code(code, page);
	exceptions = exception_end(NULL);
	given = !given_readable(page);
	if (given)
		(void)given_call(MEM_RETURN, page, 1);
	return attack_judge(given, "%u exceptions from %llu numbers, the page is %s", exceptions,
			    (unsigned long long)count, given ? "away" : "ours");
}

/* ---- to firmware, past the tables ---- */

/* With the hypervisor's own page as an address for firmware to write to. */
static enum attack_outcome to_firmware(uint64_t fid, uint64_t expected)
{
	uint64_t target = machine.kept_count != 0U ? machine.kept[0].base : 0U;
	const uint64_t arguments[4] = {target, target, MACHINE_PAGE, 1};
	uint64_t answer;

	if (machine_option("willing", 0) == 0U)
		return attack_absent("no firmware that does what it is told");
	answer = attack_call(SMC, fid, arguments, 7);
	return attack_judge(answer == expected, "0x%llx answered 0x%llx", (unsigned long long)fid,
			    (unsigned long long)answer);
}

enum attack_outcome attack_call_silicon_provider(void)
{
	return to_firmware(0xc2000042U, CARRIED_OUT);
}

enum attack_outcome attack_call_oem(void)
{
	return to_firmware(0x83000042U, CARRIED_OUT);
}

enum attack_outcome attack_call_trusted_os(void)
{
	return to_firmware(0x32000004U, CARRIED_OUT);
}

enum attack_outcome attack_call_vendor_el3(void)
{
	return to_firmware(0x87000042U, CARRIED_OUT);
}

/* RX and TX in the hypervisor's image: the secure world would write RX. */
enum attack_outcome attack_ffa_rxtx_map(void)
{
	return to_firmware(0xc4000066U, FFA_SUCCESS);
}

/* A descriptor in memory that is not the host's. */
enum attack_outcome attack_ffa_mem_share(void)
{
	return to_firmware(0xc4000073U, FFA_SUCCESS);
}

enum attack_outcome attack_ffa_mem_lend(void)
{
	return to_firmware(0xc4000072U, FFA_SUCCESS);
}

enum attack_outcome attack_ffa_secondary_entry(void)
{
	return to_firmware(0xc4000087U, FFA_SUCCESS);
}

/* ---- everything ---- */

#define OWNERS         64U
#define NUMBERS        0x60U /* of each owner and form; then as many drawn ones as DRAWN */
#define DRAWN          16U
#define FFA_LAST       0xffU
#define RESULTS_FFA    17U
#define RESULTS        7U
#define OWNER_STANDARD 4U

/* CPU_OFF, SYSTEM_OFF, SYSTEM_RESET: those are the host's to make, and the end of this program. */
static bool ends(uint32_t owner, uint32_t number)
{
	return owner == OWNER_STANDARD && (number == 2U || number == 8U || number == 9U);
}

static uint64_t garbage(void)
{
	uint64_t kept = machine.kept_count != 0U ? machine.kept[0].base : 0U;

	switch (random_word() % 8U) {
	case 0:
		return ~0UL;
	case 1:
		return random_word();
	case 2:
		return kept + 0x800U;
	default:
		return kept;
	}
}

/* Every owner, form and number, with addresses of the hypervisor's for whoever takes them. */
static enum attack_outcome sweep(enum conduit conduit)
{
	uint64_t calls = 0, done = 0, last = 0;
	uint32_t numbers = (uint32_t)machine_option("numbers", NUMBERS);

	if (machine_option("willing", 0) == 0U)
		return attack_absent("no firmware that does what it is told");
	for (uint32_t form = 0; form < 4U; form++) {
		for (uint32_t owner = 0; owner < OWNERS; owner++) {
			for (uint32_t n = 0; n < numbers + DRAWN; n++) {
				uint32_t number =
				    n < numbers ? n : (uint32_t)random_word() & 0xffffU;
				uint64_t fid = (uint64_t)form << 30 | owner << 24 | number;
				const uint64_t arguments[4] = {garbage(), garbage(), garbage(),
							       garbage()};

				if (ends(owner, number) || fid == BREAKER_CALL)
					continue;
				calls++;
				if (attack_call(conduit, fid, arguments,
						owner == OWNER_STANDARD && number <= FFA_LAST
						    ? RESULTS_FFA
						    : RESULTS) != CARRIED_OUT)
					continue;
				done++;
				last = fid;
			}
		}
	}
	return attack_judge(done != 0U, "%llu calls, %llu carried out by firmware, last 0x%llx",
			    (unsigned long long)calls, (unsigned long long)done,
			    (unsigned long long)last);
}

enum attack_outcome attack_hvc_every_function(void)
{
	return sweep(HVC);
}

enum attack_outcome attack_smc_every_function(void)
{
	return sweep(SMC);
}
