/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first bytes of the kernel: an arm64 Image (Linux' Documentation/arch/arm64/booting.rst), or
 * what is handed over in its place, told by the magic number of that format.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "tree_case.h"
#include "tree_maker.h"

#define MIB (1UL << 20)

static struct boot_plan plan;
static struct boot_facts facts;
static uint8_t header[BOOT_IMAGE_HEADER];

static const struct boot_range ram = {0x40000000, 2UL << 30};

static const char *place(void)
{
	const char *reason;

	fake_reset();
	tree_facts(&facts);
	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
	reason = boot_plan_make(&plan, maker_tree, maker_finish(), &facts);
	assert_null(reason);
	return boot_plan_place(&plan, &facts, header);
}

static void expect_format(const char *words)
{
	char expected[160];
	const char *reason = place();

	(void)snprintf(expected, sizeof(expected),
		       "the kernel module at 0x41000000 is no arm64 Image: %s", words);
	assert_non_null(reason);
	assert_string_equal(reason, expected);
}

static void test_kernel_of_another_format(void **state)
{
	static const char missing[] = "the magic number ARM\\x64 is missing";
	static const struct {
		const char *words;
		unsigned length;
		uint8_t magic[8];
		unsigned silent; /* bytes of it that say nothing, a bit each */
	} formats[] = {
	    {"it is compressed with gzip", 2, {0x1f, 0x8b}, 0},
	    {"it is a compressed EFI image", 8, {'M', 'Z', 0, 0, 'z', 'i', 'm', 'g'}, 0x0c},
	    {"it is an ELF file", 4, {0x7f, 'E', 'L', 'F'}, 0},
	    {"it is compressed with zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}, 0},
	    {"it is a U-Boot image", 4, {0x27, 0x05, 0x19, 0x56}, 0},
	};

	(void)state;
	memset(header, 0, sizeof(header));
	expect_format(missing);
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		memset(header, 0x99, sizeof(header));
		memcpy(header, formats[i].magic, formats[i].length);
		expect_format(formats[i].words);
		for (unsigned byte = 0; byte < formats[i].length; byte++) {
			header[byte] ^= 1U;
			expect_format((formats[i].silent >> byte & 1U) != 0U ? formats[i].words
									     : missing);
			header[byte] ^= 1U;
		}
	}
}

static void test_kernel_magic_is_compared_whole(void **state)
{
	(void)state;
	tree_header(header, 0, 40UL * MIB, 0xa);
	assert_null(place());
	for (unsigned byte = 56; byte < 60U; byte++) {
		header[byte] ^= 0x20U;
		expect_format("the magic number ARM\\x64 is missing");
		header[byte] ^= 0x20U;
	}
	assert_null(place());
}

/* Offset and size must lie within 48 bits, and the offset is a number of pages. */
static void test_kernel_header_within_bounds(void **state)
{
	static const struct {
		uint64_t text_offset, size;
		bool good;
	} rows[] = {
	    {0, 40UL * MIB, true},          {0x1000, 40UL * MIB, true},
	    {0x1001, 40UL * MIB, false},    {0x800, 40UL * MIB, false},
	    {1UL << 48, 40UL * MIB, false}, {1UL << 63, 40UL * MIB, false},
	    {0, 1UL << 48, false},          {0, UINT64_MAX, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *reason;
		char expected[160];

		tree_header(header, rows[i].text_offset, rows[i].size, 0xa);
		reason = place();
		if (rows[i].good) {
			assert_null(reason);
			assert_int_equal(plan.kernel.text_offset, rows[i].text_offset);
			assert_int_equal(plan.kernel.image_size, rows[i].size);
			continue;
		}
		(void)snprintf(expected, sizeof(expected),
			       "the kernel's header is broken: text offset 0x%lx, size 0x%lx",
			       rows[i].text_offset, rows[i].size);
		assert_non_null(reason);
		assert_string_equal(reason, expected);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kernel_of_another_format),
	    cmocka_unit_test(test_kernel_magic_is_compared_whole),
	    cmocka_unit_test(test_kernel_header_within_bounds),
	};

	return cmocka_run_group_tests_name("boot_kernel", tests, NULL, NULL);
}
