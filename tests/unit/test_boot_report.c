/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's part of the boot report: everything that the plan holds is there, on whole lines. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "core/boot/report.h"
#include "core/log/log.h"
#include "fake/machine.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static struct boot_plan plan;

static void plan_start(void)
{
	memset(&plan, 0, sizeof(plan));
	fake_reset();
}

/* Every line begins like a line, ends before the limit, and none was cut. */
static unsigned check_lines(void)
{
	unsigned count = 0;

	for (const char *line = fake.console; *line != '\0'; count++) {
		const char *end = strchr(line, '\n');

		assert_non_null(end);
		assert_true(end - line < LOG_LINE - 2);
		assert_int_equal(line[0], '[');
		assert_non_null(strstr(line, "] hv: boot: ["));
		assert_true(strstr(line, "] hv: boot: [") < end);
		if (end - line >= 3 && memcmp(end - 3, "...", 3) == 0)
			fail_msg("cut: %.*s", (int)(end - line), line);
		for (const char *c = line; c < end; c++)
			assert_true(*c >= ' ' && *c <= '~');
		line = end + 1;
	}
	return count;
}

/* Text of the lines with this key, one after the other, blanks between them. */
static const char *text_of(const char *key)
{
	static char text[32768];
	char head[64];
	size_t used = 0;

	snprintf(head, sizeof(head), "] hv: boot: [%s] ", key);
	text[0] = '\0';
	for (const char *at = strstr(fake.console, head); at != NULL; at = strstr(at + 1, head)) {
		const char *from = at + strlen(head), *end = strchr(from, '\n');

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s",
					 used > 0U ? "|" : "", (int)(end - from), from);
		assert_true(used < sizeof(text));
	}
	return text;
}

/* `item` stands exactly once in the lines with this key; 0 <= returned place. */
static size_t __attribute__((format(printf, 2, 3))) once(const char *key, const char *format, ...)
{
	const char *text = text_of(key), *found;
	char item[160];
	va_list list;

	va_start(list, format);
	vsnprintf(item, sizeof(item), format, list);
	va_end(list);
	found = strstr(text, item);
	if (found == NULL)
		fail_msg("[%s] does not say: %s", key, item);
	if (strstr(found + 1, item) != NULL)
		fail_msg("[%s] says twice: %s", key, item);
	return (size_t)(found - text);
}

