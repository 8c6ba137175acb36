/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the planner takes a node for: every "compatible" that it knows, every name that stands for a
 * bus master, and where stdout-path leads. The kinds come from the bindings of each device, the
 * names from the Devicetree Specification, 2.2.2.
 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "cases.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "tree_case.h"
#include "tree_maker.h"

#define MIB     (1UL << 20)
#define DEVICES 0xa000000UL
#define STEP    0x1000UL

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct boot_plan plan;
static struct boot_facts facts;
static uint8_t header[BOOT_IMAGE_HEADER];

static const struct boot_range ram = {0x40000000, 2UL << 30};

static int prepare(void **state)
{
	(void)state;
	fake_reset();
	tree_facts(&facts);
	tree_header(header, 0, 40UL * MIB, 0xa);
	return 0;
}

/* The root up to where devices come; NULL: no stdout-path. */
static void start(const char *stdout_path)
{
	maker_start(NULL, 0);
	maker_cpus(4);
	maker_node("chosen");
	maker_bus();
	if (stdout_path != NULL)
		maker_text("stdout-path", stdout_path);
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
}

static void finish(void)
{
	size_t size = maker_finish();
	const char *reason = boot_plan_make(&plan, maker_tree, size, &facts);

	if (reason == NULL)
		reason = boot_plan_place(&plan, &facts, header);
	if (reason != NULL)
		fail_msg("refused: %s", reason);
	reason = plan_check(&plan, &facts, maker_tree);
	if (reason != NULL)
		fail_msg("%s", reason);
}

static void add_node(const char *name, uint64_t base, const char *compatible, unsigned frames)
{
	struct boot_range range[4];

	for (unsigned i = 0; i < frames; i++)
		range[i] = (struct boot_range){base + i * 16UL * STEP, STEP};
	maker_node("%s@%lx", name, base);
	if (compatible != NULL)
		maker_text("compatible", compatible);
	maker_reg(range, frames);
	maker_end();
}

static const struct boot_dma *find_dma(const char *compatible)
{
	for (unsigned i = 0; i < plan.dma_count; i++)
		if (strcmp(plan.dma[i].compatible, compatible) == 0)
			return &plan.dma[i];
	return NULL;
}

/* --- who writes memory by itself --- */

static void test_device_kinds_that_write_memory(void **state)
{
	static const char *const kinds[] = {
	    "fsl,qoriq-mc",
	    "virtio,mmio",
	    "pci-host-ecam-generic",
	    "pci-host-cam-generic",
	    "arm,smmu-v3",
	    "arm,pl080",
	    "arm,pl081",
	    "arm,pl330",
	    "generic-ahci",
	    "arm,coresight-tmc",
	    "generic-ehci",
	    "generic-ohci",
	    "generic-xhci",
	    "snps,dwc2",
	    "snps,dwc3",
	    "snps,dwmac",
	    "snps,dw-mshc",
	};
	unsigned i;

	(void)state;
	start(NULL);
	for (i = 0; i < COUNT(kinds); i++)
		add_node("device", DEVICES + i * STEP, kinds[i], 1);
	/* as long, or beginning alike: not the same */
	add_node("device", DEVICES + i * STEP, "virtio,mmi", 1);
	add_node("device", DEVICES + (i + 1U) * STEP, "virtio,mmio2", 1);
	add_node("device", DEVICES + (i + 2U) * STEP, "virtio,pmem", 1);
	finish();
	for (i = 0; i < COUNT(kinds); i++) {
		const struct boot_dma *dma = find_dma(kinds[i]);

		if (dma == NULL || dma->count != 1U || dma->base != DEVICES + i * STEP)
			fail_msg("%s is not known to write memory", kinds[i]);
	}
	assert_int_equal(plan.dma_count, COUNT(kinds));
	assert_int_equal(plan.dma_more, 0);
	/* and are nothing else */
	assert_int_equal(plan.marks.removed_count, 0);
	assert_int_equal(plan.gic.its_count, 0);
	assert_int_equal(plan.psci, BOOT_PSCI_SMC);
	assert_false(plan.psci_legacy);
	assert_int_equal(plan.console.kind, BOOT_CONSOLE_NONE);
	assert_int_equal(plan.marks.gic, -1);
}

