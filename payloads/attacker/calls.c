// SPDX-License-Identifier: Apache-2.0
/* Calls: pages that are not the host's, ranges that are none, and ways to firmware. */
#include <libfdt.h>

#include "attack.h"
#include "given.h"
#include "psci.h"
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

/* ---- while another CPU does the same, or the opposite (C1, M1) ---- */

static struct {
	uint64_t page, fid;
	int64_t status;
	uint32_t ready;
} rival;

static void rival_task(void *argument)
{
	(void)argument;
	__atomic_store_n(&rival.ready, 1U, __ATOMIC_RELEASE);
	rival.status = given_plain(rival.fid, rival.page, 1);
}

static enum attack_outcome race(uint64_t other)
{
	uint64_t page = given_page(3);
	unsigned rounds = attack_control() ? 1U : 20U, both = 0;

	for (unsigned i = 0; i < rounds; i++) {
		int64_t status;

		rival.page = page;
		rival.fid = other;
		rival.ready = 0;
		if (cpu_start(1, rival_task, NULL) != PSCI_SUCCESS) {
			attack_broken("CPU_ON of cpu1");
			return ATTACK_STOPPED;
		}
		while (__atomic_load_n(&rival.ready, __ATOMIC_ACQUIRE) == 0U)
			;
		status = given_plain(MEM_DONATE, page, 1);
		if (!cpu_wait_off(1, 30000000U))
			attack_broken("cpu1 does not become OFF");
		if (status != GIVEN_SUCCESS && rival.status != GIVEN_SUCCESS)
			attack_broken("neither CPU had the page");
		both += status == GIVEN_SUCCESS && rival.status == GIVEN_SUCCESS ? 1U : 0U;
		/* whatever became of it, it is ours again */
		if (given_plain(MEM_UNSHARE, page, 1) != GIVEN_SUCCESS &&
		    given_plain(MEM_RETURN, page, 1) != GIVEN_SUCCESS)
			attack_broken("the page is lost");
	}
	return attack_judge(both != 0U, "%u of %u times both CPUs succeeded", both, rounds);
}

enum attack_outcome attack_donate_on_two_cpus(void)
{
	return race(MEM_DONATE);
}

enum attack_outcome attack_donate_beside_share(void)
{
	return race(MEM_SHARE);
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
