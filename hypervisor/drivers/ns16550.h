/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NS16550-compatible UART (National Semiconductor PC16550D; snps,dw-apb-uart), transmit only; line
 * settings are firmware's. State: as pl011.h.
 */
#ifndef PORTCULLIS_NS16550_H
#define PORTCULLIS_NS16550_H

#include <stddef.h>
#include <stdint.h>

/*
 * Use the UART whose registers are mapped at `base`, register n at base + (n << shift), accessed
 * with `width` bytes (1, 2 or 4; others count as 1). 0 = no console, writes vanish.
 */
void ns16550_use(uint64_t base, unsigned shift, unsigned width);

/* Write all of `text`, newline as carriage return and newline. Waits for room. */
void ns16550_write(const char *text, size_t length);

#endif
