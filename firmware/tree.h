/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree: what the firmware reads from QEMU's, and what it hands on. */
#ifndef FIRMWARE_TREE_H
#define FIRMWARE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Power states that the idle-states of the tree name, and CPU_SUSPEND takes (DEN0022 5.4.2). */
#define TREE_STANDBY_STATE    0x00000001U
#define TREE_POWER_DOWN_STATE 0x00010002U

/* Bytes that the option keep=ADDRESS takes from the normal world. */
#define TREE_KEPT 0x10000U

/* Entry `index` of a node's reg, as 64-bit numbers by its parent's cells; false when there is none.
 */
bool tree_reg(const void *tree, int node, unsigned index, uint64_t *base, uint64_t *size);

/*
 * Check the tree at PLATFORM_TREE, edit it for the normal world and put it back: secure-only nodes
 * go, /psci, enable-method and idle-states come, /chosen's modules are rewritten when the options
 * say so. Returns the reason when that cannot be done. Boot CPU.
 */
const char *tree_prepare(void);

/* The edited tree, until the normal world runs: it owns that memory then. Boot CPU. */
const void *tree_edited(void);

/* Call `each` for every bank of non-secure RAM. */
void tree_each_bank(void (*each)(uint64_t base, uint64_t size, void *context), void *context);

/* Call `each` for what /chosen named as a module when QEMU handed the tree over. */
void tree_each_module(void (*each)(uint64_t base, uint64_t size, void *context), void *context);

/* Does [base, base + size) lie in one bank of non-secure RAM? Any CPU. */
bool tree_is_ram(uint64_t base, uint64_t size);

/* 32 bytes for the random generator, from the tree's secure-chosen node; false when it has none. */
bool tree_seed(uint8_t seed[32]);

#endif
