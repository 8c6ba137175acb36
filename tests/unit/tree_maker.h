/* SPDX-License-Identifier: Apache-2.0 */
/* Trees that a test writes node by node, with libfdt's sequential functions; 2 cells each. */
#ifndef PORTCULLIS_TEST_TREE_MAKER_H
#define PORTCULLIS_TEST_TREE_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/boot/plan.h"

/* The tree that is being written; one at a time. Any fault of libfdt aborts. */
extern uint8_t maker_tree[4U << 20];

/* The root with its cells, behind `count` reservations. */
void maker_start(const struct boot_range *reservations, unsigned count);
void maker_node(const char *format, ...) __attribute__((format(printf, 1, 2)));
void maker_end(void);
void maker_text(const char *name, const char *text);
void maker_word(const char *name, uint32_t value);
void maker_bytes(const char *name, const void *data, size_t size);
void maker_reg(const struct boot_range *ranges, unsigned count);
/* Ends the root and the tree; returns its size. */
size_t maker_finish(void);

/* #address-cells, #size-cells and ranges of a bus or of /reserved-memory. */
void maker_bus(void);
/* A child of /chosen. */
void maker_module(const char *compatible, uint64_t base, uint64_t size, const char *bootargs);
/* /cpus with `count` CPUs whose MPIDRs count up from 0, and /psci. */
void maker_cpus(unsigned count);
/* A memory node. */
void maker_memory(const struct boot_range *ranges, unsigned count);

#endif
