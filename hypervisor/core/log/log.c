// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.h"

#include <string.h>

#include "core/lock.h"
#include "core/log/limit.h"
#include "core/machine.h"

/*
 * The ring keeps the newest LOG_RING bytes; `written` counts all that ever went in. `magic` lets a
 * debugger or a memory dump find it without symbols. Lock: log.lock guards every field and keeps
 * lines whole on the console; nothing is taken under it.
 */
struct log_ring {
	char magic[16];
	uint64_t written;
	struct lock lock;
	char text[LOG_RING];
	uint64_t frequency; /* of the counter, Hz: what a debugger needs to tell times */
};

struct log_ring log_ring = {.magic = "PORTCULLIS-LOG1"};

static void ring_append(const char *text, size_t length)
{
	for (size_t done = 0; done < length;) {
		size_t at = (size_t)(log_ring.written % LOG_RING);
		size_t part = LOG_RING - at < length - done ? LOG_RING - at : length - done;

		memcpy(log_ring.text + at, text + done, part);
		log_ring.written += part;
		done += part;
	}
}

/* Time since the counter started, as dmesg prints it. */
static size_t time_stamp(char *out, size_t size)
{
	uint64_t frequency = machine_counter_frequency();
	uint64_t now = machine_counter();
	uint64_t seconds = now / frequency;
	uint64_t rest = now % frequency;

	/* A counter of some GHz times a million stays below 2^64. */
	return log_format(out, size, "[%5llu.%06llu] hv: ", (unsigned long long)seconds,
			  (unsigned long long)(rest * 1000000U / frequency));
}

/*
 * End the line; one that was cut says so. Bytes that are not printable become '?': part of the text
 * comes from trees and command lines, and none of it may end a line, forge one or steer a terminal.
 */
static size_t finish(char line[LOG_LINE + 1], size_t used)
{
	if (used >= LOG_LINE) {
		used = LOG_LINE - 1;
		memset(line + used - 3, '.', 3);
	}
	for (size_t i = 0; i < used; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	line[used++] = '\n';
	return used;
}

/* Area, key and text behind the time: the length so far. */
static size_t begin(char line[LOG_LINE + 1], const char *area, const char *key, const char *format,
		    va_list list)
{
	size_t used = time_stamp(line, LOG_LINE + 1);

	used += log_format(line + used, LOG_LINE + 1 - used, "%s: [%s] ", area, key);
	return used + log_format_list(line + used, LOG_LINE + 1 - used, format, list);
}

static void print(char line[LOG_LINE + 1], size_t used)
{
	used = finish(line, used);
	lock_take(&log_ring.lock);
	log_ring.frequency = machine_counter_frequency();
	ring_append(line, used);
	machine_console_write(line, used);
	lock_release(&log_ring.lock);
}

void log_line(const char *area, const char *key, const char *format, ...)
{
	char line[LOG_LINE + 1];
	va_list list;
	size_t used;

	va_start(list, format);
	used = begin(line, area, key, format, list);
	va_end(list);
	print(line, used);
}

void log_limited(struct log_limit *limit, const char *area, const char *key, const char *format,
		 ...)
{
	char line[LOG_LINE + 1];
	va_list list;
	uint32_t hidden;
	size_t used;

	if (!log_allowed(limit, &hidden))
		return;
	va_start(list, format);
	used = begin(line, area, key, format, list);
	va_end(list);
	if (hidden != 0U)
		used += log_format(line + used, LOG_LINE + 1 - used, " (%u more left out)",
				   (unsigned)hidden);
	print(line, used);
}

void log_crash_line(const char *format, ...)
{
	char line[LOG_LINE + 1];
	va_list list;
	size_t used = log_format(line, sizeof(line), "hv: ");

	va_start(list, format);
	used += log_format_list(line + used, sizeof(line) - used, format, list);
	va_end(list);
	used = finish(line, used);
	ring_append(line, used);
	machine_console_write(line, used);
}

size_t log_copy(char *out, size_t size)
{
	uint64_t from;
	size_t length;

	lock_take(&log_ring.lock);
	length = log_ring.written < LOG_RING ? (size_t)log_ring.written : LOG_RING;
	if (length > size)
		length = size;
	from = log_ring.written - length;
	for (size_t i = 0; i < length; i++)
		out[i] = log_ring.text[(from + i) % LOG_RING];
	lock_release(&log_ring.lock);
	return length;
}
