/* SPDX-License-Identifier: Apache-2.0 */
#include "partner.h"

#include <string.h>

#include "cases.h"

uint64_t partner_seen[PARTNER_CALLS][SMCCC_REGISTERS];
unsigned partner_calls;
bool partner_plain;

static uint64_t answers[PARTNER_CALLS][SMCCC_REGISTERS];
static unsigned prepared;

static bool is_for_partner(uint32_t number)
{
	return number == 0x6dU || number == 0x6fU || number == 0x8dU ||
	       (number >= 0x7dU && number <= 0x83U);
}

static bool handle(struct fake_firmware *firmware, uint64_t x[SMCCC_REGISTERS])
{
	unsigned call;

	(void)firmware;
	if (!is_for_partner((uint32_t)x[0] & 0xffffU))
		return false;
	call = __atomic_fetch_add(&partner_calls, 1U, __ATOMIC_RELAXED);
	if (call < PARTNER_CALLS)
		memcpy(partner_seen[call], x, sizeof(partner_seen[0]));
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = n == 0U ? 0x84000061U : partner_garbage(n);
	if (prepared != 0U)
		memcpy(x, answers[call < prepared ? call : prepared - 1U], sizeof(answers[0]));
	return true;
}

void partner_offer(uint32_t fid, bool offered)
{
	uint32_t n = (fid & 0xffffU) - 0x60U, bit = 1U << n % 32U;
	uint32_t *words[] = {&host_hv.ffa.offered32[n / 32U], &host_hv.ffa.offered64[n / 32U]};

	for (unsigned i = 0; i < 2U; i++)
		*words[i] = offered ? *words[i] | bit : *words[i] & ~bit;
	if (n == 0x0fU)
		host_hv.ffa.direct = offered && !partner_plain;
}

uint64_t partner_garbage(unsigned n)
{
	return 0xba5e000070000000ULL | (uint64_t)n << 32 | n;
}

uint64_t *partner_answer(uint64_t x0, uint64_t x1, uint64_t x2)
{
	uint64_t *x = answers[prepared++];

	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = partner_garbage(n);
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	return x;
}

void partner_forget(void)
{
	partner_calls = prepared = 0;
}

void partner_boot(uint32_t firmware, uint32_t host)
{
	static const uint32_t fids[] = {0x6d, 0x6f, 0x8d, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83};

	host_prepare();
	fake_ffa_script(&host_fw, 1, (uint64_t)firmware);
	host_fw.special = handle;
	partner_forget();
	host_start(4);
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		partner_offer(fids[i], true);
	host_hv.ffa.host.notifications = true;
	if (host != 0U)
		assert_int_equal(host_ask(0x84000063, host, 0, 0), firmware);
	partner_forget();
	fake.calls = 0;
}
