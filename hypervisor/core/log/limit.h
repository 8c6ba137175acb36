/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a line that the host, or firmware, can provoke is printed: LOG_BURST at once, then one
 * every LOG_PAUSE seconds, which add up to a burst again. What was left out is told by the next
 * line.
 *
 * State: struct log_limit, all zero at first; two atomic words, any CPU. A limit shared by several
 * keys counts them together.
 */
#ifndef PORTCULLIS_LOG_LIMIT_H
#define PORTCULLIS_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_BURST 16U
#define LOG_PAUSE 10U /* seconds */

struct log_limit {
	uint64_t due;    /* counter time at which the lines so far are paid for */
	uint32_t hidden; /* lines left out since the last one */
};

/* May one more line be printed now? If so *hidden are those that were left out before it. */
bool log_allowed(struct log_limit *limit, uint32_t *hidden);

/*
 * log_line(), which is log.h's, as often as `limit` allows; the line ends in " (N more left out)"
 * when some were. Takes the log lock; any CPU, any time.
 */
void log_limited(struct log_limit *limit, const char *area, const char *key, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

#endif
