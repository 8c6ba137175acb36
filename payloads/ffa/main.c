// SPDX-License-Identifier: Apache-2.0
/*
 * A host that uses FF-A as far as it goes: what must work, and what must be refused, in the version
 * of payload.version=MAJOR.MINOR (1.2), then on all CPUs at once for payload.rounds=N rounds each.
 * The tests are named after rows of the catalogue of awkward cases.
 */
#include "ffa.h"

#include "payload.h"
#include "random.h"

const char payload_name[] = "ffa";

static uint8_t tx[16 * 4096] __attribute__((aligned(65536)));
static uint8_t rx[16 * 4096] __attribute__((aligned(65536)));

/* 1.N of payload.version=. */
static uint32_t wanted_version(void)
{
	const char *text = machine_option_text("version");

	if (text == NULL)
		return 0x10002U;
	return (uint32_t)(text[0] - '0') << 16 | (uint32_t)(text[2] - '0');
}

void payload_main(void)
{
	random_seed(machine_option("seed", 1));
	host = (struct host){.tx = tx, .rx = rx, .buffer_size = 4096};
	note("%u CPUs, version 0x%x", machine.cpu_count, wanted_version());
	test_version(wanted_version());
	if (host.version != 0U) {
		test_buffers();
		test_partitions();
		test_new_kernel();
		test_messages();
		test_memory();
		test_descriptors();
		test_fragments();
		test_notifications();
		test_together();
	}
	say("done %u passed %u failed", test_passed(), test_failed());
}
