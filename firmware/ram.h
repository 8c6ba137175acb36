/* SPDX-License-Identifier: Apache-2.0 */
/* Non-secure RAM before anybody else runs. */
#ifndef FIRMWARE_RAM_H
#define FIRMWARE_RAM_H

#include <stdint.h>

/*
 * Fill all non-secure RAM with `byte`, but for what was loaded: the device tree, the image that is
 * entered and the modules that the tree names. Boot CPU, after tree_prepare().
 */
void ram_fill(uint8_t byte);

#endif
