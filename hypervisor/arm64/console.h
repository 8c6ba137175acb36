/* SPDX-License-Identifier: Apache-2.0 */
/* Which device is the console: the one that the tree names, or else one that is found by its look.
 */
#ifndef PORTCULLIS_CONSOLE_H
#define PORTCULLIS_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/plan.h"

/*
 * Where a PL011 is looked for when the tree gives no console, since it cannot be read or was not
 * yet: the address in QEMU's virt machine, used only when one identifies itself there.
 */
#define CONSOLE_FALLBACK 0x09000000UL

/* Map and use what the plan says; with a plan that refuses, the fallback. Boot CPU, once. */
void console_find(const struct boot_plan *plan);

/*
 * Nothing is in use yet, but there is something to say: try the fallback. Boot CPU, or the CPU that
 * reports a crash, whatever it was doing.
 */
void console_fallback(void);

#endif
