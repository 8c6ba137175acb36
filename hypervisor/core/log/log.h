/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's log: dmesg-like lines on the console and in a ring that a debugger finds.
 *
 *   [    0.001234] hv: ffa: [ffa-none] firmware answered ...
 *
 * State: one ring and one lock, both in log.c; a line is written whole. Every key has a paragraph
 * in docs/messages.md, and a test compares the two, so the key must be a string literal at the
 * call.
 */
#ifndef PORTCULLIS_LOG_H
#define PORTCULLIS_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE 200 /* bytes of one line with its end; longer ones are cut and end in "..." */
#define LOG_RING 16384

/*
 * Print one line. Formats: %s %c %d %i %u %x %X %p %%, the length modifiers l, ll, z, h, hh, field
 * width, '0' and '-' flags, precision for %s; %p is hexadecimal without a prefix. Bytes that are
 * not printable ASCII appear as '?'. Takes the log lock; any CPU, any time.
 */
void log_line(const char *area, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* snprintf with the formats above; returns the length without the terminating zero, cut to size
 * - 1. */
size_t log_format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t log_format_list(char *out, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* As log_line(), without the lock: for the crash report, when the lock's holder may be gone. */
void log_crash_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Copy the newest bytes of the ring, at most `size`, into `out`; returns how many. Any CPU. */
size_t log_copy(char *out, size_t size);

#endif
