/* SPDX-License-Identifier: Apache-2.0 */
/* Non-secure RAM before anybody else runs. */
#ifndef FIRMWARE_RAM_H
#define FIRMWARE_RAM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Fill all non-secure RAM with `byte`, but for what was loaded: the device tree, the image that is
 * entered and the modules that the tree names. Boot CPU, after tree_prepare().
 */
void ram_fill(uint8_t byte);

/* Make all non-secure RAM visible at EL3. Boot CPU, after tree_prepare(). */
void ram_map(void);

/* Does [base, base + size) lie in one bank of non-secure RAM? Any CPU. */
bool ram_holds(uint64_t base, uint64_t size);

/* The end of the highest bank. After ram_map(). */
uint64_t ram_end(void);

/* Memory at an address that ram_holds(), after ram_map(). */
void *ram_at(uint64_t address);

#endif