static void test_device_names_that_stand_for_masters(void **state)
{
	static const char *const names[] = {
	    "camera",
	    "crypto",
	    "display-controller",
	    "dma-controller",
	    "ethernet",
	    "gpu",
	    "iommu",
	    "isp",
	    "jpegdec",
	    "jpegenc",
	    "mmc",
	    "npu",
	    "nand-controller",
	    "nvme",
	    "pcie",
	    "remoteproc",
	    "sata",
	    "sdhci",
	    "ufs",
	    "ufshc",
	    "usb",
	    "wifi",
	    "video-codec",
	    "video-decoder",
	    "video-encoder",
	};
	static const char *const others[] = {"us", "usb-phy", "mm", "ethernet-phy", "serial"};
	char compatible[32];

	(void)state;
	start(NULL);
	for (unsigned i = 0; i < COUNT(names); i++) {
		(void)snprintf(compatible, sizeof(compatible), "test,engine-%u", i);
		add_node(names[i], DEVICES + i * STEP, compatible, 1);
	}
	for (unsigned i = 0; i < COUNT(others); i++)
		add_node(others[i], DEVICES + (100U + i) * STEP, "test,other", 1);
	/* without registers it is only the wrapper of one */
	maker_node("usb");
	maker_text("compatible", "test,wrapper");
	maker_end();
	finish();
	for (unsigned i = 0; i < COUNT(names); i++) {
		(void)snprintf(compatible, sizeof(compatible), "test,engine-%u", i);
		if (find_dma(compatible) == NULL)
			fail_msg("%s is not known to write memory", names[i]);
	}
	assert_int_equal(plan.dma_count, COUNT(names));
}

/* Kinds are told apart by their whole name; what has none is called as its node. */
static void test_device_kinds_are_counted(void **state)
{
	(void)state;
	start(NULL);
	add_node("usb", DEVICES, "test,a", 1);
	add_node("usb", DEVICES + STEP, "test,ab", 1);
	add_node("usb", DEVICES + 2U * STEP, "test,a", 1);
	add_node("usb", DEVICES + 3U * STEP, NULL, 1);
	add_node("usb", DEVICES + 4U * STEP, "test,a", 1);
	/* 39 characters are kept, and 38 are another name */
	add_node("usb", DEVICES + 5U * STEP, "test,0123456789012345678901234567890123456789", 1);
	add_node("usb", DEVICES + 6U * STEP, "test,012345678901234567890123456789012", 1);
	finish();
	assert_int_equal(plan.dma_count, 5);
	assert_int_equal(find_dma("test,a")->count, 3);
	assert_int_equal(find_dma("test,a")->base, DEVICES);
	assert_int_equal(find_dma("test,ab")->count, 1);
	assert_int_equal(find_dma("test,ab")->base, DEVICES + STEP);
	assert_int_equal(find_dma("usb")->count, 1);
	assert_int_equal(find_dma("usb")->base, DEVICES + 3U * STEP);
	assert_int_equal(find_dma("test,0123456789012345678901234567890123")->count, 1);
	assert_int_equal(find_dma("test,012345678901234567890123456789012")->count, 1);
}

/* --- the interrupt controller, and power --- */