static void test_boot_report_usual(void **state)
{
	(void)state;
	plan_start();
	plan.ram_count = 1;
	plan.ram[0] = (struct boot_range){0x40000000, 2 * GIB};
	plan.ram_size = 2 * GIB;
	plan.image = (struct boot_range){0x40200000, 0x58000};
	plan.pool = (struct boot_range){0xbfee8000, 0x118000};
	plan.withheld_count = 2;
	plan.withheld[0] = (struct boot_withheld){
	    .base = 0x9020000, .size = 4096, .reason = BOOT_WITHHELD_DMA, .name = "fw-cfg@9020000"};
	plan.withheld[1] = (struct boot_withheld){.base = 0x40200000,
						  .size = 0x58000,
						  .reason = BOOT_WITHHELD_IMAGE,
						  .name = "hypervisor"};
	plan.device_count = 2;
	plan.device[0] = (struct boot_range){0, GIB};
	plan.device[1] = (struct boot_range){0x8000000000, 512 * GIB};
	plan.dma_count = 2;
	plan.dma[0] =
	    (struct boot_dma){.compatible = "virtio,mmio", .base = 0xa000000, .count = 32};
	plan.dma[1] = (struct boot_dma){.compatible = "some,engine", .count = 1};
	plan.console = (struct boot_console){
	    .kind = BOOT_CONSOLE_PL011, .base = 0x9000000, .size = 4096, .name = "pl011@9000000"};
	plan.cpu_count = 3;
	plan.boot_cpu = 1;
	plan.mpidr[1] = 0x100;
	plan.mpidr[2] = 0x100000001;
	plan.psci = BOOT_PSCI_SMC;
	plan.kernel = (struct boot_kernel){.source = {0x41000000, 34834368},
					   .load = 0x41000000,
					   .entry = 0x41000000,
					   .image_size = 35008 * 1024,
					   .page_size = 1};
	plan.initrd = (struct boot_range){0x4c000000, 990220};
	snprintf(plan.bootargs, sizeof(plan.bootargs), "console=ttyAMA0");
	plan.tree_source = 0x40000000;
	plan.tree_used = 8330;
	plan.tree = (struct boot_range){0x43400000, 77824};
	plan.tree_size = 8464;
	plan.edit_count = 2;
	plan.edits[0] = (struct boot_edit){"removed", "fw-cfg@9020000", ""};
	plan.edits[1] =
	    (struct boot_edit){"added", "/reserved-memory/hypervisor@40200000", "no-map"};
	boot_report(&plan);

	assert_string_equal(text_of("ram"), "0x40000000-0xbfffffff (2048 MiB)");
	assert_string_equal(text_of("kept"), "1472 KiB of 2048 MiB for the hypervisor: image 352 "
					     "KiB, tables and CPUs 1120 KiB");
	assert_string_equal(text_of("withheld"),
			    "0x9020000-0x9020fff fw-cfg@9020000: writes RAM past stage 2|"
			    "0x40200000-0x40257fff hypervisor: hypervisor's code and data");
	assert_string_equal(text_of("devices"), "0x0-0x3fffffff, 0x8000000000-0xffffffffff");
	assert_string_equal(text_of("dma"),
			    "DMA: not protected: no SMMU; the host can reach all memory through "
			    "virtio,mmio x32 at 0xa000000, some,engine");
	assert_string_equal(text_of("console"), "pl011@9000000 at 0x9000000: PL011");
	assert_string_equal(text_of("cpus"),
			    "3, boot CPU 1, PSCI by SMC, MPIDR 0x0 0x100 0x100000001");
	assert_string_equal(text_of("kernel"),
			    "0x41000000, 34834368 bytes, entered at 0x41000000; claims 35008 KiB; "
			    "4 KiB pages, little endian");
	assert_string_equal(text_of("initrd"), "0x4c000000, 990220 bytes");
	assert_string_equal(text_of("bootargs"), "console=ttyAMA0");
	assert_string_equal(text_of("tree"),
			    "from 0x40000000, 8330 bytes; the host's at 0x43400000, "
			    "8464 bytes, with 2 edits");
	assert_string_equal(text_of("edits"), "removed fw-cfg@9020000; added "
					      "/reserved-memory/hypervisor@40200000 (no-map)");
	assert_int_equal(check_lines(), 13);
}

