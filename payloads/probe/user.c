// SPDX-License-Identifier: Apache-2.0
/* The host's own user space: its calls and its accesses end in the host, in both instruction sets.
 */
#include <stdint.h>

#include "exception.h"
#include "features.h"
#include "mmu.h"
#include "probe.h"
#include "ranges.h"

#define SPSR_EL0     0x3c0UL /* AArch64 */
#define SPSR_EL0_32  0x1d0UL /* AArch32, user mode, A32 */
#define CODE_ALIAS   502U
#define DATA_ALIAS   503U
#define LOW_GRANULES 4U /* that an AArch32 address reaches */
#define VECTOR_64    8U
#define VECTOR_32    12U

extern const char image_header[];
extern const char user_smc[], user_hvc[], user_hcr[], user_load[], user_store[], user_branch[],
    user_svc[];
extern const char user32_smc[], user32_hvc[], user32_load[], user32_store[], user32_branch[],
    user32_svc[];

/* One instruction set's way to do all this. */
struct user {
	const char *name;
	uint64_t spsr;
	unsigned vector;
	unsigned code, data; /* entries of level 1 that serve as aliases */
	unsigned svc_class;
	const char *smc, *hvc, *load, *store, *branch, *svc;
};

static uint64_t granule_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer & ~(MMU_GRANULE - 1U);
}

static struct exception run(const struct user *user, const char *code, uint64_t x0)
{
	struct exception taken;

	(void)user_run(user->code * MMU_GRANULE + (uint64_t)(uintptr_t)code % MMU_GRANULE,
		       user->spsr, x0, &taken);
	return taken;
}

static void expect_class(const struct user *user, const char *what, const char *code,
			 unsigned class)
{
	struct exception taken = run(user, code, 0);

	check(taken.count == 1U && taken.vector == user->vector && exception_class(&taken) == class,
	      "%s at EL0 (%s): %u exceptions, vector %u, ESR 0x%llx", what, user->name, taken.count,
	      taken.vector, (unsigned long long)taken.esr);
}

static void expect_abort(const struct user *user, const char *what, const char *code,
			 uint64_t address, unsigned class)
{
	struct exception taken = run(user, code, address);

	check(taken.count == 1U && taken.vector == user->vector &&
		  exception_class(&taken) == class && exception_external_abort(&taken) &&
		  taken.far == address,
	      "%s of 0x%llx at EL0 (%s): %u exceptions, vector %u, ESR 0x%llx, FAR 0x%llx", what,
	      (unsigned long long)address, user->name, taken.count, taken.vector,
	      (unsigned long long)taken.esr, (unsigned long long)taken.far);
}

static void try_user(const struct user *user)
{
	uint64_t code_before = mmu_replace(user->code, granule_of(image_header) | MMU_USER_RUN);
	uint64_t data_before = mmu_level1[user->data];

	expect_class(user, "SVC", user->svc, user->svc_class);
	/* No call of user space gets anywhere: not to EL2, not to firmware. */
	expect_class(user, "SMC", user->smc, EC_UNKNOWN);
	expect_class(user, "HVC", user->hvc, EC_UNKNOWN);
	for (unsigned r = 0; r < withheld_count(); r++) {
		struct machine_range range = withheld(r);
		uint64_t pages[] = {range.base, range.base + range.size - MACHINE_PAGE};

		for (unsigned p = 0; p < 2U; p++) {
			uint64_t granule = pages[p] & ~(MMU_GRANULE - 1U);
			uint64_t address = user->data * MMU_GRANULE + pages[p] % MMU_GRANULE;

			(void)mmu_replace(user->data, granule | MMU_USER);
			expect_abort(user, "load", user->load, address, EC_DABT_LOWER);
			expect_abort(user, "store", user->store, address, EC_DABT_LOWER);
			(void)mmu_replace(user->data, granule | MMU_USER_RUN);
			expect_abort(user, "run", user->branch, address, EC_IABT_LOWER);
		}
	}
	(void)mmu_replace(user->data, data_before);
	(void)mmu_replace(user->code, code_before);
}

/* Two of the first four GiB that hold neither the image nor the console. */
static bool low_aliases(unsigned *code, unsigned *data)
{
	unsigned found = 0;

	for (unsigned i = LOW_GRANULES; i-- > 0U && found < 2U;) {
		if (i == granule_of(image_header) / MMU_GRANULE ||
		    i == machine.console / MMU_GRANULE)
			continue;
		*(found++ == 0U ? code : data) = i;
	}
	return found == 2U;
}

void test_user(void)
{
	struct user user64 = {
	    "AArch64", SPSR_EL0, VECTOR_64, CODE_ALIAS, DATA_ALIAS,  EC_SVC64,
	    user_smc,  user_hvc, user_load, user_store, user_branch, user_svc,
	};
	struct user user32 = {
	    "AArch32",   SPSR_EL0_32,  VECTOR_32,     0,
	    0,           EC_SVC32,     user32_smc,    user32_hvc,
	    user32_load, user32_store, user32_branch, user32_svc,
	};

	test_begin("user space");
	try_user(&user64);
	(void)mmu_replace(CODE_ALIAS, granule_of(image_header) | MMU_USER_RUN);
	expect_class(&user64, "HCR_EL2", user_hcr, EC_UNKNOWN);
	(void)mmu_replace(CODE_ALIAS, CODE_ALIAS * MMU_GRANULE | MMU_DEVICE);
	if (feature(EL0_32) && low_aliases(&user32.code, &user32.data))
		try_user(&user32);
	test_end();
}