static void test_device_gic_kinds(void **state)
{
	static const char *const second[] = {
	    "arm,gic-400",       "arm,cortex-a15-gic", "arm,cortex-a9-gic",
	    "arm,cortex-a7-gic", "arm,pl390",          "qcom,msm-qgic2",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(second); i++) {
		start(NULL);
		add_node("interrupt-controller", 0x8000000, second[i], 4);
		finish();
		assert_false(plan.gic.v3);
		assert_true(plan.marks.gic > 0);
		assert_int_equal(plan.marks.gic_frames, 2);
		assert_int_equal(plan.marks.gic_frame_bytes, 16);
		assert_string_equal(boot_plan_withheld(&plan, 0x8020000)->name, "GICH");
		assert_string_equal(boot_plan_withheld(&plan, 0x8030000)->name, "GICV");
		assert_null(boot_plan_withheld(&plan, 0x8010000));
	}
	start(NULL);
	add_node("interrupt-controller", 0x8000000, "arm,gic-v3", 4);
	/* a second one, such as an expander, is a device */
	add_node("interrupt-controller", 0x9000000, "arm,gic-400", 4);
	finish();
	assert_true(plan.gic.v3);
	assert_int_equal(plan.gic.distributor.base, 0x8000000);
	assert_int_equal(plan.gic.region_count, 1);
	assert_int_equal(plan.gic.regions[0].base, 0x8010000);
	assert_int_equal(plan.marks.gic_frames, 2);
	assert_string_equal(boot_plan_withheld(&plan, 0x8020000)->name, "GICC");
	assert_string_equal(boot_plan_withheld(&plan, 0x8030000)->name, "GICH");
	assert_null(boot_plan_withheld(&plan, 0x9020000));
}

/* From one redistributor to the next, where the tree says it in two cells. */
static void test_device_gic_stride(void **state)
{
	static const uint8_t stride[12] = {0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1};
	const struct boot_range frames[] = {{0x8000000, 0x10000}, {0x8010000, 0x100000}};

	(void)state;
	for (uint32_t length = 0; length <= sizeof(stride); length += 4U) {
		start(NULL);
		maker_node("interrupt-controller@8000000");
		maker_text("compatible", "arm,gic-v3");
		maker_bytes("redistributor-stride", stride, length);
		maker_reg(frames, 2);
		maker_end();
		finish();
		assert_true(plan.gic.v3);
		assert_int_equal(plan.gic.stride, length == 8U ? 0x40000 : 0);
	}
}

static void test_device_psci_kinds(void **state)
{
	static const struct {
		const char *compatible;
		bool legacy;
	} kinds[] = {{"arm,psci-1.0", false}, {"arm,psci-0.2", false}, {"arm,psci", true}};

	(void)state;
	for (unsigned i = 0; i < COUNT(kinds); i++) {
		int node, length;
		void *text;

		start(NULL);
		finish();
		/* the only one of the tree, renamed within its length */
		node = fdt_path_offset(maker_tree, "/psci");
		text = fdt_getprop_w(maker_tree, node, "compatible", &length);
		assert_non_null(text);
		assert_int_equal(length, sizeof("arm,psci-1.0"));
		memset(text, 0, (size_t)length);
		memcpy(text, kinds[i].compatible, strlen(kinds[i].compatible));
		assert_null(boot_plan_make(&plan, maker_tree, fdt_totalsize(maker_tree), &facts));
		assert_int_equal(plan.psci, BOOT_PSCI_SMC);
		assert_int_equal(plan.psci_legacy, kinds[i].legacy);
	}
}

/* --- the console --- */

static void test_device_console_kinds(void **state)
{
	static const struct {
		const char *compatible;
		enum boot_console_kind kind;
	} kinds[] = {
	    {"arm,pl011", BOOT_CONSOLE_PL011},       {"arm,sbsa-uart", BOOT_CONSOLE_PL011},
	    {"ns8250", BOOT_CONSOLE_8250},           {"ns16450", BOOT_CONSOLE_8250},
	    {"ns16550", BOOT_CONSOLE_8250},          {"ns16550a", BOOT_CONSOLE_8250},
	    {"snps,dw-apb-uart", BOOT_CONSOLE_8250}, {"ns16550b", BOOT_CONSOLE_NONE},
	    {"arm,pl01", BOOT_CONSOLE_NONE},
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(kinds); i++) {
		start(NULL);
		add_node("serial", 0x9000000, kinds[i].compatible, 1);
		finish();
		assert_int_equal(plan.console.kind, kinds[i].kind);
		assert_int_equal(plan.console.base,
				 kinds[i].kind == BOOT_CONSOLE_NONE ? 0 : 0x9000000);
		assert_int_equal(plan.dma_count, 0);
	}
}

