// SPDX-License-Identifier: Apache-2.0
/*
 * Makes payload.count=N calls of payload.fid=F (default: 1000 of MIGRATE_INFO_TYPE, which a
 * hypervisor forwards each time), with nothing between them but the loop.
 */
#include "payload.h"

const char payload_name[] = "smccall";

void payload_main(void)
{
	uint64_t count = machine_option("count", 1000), fid = machine_option("fid", 0x84000006U);
	uint64_t argument = machine_option("x1", 0), last = 0, begin, us;

	say("start");
	begin = clock_us();
	for (uint64_t i = 0; i < count; i++) {
		register uint64_t x0 __asm__("x0") = fid;
		register uint64_t x1 __asm__("x1") = argument;
		register uint64_t x2 __asm__("x2") = 0;
		register uint64_t x3 __asm__("x3") = 0;

#define LOST                                                                                       \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",       \
	    "x17", "memory"
		if (machine.hvc)
			__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::LOST);
		else
			__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::LOST);
		last = x0;
	}
	us = clock_us() - begin;
	say("done: %llu calls of 0x%llx in %llu us, last x0 0x%016llx", (unsigned long long)count,
	    (unsigned long long)fid, (unsigned long long)us, (unsigned long long)last);
}
