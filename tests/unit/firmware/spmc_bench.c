// SPDX-License-Identifier: Apache-2.0
#include "spmc_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "border.h"
#include "rules_format.h"

uint64_t el3_x[18];

static struct {
	struct rules_header header;
	uint64_t property[SPMC_PROPERTIES];
} blob;

static const uint64_t defaults[] = {
#define PROPERTY(number, name, otherwise, highest) otherwise,
#define WORD(property, word, value)
#include "spmc_properties.def"
#undef PROPERTY
#undef WORD
};

static void prepare(uint32_t version)
{
	memset(&blob, 0, sizeof(blob));
	memcpy(blob.header.magic, RULES_MAGIC, sizeof(blob.header.magic));
	blob.header.size = sizeof(blob);
	blob.header.boot = BOOT_SPMC;
	memcpy(blob.property, defaults, sizeof(defaults));
	blob.property[SPMC_VERSION] = version;
}

static void load(uint32_t version, va_list more)
{
	unsigned property;

	prepare(version);
	while ((property = va_arg(more, unsigned)) != SPMC_PROPERTIES)
		blob.property[property] = va_arg(more, unsigned long);
	assert_null(border_load(&blob, sizeof(blob)));
	border_cpu = 0;
}

void el3_start(uint32_t version, ...)
{
	va_list more;

	va_start(more, version);
	load(version, more);
	va_end(more);
}

void el3_ready(uint32_t version, ...)
{
	va_list more;

	va_start(more, version);
	load(version, more);
	va_end(more);
	(void)el3_call(FN_VERSION, version, 0, 0, 0, 0);
	assert_int_equal(el3_error(FN_MAP, BENCH_TX, BENCH_RX, 1, 0, 0), 0);
}

const char *el3_refused(unsigned property, uint64_t value)
{
	prepare(0x10001);
	blob.property[property] = value;
	return border_load(&blob, sizeof(blob));
}

size_t el3_bytes(const char *digits, void *out)
{
	size_t size = strlen(digits) / 2;

	for (size_t i = 0; i < size; i++) {
		unsigned byte;

		assert_int_equal(sscanf(digits + 2 * i, "%2x", &byte), 1);
		((uint8_t *)out)[i] = (uint8_t)byte;
	}
	return size;
}

uint32_t el3_call(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
		  uint64_t x5)
{
	const uint64_t given[6] = {function, x1, x2, x3, x4, x5};

	memset(el3_x, 0, sizeof(el3_x));
	memcpy(el3_x, given, sizeof(given));
	for (unsigned i = 8; i < 18; i++)
		el3_x[i] = 0xcafe000000000000U + i;
	assert_true(border_call(el3_x, 0));
	return (uint32_t)el3_x[0];
}

int32_t el3_error(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
		  uint64_t x5)
{
	uint32_t w0 = el3_call(function, x1, x2, x3, x4, x5);

	if ((w0 & ~0x40000000U) == FN_ERROR) {
		for (unsigned i = 3; i < 8; i++)
			assert_int_equal(el3_x[i], 0);
		assert_true((int32_t)el3_x[2] < 0);
		return (int32_t)el3_x[2];
	}
	assert_int_equal(w0 & ~0x40000000U, FN_SUCCESS);
	return 0;
}

int32_t el3_command(uint16_t to, uint32_t command, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	memset(el3_x, 0, sizeof(el3_x));
	el3_x[0] = FN_DIRECT64;
	el3_x[1] = 1U << 16 | to;
	el3_x[3] = command;
	el3_x[4] = a;
	el3_x[5] = b;
	el3_x[6] = c;
	el3_x[7] = d;
	assert_true(border_call(el3_x, 0));
	assert_int_equal(el3_x[0], 0xc4000070U);
	assert_int_equal(el3_x[1], (uint64_t)to << 16 | 1U);
	return (int32_t)el3_x[3];
}

bool el3_feature(uint32_t asked, uint32_t input)
{
	int32_t error = el3_error(FN_FEATURES, asked, input, 0, 0, 0);

	assert_true(error == 0 || error == NOT_SUPPORTED);
	return error == 0;
}