static void test_boot_report_exceptions(void **state)
{
	(void)state;
	plan_start();
	plan.cpu_count = 1;
	plan.cpus_left_out = 5;
	plan.psci = BOOT_PSCI_HVC;
	plan.dma_count = 1;
	plan.dma[0] = (struct boot_dma){.compatible = "a,b", .count = 2};
	plan.dma_more = 7;
	plan.edit_count = BOOT_EDIT_MAX + 3U;
	plan.kernel.copy = true;
	plan.kernel.entry = 0x40280000;
	plan.kernel.page_size = 3;
	plan.kernel.big_endian = true;
	plan.console.kind = BOOT_CONSOLE_UNKNOWN;
	snprintf(plan.console.name, sizeof(plan.console.name), "serial@1000");
	plan.option_count = 3;
	plan.options[0] = (struct boot_option){.name = "known", .value = "1", .used = true};
	plan.options[1] = (struct boot_option){.name = "typo", .value = "1"};
	plan.options[2] = (struct boot_option){.name = "bare"};
	boot_report(&plan);
	assert_non_null(strstr(text_of("cpus"), "PSCI by HVC, which nobody above EL2 answers"));
	once("cpus-left-out", "5 CPUs");
	once("dma-more", "7 DMA-capable nodes");
	once("edits-more", "3 further edits");
	once("kernel", "moved to 0x40280000");
	once("kernel", "64 KiB pages, big endian");
	once("console", "serial@1000 at 0x0: no driver for it here");
	once("option-unknown", "hv.typo=1 in the boot arguments");
	once("option-unknown", "hv.bare in the boot arguments");
	assert_null(strstr(text_of("option-unknown"), "known="));
	assert_string_equal(text_of("initrd"), "none");
	assert_string_equal(text_of("bootargs"), "none");
	check_lines();

	plan_start();
	plan.psci = BOOT_PSCI_SMC;
	plan.psci_legacy = true;
	boot_report(&plan);
	once("cpus", "PSCI 0.1 by SMC");
	once("console", "none in the tree");
	once("dma", "no node of the tree that could write memory by itself");
	assert_string_equal(text_of("option-unknown"), "");

	plan_start();
	boot_report(&plan);
	once("cpus", "no PSCI in the tree");
	/* of nothing there is no line: kept, dma, console, cpus, kernel, initrd, bootargs, tree */
	assert_int_equal(check_lines(), 8);
}

static void fill(char *out, size_t size, char with, unsigned number)
{
	memset(out, with, size - 1U);
	out[size - 1U] = '\0';
	/* distinct, without changing the length */
	out[1] = (char)('A' + number / 26U);
	out[2] = (char)('a' + number % 26U);
}

