/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: formats against the C library's, lines that are too long, bytes that must not reach a
 * console, the ring, and lines of several CPUs at once.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/log/limit.h"
#include "core/log/log.h"
#include "fake/machine.h"

/* ---- formats: both print the same, for every size of the buffer ---- */

static void same(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void same(const char *format, ...)
{
	char ours[400], theirs[400];
	size_t expected;
	va_list list;

	va_start(list, format);
	expected = (size_t)vsnprintf(theirs, sizeof(theirs), format, list);
	va_end(list);
	assert_in_range(expected, 0, sizeof(theirs) - 1U);
	for (size_t size = 0; size <= expected + 2U; size++) {
		size_t kept = size == 0U ? 0U : size - 1U, length;

		if (kept > expected)
			kept = expected;
		memset(ours, 0x5a, sizeof(ours));
		va_start(list, format);
		length = log_format_list(ours, size, format, list);
		va_end(list);
		assert_int_equal(length, kept);
		assert_memory_equal(ours, theirs, length);
		if (size > 0U)
			assert_int_equal(ours[length], '\0');
		for (size_t i = size; i < sizeof(ours); i++)
			assert_int_equal(ours[i], 0x5a);
	}
}

static void test_log_format_text(void **state)
{
	static const char unended[4] = {'a', 'b', 'c', 'd'};

	(void)state;
	same("%s", "plain");
	same("nothing to fill in");
	same("100 %%, %c%c", 'a', 'Z');
	same("[%10s] [%-10s] [%2s]", "right", "left", "longer");
	same("[%.3s] [%.0s] [%.10s]", "cut me", "gone", "short");
	same("[%.*s] [%*s] [%-*s] [%*s]", 2, "cut", 6, "wide", 6, "left", -6, "left");
	same("[%8.3s] [%-8.3s]", "abcdef", "abcdef");
	same("[%5c] [%-5c]", 'x', 'y');
	same("%.4s", unended); /* nothing beyond the precision is read */
	same("%.*s", -1, "a negative precision is none");
	same("%s%s%s", "", "", "");
}

static void test_log_format_null(void **state)
{
	const char *volatile none = NULL;
	char text[32];

	(void)state;
	assert_int_equal(log_format(text, sizeof(text), "<%s>", none), 8);
	assert_string_equal(text, "<(none)>");
}

static void test_log_format_pointer(void **state)
{
	char text[32];

	(void)state;
	(void)log_format(text, sizeof(text), "%p", (void *)0xdeadbeef1234);
	assert_string_equal(text, "deadbeef1234");
}

/* What it does not know it shows as it is, and goes on. */
static void test_log_format_unknown(void **state)
{
	static const char strange[] = "a%qb%", ended[] = "%5";
	char text[32];

	(void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	same("[%-08x]", 0x1234U); /* left wins over zeros */
	(void)log_format(text, sizeof(text), strange);
	assert_string_equal(text, "a%qb");
	assert_int_equal(log_format(text, sizeof(text), ended), 0);
#pragma GCC diagnostic pop
}

static const long long signed_values[] = {0,     1,     -1,        9,         10,        -10,
					  127,   128,   -128,      255,       32767,     -32768,
					  65535, 99999, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

#define NUMBERS (sizeof(signed_values) / sizeof(signed_values[0]))

static void test_log_format_signed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUMBERS; i++) {
		long long value = signed_values[i];

		same("%lld %lli", value, value);
		same("%ld", (long)value);
		same("%d %i", (int)value, (int)value);
		same("%hd %hhd", (short)value, (signed char)value);
		same("%zd", (ssize_t)value);
		same("[%5d] [%-5d] [%05d] [%1d]", (int)value, (int)value, (int)value, (int)value);
		same("[%24lld] [%-24lld] [%024lld]", value, value, value);
	}
}

static void test_log_format_unsigned(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUMBERS; i++) {
		unsigned long long value = (unsigned long long)signed_values[i];

		same("%llu %llx %llX", value, value, value);
		same("%lu %lx", (unsigned long)value, (unsigned long)value);
		same("%u %x %X", (unsigned)value, (unsigned)value, (unsigned)value);
		same("%hu %hx", (unsigned short)value, (unsigned short)value);
		same("%hhu %hhx", (unsigned char)value, (unsigned char)value);
		same("%zu %zx", (size_t)value, (size_t)value);
		same("0x%016llx 0x%08x %02x", value, (unsigned)value, (unsigned)value);
		same("[%40llu] [%-40llx] [%040llx]", value, value, value);
		same("[%*u] [%0*x]", 12, (unsigned)value, 12, (unsigned)value);
	}
}