/* Three UARTs, the last below a bus; `alias` of the second if there is one. */
static void with_uarts(const char *stdout_path, const char *alias)
{
	start(stdout_path);
	if (alias != NULL) {
		maker_node("aliases");
		maker_text("serial0", alias);
		maker_end();
	}
	add_node("serial", 0x9000000, "arm,pl011", 1);
	add_node("serial", 0x9010000, "ns16550a", 1);
	maker_node("soc");
	maker_bus();
	add_node("serial", 0x9020000, "arm,sbsa-uart", 1);
	maker_end();
	add_node("timer", 0x9030000, "test,timer", 1);
	finish();
}

static void test_device_console_is_where_the_path_leads(void **state)
{
	static const struct {
		const char *path, *alias;
		uint64_t base;
		enum boot_console_kind kind;
	} cases[] = {
	    {"/serial@9000000", NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"/serial@9010000", NULL, 0x9010000, BOOT_CONSOLE_8250},
	    {"/soc/serial@9020000", NULL, 0x9020000, BOOT_CONSOLE_PL011},
	    {"/serial@9010000:115200n8", NULL, 0x9010000, BOOT_CONSOLE_8250},
	    {"/soc/serial", NULL, 0x9020000, BOOT_CONSOLE_PL011}, /* the only one of that name */
	    {"serial0", "/serial@9010000", 0x9010000, BOOT_CONSOLE_8250},
	    {"serial0:115200", "/soc/serial@9020000", 0x9020000, BOOT_CONSOLE_PL011},
	    /* a device, but no UART that is known */
	    {"/timer@9030000", NULL, 0, BOOT_CONSOLE_UNKNOWN},
	    {"/soc", NULL, 0, BOOT_CONSOLE_UNKNOWN},
	    {"serial0", "/timer@9030000", 0, BOOT_CONSOLE_UNKNOWN},
	    /* nowhere: the first */
	    {NULL, NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"", NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"/", NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"/serial@9990000", NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"serial0", NULL, 0x9000000, BOOT_CONSOLE_PL011},
	    {"serial1", "/serial@9010000", 0x9000000, BOOT_CONSOLE_PL011},
	    {"serial", "/serial@9010000", 0x9000000, BOOT_CONSOLE_PL011},
	    {"serial0", "", 0x9000000, BOOT_CONSOLE_PL011},
	    {"serial0", "serial@9010000", 0x9000000, BOOT_CONSOLE_PL011},
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		with_uarts(cases[i].path, cases[i].alias);
		if (plan.console.kind != cases[i].kind || plan.console.base != cases[i].base)
			fail_msg("stdout-path %s, alias %s: %s at 0x%lx",
				 cases[i].path != NULL ? cases[i].path : "absent",
				 cases[i].alias != NULL ? cases[i].alias : "absent",
				 plan.console.name, plan.console.base);
	}
	with_uarts("/timer@9030000", NULL);
	assert_string_equal(plan.console.name, "timer@9030000");
	with_uarts("/soc/serial@9020000", NULL);
	assert_string_equal(plan.console.name, "serial@9020000");
}