/* The largest plan, with the longest names, the highest addresses, after a year of uptime. */
static void test_boot_report_largest(void **state)
{
	uint64_t top = 0xf00000000000;
	size_t last = 0;

	(void)state;
	plan_start();
	fake.counter = 62500000ULL * 3600U * 24U * 365U;
	plan.ram_count = BOOT_RAM_MAX;
	for (unsigned i = 0; i < BOOT_RAM_MAX; i++)
		plan.ram[i] = (struct boot_range){top + i * 16 * GIB, 16 * GIB - 4096U};
	plan.ram_size = BOOT_RAM_MAX * (16 * GIB - 4096U);
	plan.image = (struct boot_range){top, MIB + 4096U};
	plan.pool = (struct boot_range){top + GIB, 3 * GIB + 4096U};
	plan.withheld_count = 80; /* the console of the fake machine does not hold all */
	for (unsigned i = 0; i < plan.withheld_count; i++) {
		plan.withheld[i] = (struct boot_withheld){
		    .base = top + i * GIB, .size = 4096, .reason = BOOT_WITHHELD_POOL};
		fill(plan.withheld[i].name, BOOT_NAME, 'w', i);
	}
	plan.device_count = BOOT_DEVICE_MAX;
	for (unsigned i = 0; i < BOOT_DEVICE_MAX; i++)
		plan.device[i] = (struct boot_range){top + 2U * i * GIB, GIB};
	plan.dma_count = BOOT_DMA_MAX;
	for (unsigned i = 0; i < BOOT_DMA_MAX; i++) {
		plan.dma[i] = (struct boot_dma){.base = top + i, .count = 1000000U + i};
		fill(plan.dma[i].compatible, sizeof(plan.dma[i].compatible), 'd', i);
	}
	plan.dma_more = ~0U;
	plan.console.kind = BOOT_CONSOLE_UNKNOWN;
	plan.console.base = top;
	fill(plan.console.name, sizeof(plan.console.name), 'c', 0);
	plan.cpu_count = BOOT_CPU_MAX;
	plan.boot_cpu = BOOT_CPU_MAX - 1U;
	plan.psci = BOOT_PSCI_HVC;
	for (unsigned i = 0; i < BOOT_CPU_MAX; i++)
		plan.mpidr[i] = 0xff00ff0000ULL + i;
	plan.cpus_left_out = ~0U;
	plan.kernel = (struct boot_kernel){.source = {top + 1U, (1ULL << 47) - 1U},
					   .entry = top,
					   .image_size = (1ULL << 47) + 1U,
					   .copy = true,
					   .page_size = 3};
	plan.initrd = (struct boot_range){top, (1ULL << 47) - 1U};
	memset(plan.bootargs, 'b', sizeof(plan.bootargs) - 1U);
	plan.tree_source = top;
	plan.tree_used = 2U * MIB - 1U;
	plan.tree.base = top;
	plan.tree_size = 2U * MIB - 1U;
	plan.edit_count = ~0U;
	for (unsigned i = 0; i < BOOT_EDIT_MAX; i++) {
		fill(plan.edits[i].what, sizeof(plan.edits[i].what), 'e', i);
		fill(plan.edits[i].node, sizeof(plan.edits[i].node), 'n', i);
		fill(plan.edits[i].detail, sizeof(plan.edits[i].detail), 't', i);
	}
	plan.option_count = BOOT_OPTION_MAX;
	for (unsigned i = 0; i < BOOT_OPTION_MAX; i++) {
		fill(plan.options[i].name, sizeof(plan.options[i].name), 'o', i);
		fill(plan.options[i].value, sizeof(plan.options[i].value), 'v', i);
	}
	boot_report(&plan);
	assert_true(fake.console_length < FAKE_CONSOLE - LOG_LINE);
	check_lines();

	for (unsigned i = 0; i < BOOT_RAM_MAX; i++) {
		size_t place = once("ram", "0x%llx-", (unsigned long long)plan.ram[i].base);

		assert_true(i == 0U || place > last);
		last = place;
	}
	for (unsigned i = 0; i < plan.withheld_count; i++)
		once("withheld", " %s: hypervisor's page tables", plan.withheld[i].name);
	for (unsigned i = 0; i < BOOT_DEVICE_MAX; i++)
		once("devices", "0x%llx-", (unsigned long long)plan.device[i].base);
	for (unsigned i = 0; i < BOOT_DMA_MAX; i++)
		once("dma", "%s x%u at 0x%llx", plan.dma[i].compatible, plan.dma[i].count,
		     (unsigned long long)plan.dma[i].base);
	for (unsigned i = 0; i < BOOT_CPU_MAX; i++)
		once("cpus", "0x%llx", (unsigned long long)plan.mpidr[i]);
	for (unsigned i = 0; i < BOOT_EDIT_MAX; i++)
		once("edits", "%s %s (%s)", plan.edits[i].what, plan.edits[i].node,
		     plan.edits[i].detail);
	for (unsigned i = 0; i < BOOT_OPTION_MAX; i++)
		once("option-unknown", "hv.%s=%s in", plan.options[i].name, plan.options[i].value);
	once("bootargs", "characters more)");
	once("edits-more", "%u further", ~0U - BOOT_EDIT_MAX);
}

/* Arguments at the edge of what fits: shown in full, or said to be longer, with the right number.
 */
static void test_boot_report_bootargs(void **state)
{
	(void)state;
	for (size_t length = 1; length < 300U; length++) {
		const char *text;
		unsigned more = 0;
		size_t shown;

		plan_start();
		memset(plan.bootargs, 'x', length);
		boot_report(&plan);
		check_lines();
		text = text_of("bootargs");
		shown = strspn(text, "x");
		if (shown < length)
			assert_int_equal(sscanf(text + shown, " (and %u characters more)", &more),
					 1);
		else
			assert_int_equal(text[shown], '\0');
		assert_int_equal(shown + more, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boot_report_usual),
	    cmocka_unit_test(test_boot_report_exceptions),
	    cmocka_unit_test(test_boot_report_largest),
	    cmocka_unit_test(test_boot_report_bootargs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