static void test_log_format_mixed(void **state)
{
	(void)state;
	same("%s: %d of %u (%llx), %c, %.2s%%", "mix", -5, 7U, 0xfeedULL, '!', "xyz");
}

/* ---- lines ---- */

static void test_log_line(void **state)
{
	(void)state;
	fake_reset();
	fake.counter = 62500000ULL * 12345U + 62U; /* of 62.5 MHz */
	log_line("ffa", "ffa-none", "%d of %s", 3, "them");
	assert_string_equal(fake.console, "[12345.000000] hv: ffa: [ffa-none] 3 of them\n");
	fake_reset();
	fake.counter = 62500000ULL + 62499999U;
	log_line("a", "b", "c");
	assert_string_equal(fake.console, "[    1.999999] hv: a: [b] c\n");
	fake_reset();
	fake.counter = 62500000ULL * 123456789U;
	log_line("a", "b", "%s", "");
	assert_string_equal(fake.console, "[123456789.000000] hv: a: [b] \n");
}

#define PREFIX "[    0.000000] hv: a: [b] "

/* A line has LOG_LINE bytes at most; one that had more says that it was cut. */
static void test_log_line_length(void **state)
{
	const size_t prefix = strlen(PREFIX), room = LOG_LINE - prefix - 1U;
	char text[300], expected[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t length = 0; length < sizeof(text); length++) {
		fake_reset();
		log_line("a", "b", "%.*s", (int)length, text);
		if (length <= room)
			snprintf(expected, sizeof(expected), PREFIX "%.*s\n", (int)length, text);
		else
			snprintf(expected, sizeof(expected), PREFIX "%.*s...\n", (int)room - 3,
				 text);
		assert_string_equal(fake.console, expected);
		assert_in_range(fake.console_length, 1, LOG_LINE);
	}
}

/* A name from a tree or a command line neither ends the line nor steers the terminal. */
static void test_log_line_shows_printable_bytes_only(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256U; c++) {
		char text[4] = {'<', (char)c, '>', '\0'};

		fake_reset();
		log_line("a", "b", "%s%c", text, (int)c);
		if (c < 0x20U || c > 0x7eU)
			text[1] = '?';
		assert_int_equal(fake.console_length, strlen(PREFIX) + 5U);
		assert_memory_equal(fake.console + strlen(PREFIX), text, 3);
		assert_int_equal(fake.console[strlen(PREFIX) + 3U], text[1]);
	}
	fake_reset();
	log_line("a", "b", "x\n[    0.000000] hv: mem: [fault] forged");
	assert_string_equal(fake.console, PREFIX "x?[    0.000000] hv: mem: [fault] forged\n");
}

static void test_log_crash_line(void **state)
{
	char text[300];

	(void)state;
	fake_reset();
	log_crash_line("crash: [%s] %d", "el2-sync", 7);
	assert_string_equal(fake.console, "hv: crash: [el2-sync] 7\n");
	memset(text, 'y', sizeof(text));
	fake_reset();
	log_crash_line("%.*s\n", 250, text);
	assert_int_equal(fake.console_length, LOG_LINE);
	assert_string_equal(fake.console + LOG_LINE - 4, "...\n");
}

/* ---- the ring ---- */

/* What was written last, by the console's own account. */
static void expect_ring_is_end_of(const char *all, size_t length, size_t asked)
{
	static char copy[2 * LOG_RING];
	size_t kept = length < LOG_RING ? length : LOG_RING, got;

	if (asked > sizeof(copy))
		asked = sizeof(copy);
	memset(copy, 0x5a, sizeof(copy));
	got = log_copy(copy, asked);
	assert_int_equal(got, kept < asked ? kept : asked);
	assert_memory_equal(copy, all + length - got, got);
	if (got < sizeof(copy))
		assert_int_equal(copy[got], 0x5a);
}