/* A path of `length` characters to a UART, /NAME/serial@9000000; NULL path: to its bus. */
static void with_long_path(unsigned length, bool to_bus)
{
	static const char tail[] = "/serial@9000000";
	char name[128], path[160];

	memset(name, 'b', sizeof(name));
	name[length - strlen(tail) - 1U] = '\0';
	(void)snprintf(path, sizeof(path), "/%s%s", name, to_bus ? "" : tail);
	start(path);
	add_node("serial", 0x9010000, "ns16550a", 1);
	maker_node("%s", name);
	maker_bus();
	add_node("serial", 0x9000000, "arm,pl011", 1);
	maker_end();
	finish();
}

static void test_device_console_has_a_long_path(void **state)
{
	(void)state;
	for (unsigned length = 60; length < 120U; length++) {
		with_long_path(length, false);
		assert_int_equal(plan.console.base, 0x9000000);
		/* a bus is none */
		with_long_path(length, true);
		assert_int_equal(plan.console.kind, BOOT_CONSOLE_UNKNOWN);
	}
}

/* --- where devices are --- */

static bool has_device(uint64_t address)
{
	for (unsigned i = 0; i < plan.device_count; i++)
		if (address - plan.device[i].base < plan.device[i].size)
			return true;
	return false;
}

/* In whatever order the tree names them. */
static void test_device_places_in_any_order(void **state)
{
	static const uint64_t places[] = {0x4000000000UL, 0x1000000000UL, 0x2000000000UL,
					  0x2000001000UL};
	uint64_t end = 0;

	(void)state;
	for (unsigned first = 0; first < COUNT(places); first++) {
		facts.pa_bits = 40;
		start(NULL);
		for (unsigned i = 0; i < COUNT(places); i++)
			add_node("thing", places[(first + i) % COUNT(places)], "some,thing", 1);
		finish();
		for (unsigned i = 0; i < COUNT(places); i++)
			if (!has_device(places[i]))
				fail_msg("no device at 0x%lx", places[i]);
		for (unsigned i = 0; i < plan.device_count; i++, end = 0) {
			end = plan.device[i].base + plan.device[i].size;
			assert_false(end > 0x2040000000UL && plan.device[i].base < 0x4000000000UL);
		}
	}
}

/* What lies deep below a node that has no devices is none, whatever lay so deep elsewhere. */
static void test_device_none_below_data(void **state)
{
	(void)state;
	start(NULL);
	for (unsigned depth = 0; depth < 4U; depth++) {
		maker_node("bus");
		maker_bus();
	}
	add_node("master", DEVICES, "arm,pl330", 1);
	for (unsigned depth = 0; depth < 4U; depth++)
		maker_end();
	maker_node("aliases");
	maker_bus();
	for (unsigned depth = 0; depth < 3U; depth++) {
		maker_node("bus");
		maker_bus();
		add_node("master", DEVICES + 16U * STEP, "arm,pl080", 1);
	}
	for (unsigned depth = 0; depth < 3U; depth++)
		maker_end();
	maker_end();
	finish();
	assert_int_equal(plan.dma_count, 1);
	assert_string_equal(plan.dma[0].compatible, "arm,pl330");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_device_kinds_that_write_memory, prepare),
	    cmocka_unit_test_setup(test_device_names_that_stand_for_masters, prepare),
	    cmocka_unit_test_setup(test_device_kinds_are_counted, prepare),
	    cmocka_unit_test_setup(test_device_gic_kinds, prepare),
	    cmocka_unit_test_setup(test_device_gic_stride, prepare),
	    cmocka_unit_test_setup(test_device_psci_kinds, prepare),
	    cmocka_unit_test_setup(test_device_console_kinds, prepare),
	    cmocka_unit_test_setup(test_device_console_is_where_the_path_leads, prepare),
	    cmocka_unit_test_setup(test_device_console_has_a_long_path, prepare),
	    cmocka_unit_test_setup(test_device_places_in_any_order, prepare),
	    cmocka_unit_test_setup(test_device_none_below_data, prepare),
	};

	return cmocka_run_group_tests_name("boot_device", tests, NULL, NULL);
}
