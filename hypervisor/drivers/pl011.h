/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm PL011 UART (DDI0183), transmit only; set up by firmware. The host uses the same device once
 * it runs. State: the base address, set once by the boot CPU before any other CPU writes.
 */
#ifndef PORTCULLIS_PL011_H
#define PORTCULLIS_PL011_H

#include <stddef.h>
#include <stdint.h>

/* Use the UART whose registers are mapped at `base`; 0 = no console, writes vanish. */
void pl011_use(uint64_t base);

/* Write all of `text`, newline as carriage return and newline. Waits for room in the FIFO. */
void pl011_write(const char *text, size_t length);

/* Does a PL011 answer at `base`? Reads its PrimeCell identification; the page must be mapped. */
int pl011_present(uint64_t base);

#endif
