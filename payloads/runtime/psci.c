// SPDX-License-Identifier: Apache-2.0
#include "psci.h"

#include "payload.h"

int32_t psci_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	/* What SMCCC 1.0 lets the callee lose. */
#define LOST                                                                                       \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",       \
	    "x17", "memory"
	if (machine.hvc)
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::LOST);
	else
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::LOST);
#undef LOST
	return (int32_t)(uint32_t)x0;
}

void psci_cpu_off(void)
{
	(void)psci_call(PSCI_CPU_OFF, 0, 0, 0);
}