static void test_log_ring(void **state)
{
	static const size_t asked[] = {
	    0, 1, 7, 200, LOG_RING - 1U, LOG_RING, LOG_RING + 1U, (size_t)2U * LOG_RING};
	static char all[8 * LOG_RING];
	size_t used = 0;

	(void)state;
	/* push out what earlier tests left: more than a ring of lines of changing length */
	for (unsigned i = 0; used + LOG_LINE < sizeof(all); i++) {
		fake_reset();
		log_line("test", "ring", "line %u %.*s", i, (int)(i % 97U),
			 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
			 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
		memcpy(all + used, fake.console, fake.console_length);
		used += fake.console_length;
		if (used <= LOG_RING)
			continue;
		if (i % 16U == 0U)
			for (unsigned j = 0; j < sizeof(asked) / sizeof(asked[0]); j++)
				expect_ring_is_end_of(all, used, asked[j]);
		else
			expect_ring_is_end_of(all, used, LOG_RING);
	}
	log_crash_line("into the ring as well");
	{
		char tail[64];

		assert_int_equal(log_copy(tail, 26), 26);
		assert_memory_equal(tail, "hv: into the ring as well\n", 26);
	}
}

/* ---- several CPUs ---- */

#define WRITERS 4U
#define LINES   150U

static void *write_lines(void *argument)
{
	unsigned writer = (unsigned)(uintptr_t)argument;

	for (unsigned i = 0; i < LINES; i++)
		log_line("test", "cpus", "w%u l%u %.*s.", writer, i, (int)(i % 64U),
			 "----------------------------------------------------------------");
	return NULL;
}

/* Each line whole, each writer's lines in order, console and ring the same. */
static void test_log_lines_of_many_cpus(void **state)
{
	static char ring[LOG_RING];
	unsigned next[WRITERS] = {0}, lines = 0;
	pthread_t threads[WRITERS];
	size_t got;

	(void)state;
	fake_reset();
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, (void *)i), 0);
	/* who looks meanwhile sees whole lines only */
	for (unsigned i = 0; i < 50U; i++) {
		got = log_copy(ring, sizeof(ring));
		if (got > 0U)
			assert_int_equal(ring[got - 1U], '\n');
		sched_yield();
	}
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(fake.console_length < FAKE_CONSOLE - LOG_LINE);
	for (const char *at = fake.console; *at != '\0'; lines++) {
		const char *end = strchr(at, '\n');
		unsigned seconds, micros, writer, line;
		int used = 0;

		assert_non_null(end);
		assert_int_equal(sscanf(at, "[%u.%u] hv: test: [cpus] w%u l%u %n", &seconds,
					&micros, &writer, &line, &used),
				 4);
		assert_in_range(writer, 0, WRITERS - 1U);
		assert_int_equal(line, next[writer]);
		next[writer]++;
		assert_int_equal(strspn(at + used, "-"), line % 64U);
		assert_int_equal(at[used + (int)(line % 64U)], '.');
		assert_ptr_equal(at + used + line % 64U + 1U, end);
		at = end + 1;
	}
	assert_int_equal(lines, WRITERS * LINES);
	got = log_copy(ring, sizeof(ring));
	assert_int_equal(got, LOG_RING);
	assert_memory_equal(ring, fake.console + fake.console_length - got, got);
}

/* ---- lines that can be provoked ---- */

static struct log_limit limit;

