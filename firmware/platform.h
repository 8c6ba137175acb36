/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's virt machine with secure=on: the devices that EL3 uses before or without the device tree.
 * Addresses: hw/arm/virt.c's memory map, fixed since QEMU 2.10.
 */
#ifndef FIRMWARE_PLATFORM_H
#define FIRMWARE_PLATFORM_H

#include <stdint.h>

#define PLATFORM_UART        0x09000000U
#define PLATFORM_RTC         0x09010000U
#define PLATFORM_FW_CFG      0x09020000U
#define PLATFORM_SECURE_UART 0x09040000U
#define PLATFORM_SECURE_GPIO 0x090b0000U
#define PLATFORM_TREE        0x40000000U /* where QEMU leaves the device tree */
#define PLATFORM_TREE_ROOM   0x00200000U /* nothing else is loaded into it */

/* The two lines of the secure PL061; neither returns. */
_Noreturn void platform_power_off(void);
_Noreturn void platform_reset(void);

#endif
