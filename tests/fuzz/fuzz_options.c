// SPDX-License-Identifier: Apache-2.0
/*
 * What a loader says in /chosen: boot arguments with options for the hypervisor, modules, an
 * initial RAM disk. A second reading of the arguments, written from docs/boot.md, stands beside the
 * planner's; the options have to be the same, and so the arguments that remain for the host.
 *
 * target: hypervisor/core/boot/chosen.c
 * target: hypervisor/core/smccc/policy.c
 * length: 300
 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "core/boot/plan.h"
#include "core/smccc/policy.h"
#include "core/smccc/smccc.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "script.h"

#define RAM      0x40000000UL
#define KERNEL   0x48000000UL
#define TEXT_MAX 4096U

static uint8_t tree[32768] __attribute__((aligned(8)));
static struct boot_plan plan;
static char text[2][TEXT_MAX];
static size_t length[2];
static bool ends[2];

static const struct boot_facts facts = {
    .image_base = 0x40200000,
    .image_size = 0x80000,
    .tree_base = 0x40000000,
    .pa_bits = 44,
    .page_sizes = 0xe,
    .cpu_area_size = 16384,
    .version = "0.1",
};

/* ---- the second reading ---- */

static struct {
	struct {
		char name[24], value[72];
	} option[BOOT_OPTION_MAX];
	unsigned count;
	char host[2 * TEXT_MAX];
	bool refused;
} wanted;

static void want_option(const char *word, size_t size)
{
	size_t name = 0, first, last = size;
	unsigned i = 0;

	while (name < size && word[name] != '=')
		name++;
	first = name < size ? name + 1U : size;
	if (last - first > 1U && word[first] == '"' && word[last - 1U] == '"') {
		first++;
		last--;
	}
	if (name > 23U || last - first > 71U) {
		wanted.refused = true;
		return;
	}
	while (i < wanted.count && (strlen(wanted.option[i].name) != name ||
				    strncmp(wanted.option[i].name, word, name) != 0))
		i++;
	if (i == BOOT_OPTION_MAX) {
		wanted.refused = true;
		return;
	}
	if (i == wanted.count)
		wanted.count++;
	(void)snprintf(wanted.option[i].name, 24, "%.*s", (int)name, word);
	(void)snprintf(wanted.option[i].value, 72, "%.*s", (int)(last - first), word + first);
}

static void want_text(unsigned which, bool keep)
{
	const char *at = text[which];
	bool ours = true;

	if (!ends[which]) {
		wanted.refused = wanted.refused || length[which] != 0U;
		return;
	}
	while (*at != '\0' && !wanted.refused) {
		const char *end = at;
		bool quoted = false;

		if (strchr(" \t\n\r", *at) != NULL) {
			at++;
			continue;
		}
		for (; *end != '\0' && (quoted || strchr(" \t\n\r", *end) == NULL); end++)
			quoted ^= *end == '"';
		if (ours && strncmp(at, "hv.", 3) == 0) {
			want_option(at + 3, (size_t)(end - at) - 3U);
		} else if (keep) {
			if (end - at == 2 && at[0] == '-' && at[1] == '-')
				ours = false;
			if (wanted.host[0] != '\0')
				strcat(wanted.host, " ");
			strncat(wanted.host, at, (size_t)(end - at));
			if (strlen(wanted.host) > BOOT_BOOTARGS - 1U)
				wanted.refused = true;
		}
		at = end;
	}
}

/* ---- the input ---- */

/* Bytes below 0x80 are text; above, a word or a letter many times, at times as often as just fits.
 */
static void take_text(unsigned which, unsigned most)
{
	static const uint64_t limits[8] = {22, 23, 24, 70, 71, 72, 73, 32};
	static const char *const words[8] = {"hv.", "hv.smc=",       " ", "--",
					     "\"",  "hv.pool=full ", "=", " quiet "};
	size_t used = 0;

	for (unsigned i = 0; i < most && script.left > 0U; i++) {
		uint8_t byte = (uint8_t)script_take(1);
		const char *word = words[byte & 7U];
		size_t size = strlen(word);

		if (byte == 0xffU)
			break;
		if (byte >= 0xf8U) /* to what the host's arguments may have, or beside it */
			size = used < BOOT_BOOTARGS - 2U
				   ? BOOT_BOOTARGS - 2U - used + (script_take(1) & 3U)
				   : 1U;
		else if (byte >= 0xe0U)
			size = (size_t)script_take(1) * (byte >= 0xf0U ? 16U : 1U);
		else if (byte >= 0xc0U)
			size = (size_t)limits[byte >> 2 & 7U];
		else if (byte < 0x80U)
			size = 1;
		if (used + size + 1U > TEXT_MAX)
			break;
		if (byte >= 0xc0U)
			memset(text[which] + used, 'a' + (int)(byte & 3U), size);
		else if (byte >= 0x80U)
			memcpy(text[which] + used, word, size);
		else
			text[which][used] = byte != 0U ? (char)byte : 'z';
		used += size;
	}
	text[which][used] = '\0';
	length[which] = used + 1U;
	ends[which] = true;
	if (used % 16U == 15U && script_take(1) == 0U) {
		/* does not end, or is empty */
		length[which] = script_take(1) & 1U ? used : 0U;
		ends[which] = false;
	}
}

