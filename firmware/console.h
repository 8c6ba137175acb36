/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on a PL011. A line is written whole while console.c's lock is held, any CPU, any time. */
#ifndef FIRMWARE_CONSOLE_H
#define FIRMWARE_CONSOLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_LINE 1024 /* bytes of one line, what does not fit is cut */

/* Use the PL011 at `base` (physical address) from now on. Boot CPU only. */
void console_init(uint64_t base);

/* "fw: " + the text + a line end. Formats: core/log/log.h. */
void console_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As console_line() but without the lock: its holder may be the one that crashed. */
void console_crash_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
