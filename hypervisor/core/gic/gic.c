// SPDX-License-Identifier: Apache-2.0
#include "core/gic/gic.h"

#include <stddef.h>

#include "core/gic/register.h"
#include "core/log/log.h"
#include "core/machine.h"
#include "core/stage2/host.h"

/* --- what the rooms share --- */

void gic_refuse(struct gic *gic, const char *name, uint64_t value, uint64_t page, const char *rule)
{
	__atomic_fetch_add(&gic->refusals, 1U, __ATOMIC_RELAXED);
	log_limited(&gic->complaints, "gic", "refused",
		    "host's %s with 0x%llx refused at 0x%llx: %s", name, (unsigned long long)value,
		    (unsigned long long)page, rule);
}

bool gic_pin(struct gic *gic, const char *name, uint64_t value, uint64_t base, uint64_t size,
	     struct gic_range *range)
{
	uint64_t first = base & ~(GIC_PAGE - 1U);
	uint64_t end = (base + size + GIC_PAGE - 1U) & ~(GIC_PAGE - 1U);
	struct ledger_answer answer = ledger_pin(gic->ledger, first, end - first, LEDGER_HOST, 0);

	if (answer.status != LEDGER_OK) {
		gic_refuse(gic, name, value, answer.page, ledger_rule_words(answer.rule));
		return false;
	}
	*range = (struct gic_range){first, end - first};
	return true;
}

void gic_unpin(struct gic *gic, struct gic_range *range)
{
	if (range->size != 0UL) {
		struct ledger_answer answer =
		    ledger_unpin(gic->ledger, range->base, range->size, LEDGER_HOST, 0);

		INVARIANT(answer.status == LEDGER_OK);
	}
	*range = (struct gic_range){0, 0};
}

static unsigned shift_of(const struct gic_access *access)
{
	return 8U * (unsigned)(access->address & 7U);
}

static uint64_t mask_of(const struct gic_access *access)
{
	return access->size == 8U ? ~0UL : (1UL << (8U * access->size)) - 1U;
}

uint64_t gic_merge(uint64_t old, const struct gic_access *access)
{
	uint64_t mask = mask_of(access) << shift_of(access);

	return (old & ~mask) | (access->value << shift_of(access) & mask);
}

uint64_t gic_part(uint64_t value, const struct gic_access *access)
{
	return value >> shift_of(access) & mask_of(access);
}

/* --- the border --- */

/* No register of these frames is narrower than a word or reaches over its own end. */
static bool sensible(const struct gic_access *access)
{
	return (access->size == 4U || access->size == 8U) &&
	       (access->address & (access->size - 1U)) == 0UL;
}

static struct gic_redistributor *find_redistributor(struct gic *gic, uint64_t page)
{
	for (unsigned i = 0; i < gic->redistributor_count; i++) {
		struct gic_redistributor *redistributor = &gic->redistributor[i];

		if (redistributor->base == page || (redistributor->virtual_frames &&
						    redistributor->base + GICR_VLPI_FRAME == page))
			return redistributor;
	}
	return NULL;
}

enum gic_answer gic_host_access(struct gic *gic, struct gic_access *access)
{
	uint64_t page = access->address & ~(GIC_PAGE - 1U);
	struct gic_redistributor *redistributor = find_redistributor(gic, page);
	struct gic_its *its = NULL;

	for (unsigned i = 0; i < gic->its_count && its == NULL; i++)
		if (gic->its[i].base == page)
			its = &gic->its[i];
	if (redistributor == NULL && its == NULL)
		return GIC_ELSEWHERE;
	__atomic_fetch_add(&gic->accesses, 1U, __ATOMIC_RELAXED);
	if (!sensible(access)) {
		gic_refuse(gic, access->write ? "write" : "read", access->value, access->address,
			   "no access that these registers have");
		return GIC_ABORT;
	}
	if (its != NULL)
		gic_its_access(gic, its, access);
	else if (redistributor->base == page)
		gic_redistributor_access(gic, redistributor, access);
	else if (!access->write)
		access->value = 0; /* a GICv4's frame for virtual interrupts: not the host's */
	return GIC_DONE;
}

/* --- set-up --- */

static bool withhold(struct stage2 *stage2, uint64_t base)
{
	return host_memory_set(stage2, base, GIC_PAGE, STAGE2_NONE) == STAGE2_OK;
}

static bool withhold_redistributor(struct stage2 *stage2,
				   const struct gic_redistributor *redistributor)
{
	return withhold(stage2, redistributor->base) &&
	       (!redistributor->virtual_frames ||
		withhold(stage2, redistributor->base + GICR_VLPI_FRAME));
}

const char *gic_init(struct gic *gic, const struct boot_gic *plan, struct stage2 *stage2,
		     struct ledger *ledger, uint64_t memory)
{
	const char *reason;

	gic->plan = plan;
	gic->ledger = ledger;
	if (!plan->v3)
		return NULL;
	reason = gic_redistributors_find(gic);
	for (unsigned i = 0; reason == NULL && i < gic->redistributor_count; i++)
		if (!withhold_redistributor(stage2, &gic->redistributor[i]))
			reason = "no page table is left to guard the redistributors";
	for (unsigned i = 0; reason == NULL && i < plan->its_count; i++) {
		reason =
		    gic_its_init(gic, &gic->its[i], plan->its[i].base, memory + i * GIC_ITS_MEMORY);
		if (reason == NULL && !withhold(stage2, plan->its[i].base))
			reason = "no page table is left to guard the ITS";
		gic->its_count++;
	}
	return reason;
}

void gic_report(const struct gic *gic)
{
	if (!gic->plan->v3) {
		log_line("boot", "gic", "version 2 or none: no register of it holds an address");
		return;
	}
	log_line("boot", "gic",
		 "version 3: registers with addresses are guarded in %u redistributors and %u ITS",
		 gic->redistributor_count, gic->its_count);
}