static void put_cells(const char *name, uint64_t value, unsigned bytes)
{
	fdt64_t wide = cpu_to_fdt64(value);
	uint8_t both[16] = {0};

	memcpy(both, &wide, 8);
	/* the last `bytes` of the number, or the number and zeroes behind it */
	(void)fdt_property(tree, name, bytes < 8U ? (uint8_t *)&wide + 8U - bytes : both,
			   (int)bytes);
}

/* `plain`: a kernel of which nothing is odd. */
static void put_module(unsigned index, uint8_t what, bool plain)
{
	static const char *const kinds[8] = {
	    "multiboot,kernel",
	    "xen,linux-zimage",
	    "multiboot,ramdisk",
	    "xen,linux-initrd",
	    "multiboot,module",
	    "xen,xsm-policy",
	    "other",
	    "multiboot,device-tree",
	};
	uint64_t base = KERNEL + index * 0x1000000UL, size = 0x10000UL * (what >> 4);
	uint64_t odd = plain ? 0U : script_take(1);
	char name[16] = "module@0";

	name[7] = (char)('a' + index);
	(void)fdt_begin_node(tree, name);
	(void)fdt_property(tree, "compatible", kinds[what & 7U], (int)strlen(kinds[what & 7U]) + 1);
	if (odd >= 0xf8U)
		base = script_take(8);
	if (odd >= 0xf0U && odd < 0xf8U) {
		put_cells("reg", base, (unsigned)(odd & 7U) * 4U % 17U);
	} else if (odd < 0xe0U) {
		fdt64_t reg[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};
		fdt32_t small[2] = {cpu_to_fdt32((uint32_t)base), cpu_to_fdt32((uint32_t)size)};

		if ((odd & 1U) != 0U)
			(void)fdt_property(tree, "reg", small, sizeof(small));
		else
			(void)fdt_property(tree, "reg", reg, sizeof(reg));
	}
	if ((what & 8U) != 0U)
		(void)fdt_property(tree, "bootargs", text[1], (int)length[1]);
	if (odd == 0xe0U)
		(void)fdt_property_string(tree, "status", "disabled");
	(void)fdt_end_node(tree);
}