/* Lines that are printed of `count` that somebody provokes at one time. */
static unsigned provoke(unsigned count)
{
	unsigned lines = 0;

	fake.console_length = 0;
	fake.console[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		log_limited(&limit, "test", "limit", "line %u", i);
	for (const char *at = fake.console; (at = strstr(at, "[limit]")) != NULL; at++)
		lines++;
	return lines;
}

static void wait_seconds(uint64_t seconds)
{
	fake.counter += seconds * machine_counter_frequency();
}

static void test_log_limit(void **state)
{
	(void)state;
	fake_reset();
	memset(&limit, 0, sizeof(limit));
	/* long after boot, as right behind it */
	wait_seconds(100000);
	assert_int_equal(provoke(15), 15);
	assert_false(fake_said("left out"));
	assert_int_equal(provoke(1), 1);
	assert_int_equal(provoke(1000), 0);
	/* one more each pause, and it tells of the others */
	wait_seconds(LOG_PAUSE);
	assert_int_equal(provoke(5), 1);
	assert_true(fake_said("hv: test: [limit] line 0 (1000 more left out)\n"));
	wait_seconds(LOG_PAUSE - 1U);
	assert_int_equal(provoke(1), 0);
	wait_seconds(1);
	assert_int_equal(provoke(1), 1);
	assert_true(fake_said("line 0 (5 more left out)\n"));
	/* a pause after which nothing was left out says nothing */
	wait_seconds(3U * LOG_PAUSE);
	assert_int_equal(provoke(4), 3);
	assert_false(fake_said("left out"));
	/* however long nobody came: not more than a burst */
	wait_seconds(1000000);
	assert_int_equal(provoke(100), LOG_BURST);
	assert_true(fake_said("line 0 (1 more left out)\n"));
	assert_false(fake_said("line 1 ("));
}

/* Who is silent for one limit still speaks for another. */
static void test_log_limit_is_none_of_another(void **state)
{
	static struct log_limit other;

	(void)state;
	fake_reset();
	memset(&limit, 0, sizeof(limit));
	assert_int_equal(provoke(100), LOG_BURST);
	log_limited(&other, "test", "limit", "other");
	assert_true(fake_said("other\n"));
}

/* The line is whole also where what is left out no longer fits. */
static void test_log_limit_of_a_long_line(void **state)
{
	char text[LOG_LINE];

	(void)state;
	fake_reset();
	memset(&limit, 0, sizeof(limit));
	memset(text, 'x', sizeof(text) - 1U);
	text[sizeof(text) - 1U] = '\0';
	(void)provoke(100);
	wait_seconds(LOG_PAUSE);
	fake.console_length = 0;
	log_limited(&limit, "test", "limit", "%s", text);
	assert_int_equal(fake.console_length, LOG_LINE);
	assert_string_equal(fake.console + LOG_LINE - 5U, "x...\n");
}

static void *provoke_many(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 1000U; i++)
		log_limited(&limit, "test", "limit", "from anywhere");
	return NULL;
}

/* All CPUs at once: a burst, and each of the others is counted once. */
static void test_log_limit_on_many_cpus(void **state)
{
	pthread_t threads[4];
	unsigned lines = 0;
	char words[40];

	(void)state;
	fake_reset();
	memset(&limit, 0, sizeof(limit));
	for (unsigned i = 0; i < 4U; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, provoke_many, NULL), 0);
	for (unsigned i = 0; i < 4U; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (const char *at = fake.console; (at = strstr(at, "[limit]")) != NULL; at++) {
		unsigned more;

		lines++;
		/* what came before the burst was over stands in a line of it */
		if (sscanf(at, "[limit] from anywhere (%u more", &more) == 1)
			lines += more;
	}
	wait_seconds(LOG_PAUSE);
	snprintf(words, sizeof(words), "(%u more left out)\n", 4000U - lines);
	log_limited(&limit, "test", "limit", "the last");
	assert_true(fake_said(words));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_log_format_text),
	    cmocka_unit_test(test_log_format_null),
	    cmocka_unit_test(test_log_format_pointer),
	    cmocka_unit_test(test_log_format_unknown),
	    cmocka_unit_test(test_log_format_signed),
	    cmocka_unit_test(test_log_format_unsigned),
	    cmocka_unit_test(test_log_format_mixed),
	    cmocka_unit_test(test_log_line),
	    cmocka_unit_test(test_log_line_length),
	    cmocka_unit_test(test_log_line_shows_printable_bytes_only),
	    cmocka_unit_test(test_log_crash_line),
	    cmocka_unit_test(test_log_ring),
	    cmocka_unit_test(test_log_lines_of_many_cpus),
	    cmocka_unit_test(test_log_limit),
	    cmocka_unit_test(test_log_limit_is_none_of_another),
	    cmocka_unit_test(test_log_limit_of_a_long_line),
	    cmocka_unit_test(test_log_limit_on_many_cpus),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
