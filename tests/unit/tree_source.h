/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's device tree as a loader leaves it, in the shapes that editing it has to cope with. */
#ifndef PORTCULLIS_TEST_TREE_SOURCE_H
#define PORTCULLIS_TEST_TREE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#define TREE_MODULE_KERNEL "module@41000000"
#define TREE_MODULE_INITRD "module@4c000000"

struct tree_shape {
	unsigned cells; /* of addresses and of sizes in the root; 0: 2 */
	bool no_chosen, reserved, bare_reserved, hypervisor, gic_v3;
	const char *bootargs;  /* in /chosen */
	unsigned initrd_bytes; /* of linux,initrd-start and -end: 0, 4, 8 */
	unsigned nodes;        /* more devices */
};

/* Fails the test when libfdt answered with an error. */
void tree_ok(int error);

/* Write it to `buffer`. */
void tree_source(void *buffer, size_t size, const struct tree_shape *shape);

#endif