static void put_ram(uint64_t base, uint64_t size)
{
	fdt64_t reg[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	(void)fdt_begin_node(tree, "memory@40000000");
	(void)fdt_property_string(tree, "device_type", "memory");
	(void)fdt_property(tree, "reg", reg, sizeof(reg));
	(void)fdt_end_node(tree);
}

static void build(uint8_t choice)
{
	unsigned count = choice & 7U;

	(void)fdt_create(tree, sizeof(tree));
	(void)fdt_finish_reservemap(tree);
	(void)fdt_begin_node(tree, "");
	(void)fdt_property_u32(tree, "#address-cells", 2);
	(void)fdt_property_u32(tree, "#size-cells", 2);
	put_ram(RAM, 0x40000000UL);
	(void)fdt_begin_node(tree, "chosen");
	if ((choice & 0x10U) != 0U) {
		(void)fdt_property_u32(tree, "#address-cells", 2);
		(void)fdt_property_u32(tree, "#size-cells", 2);
	}
	if ((choice & 8U) == 0U)
		(void)fdt_property(tree, "bootargs", text[0], (int)length[0]);
	if ((choice & 0x20U) != 0U) {
		uint8_t widths = (uint8_t)script_take(1);
		uint64_t at = (widths & 0x80U) != 0U ? script_take(8) : 0x60000000UL;

		put_cells("linux,initrd-start", at, widths & 3U ? 8U : widths % 13U);
		if ((widths & 0x40U) == 0U)
			put_cells("linux,initrd-end", at + script_take(3) - 1U,
				  widths & 0xcU ? 8U : 4U);
	}
	if ((choice & 0x40U) != 0U)
		put_module(0, (choice & 0x80U) != 0U ? 0x18U : 0x10U, true);
	for (unsigned i = 0; i < count; i++)
		put_module(i + 1U, (uint8_t)script_take(1), false);
	for (unsigned i = 0; (choice & 0xc7U) == 0xc7U && i < 14U; i++)
		put_module(i + 9U, 0x17U, true);
	(void)fdt_end_node(tree);
	(void)fdt_end_node(tree);
	(void)fdt_finish(tree);
}

/* ---- promises ---- */

static void check_options(void)
{
	PROMISE(plan.option_count == wanted.count);
	PROMISE(strcmp(plan.bootargs, wanted.host) == 0);
	for (unsigned i = 0; i < wanted.count; i++) {
		PROMISE(strcmp(plan.options[i].name, wanted.option[i].name) == 0);
		PROMISE(strcmp(plan.options[i].value, wanted.option[i].value) == 0);
		PROMISE(boot_plan_option(&plan, wanted.option[i].name) == plan.options[i].value);
	}
	PROMISE(boot_plan_option(&plan, "no such option") == NULL);
}

static void check_ranges(void)
{
	static const char *const names[8] = {"sip",  "oem",     "tos", ",",
					     "sip,", "tos,oem", "x",   "so"};
	static const enum smccc_range ranges[3] = {SMCCC_RANGE_SIP, SMCCC_RANGE_OEM,
						   SMCCC_RANGE_TRUSTED_OS};
	char value[64] = "";
	struct smccc_policy policy;
	uint32_t open = 0;
	bool known = true, told;

	for (unsigned i = script_take(1) & 3U; i > 0U; i--)
		strcat(value, names[script_take(1) & 7U]);
	smccc_policy_init(&policy, 0);
	told = smccc_policy_option(&policy, value);
	for (const char *at = value; at != NULL;) {
		size_t size = strcspn(at, ",");
		bool found = false;

		for (unsigned i = 0; i < 3U; i++) {
			if (strlen(names[i]) == size && strncmp(names[i], at, size) == 0) {
				open |= SMCCC_OPEN(ranges[i]);
				found = true;
			}
		}
		known = known && found;
		at = at[size] == ',' ? at + size + 1 : NULL;
	}
	PROMISE(told == known && policy.open == open);
	smccc_policy_report(&policy);
}

/* DEN0028 6: who owns an identifier, whose parts are chosen one by one. */
static void check_identifier(void)
{
	static const enum smccc_range owners[8] = {SMCCC_RANGE_ARCH,
						   SMCCC_RANGE_CPU,
						   SMCCC_RANGE_SIP,
						   SMCCC_RANGE_OEM,
						   SMCCC_RANGE_STANDARD,
						   SMCCC_RANGE_STANDARD_HYPERVISOR,
						   SMCCC_RANGE_VENDOR_HYPERVISOR,
						   SMCCC_RANGE_VENDOR_EL3};
	uint8_t top = (uint8_t)script_take(1), reserved = (uint8_t)script_take(1);
	uint32_t fid = (uint32_t)top << 24 | (uint32_t)script_take(2), owner = top & 0x3fU;
	enum smccc_range range, expected = SMCCC_RANGE_UNKNOWN;

	/* bits 23:17 and the hint, mostly clear */
	if (reserved >= 0xc0U)
		fid |= (reserved & 0x3fU) << 18;
	fid |= (reserved & 3U) << 16;
	range = smccc_range_of(fid);
	if (fid <= 0x0100ffffU)
		expected = SMCCC_RANGE_LEGACY;
	else if ((fid & 0xfe0000U) != 0U)
		expected = SMCCC_RANGE_UNKNOWN;
	else if (owner >= 48U)
		expected = SMCCC_RANGE_TRUSTED_OS;
	else if (fid >> 31 == 1U && owner < 8U)
		expected = owners[owner];
	PROMISE(range == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *reason, *problem;
	uint8_t choice;
	bool own;

	script = (struct script){data, size};
	fake_reset();
	memset(&wanted, 0, sizeof(wanted));
	choice = (uint8_t)script_take(1);
	if (choice >= 0xf8U) {
		check_ranges();
		do
			check_identifier();
		while (script.left > 0U);
		return 0;
	}
	take_text(0, 120);
	take_text(1, 60);
	build(choice);
	reason = boot_plan_make(&plan, tree, sizeof(tree), &facts);
	problem = reason != NULL ? refusal_check(&plan, reason) : NULL;
	PROMISE(problem == NULL);
	PROMISE(plan.option_count <= BOOT_OPTION_MAX && plan.marks.module_count <= 16U);
	PROMISE(reason != NULL || plan.initrd.size == 0U ||
		boot_plan_host_ram(&plan, plan.initrd.base, plan.initrd.size));
	/* only the kernel, and no RAM disk: then it is clear what comes of the arguments */
	if ((choice & 0x67U) != 0x40U)
		return 0;
	own = (choice & 0x80U) != 0U;
	if ((choice & 8U) == 0U)
		want_text(0, !own);
	if (own && !wanted.refused)
		want_text(1, true);
	PROMISE(wanted.refused == (reason != NULL));
	if (!wanted.refused)
		check_options();
	return 0;
}
