// SPDX-License-Identifier: Apache-2.0
/* Devices: where they are, which of them the host must not have, and which write memory. */
#include "core/boot/planner.h"

#include <string.h>

#include <libfdt.h>

#include "core/log/log.h"

/* What a compatible string says about its node. */
enum role {
	ROLE_NONE = 0,
	ROLE_PSCI = 1 << 0,
	ROLE_PSCI_LEGACY = 1 << 1,
	ROLE_GIC_V2 = 1 << 2,
	ROLE_GIC_V3 = 1 << 3,
	ROLE_PL011 = 1 << 4,
	ROLE_8250 = 1 << 5,
	ROLE_DMA = 1 << 6,      /* writes memory by itself */
	ROLE_NEEDLESS = 1 << 7, /* does so, past stage 2, and the host can do without */
	ROLE_ITS = 1 << 9,
	ROLE_WINDOWS = 1 << 8, /* finds its children by itself within its ranges */
};

static const struct known {
	const char *compatible;
	unsigned roles;
} known[] = {
    {"arm,psci-1.0", ROLE_PSCI},
    {"arm,psci-0.2", ROLE_PSCI},
    {"arm,psci", ROLE_PSCI_LEGACY},
    {"arm,gic-v3", ROLE_GIC_V3},
    {"arm,gic-400", ROLE_GIC_V2},
    {"arm,cortex-a15-gic", ROLE_GIC_V2},
    {"arm,cortex-a9-gic", ROLE_GIC_V2},
    {"arm,cortex-a7-gic", ROLE_GIC_V2},
    {"arm,pl390", ROLE_GIC_V2},
    {"qcom,msm-qgic2", ROLE_GIC_V2},
    {"arm,pl011", ROLE_PL011},
    {"arm,sbsa-uart", ROLE_PL011},
    {"ns8250", ROLE_8250},
    {"ns16450", ROLE_8250},
    {"ns16550", ROLE_8250},
    {"ns16550a", ROLE_8250},
    {"snps,dw-apb-uart", ROLE_8250},
    {"qemu,fw-cfg-mmio", ROLE_NEEDLESS},
    {"fsl,qoriq-mc", ROLE_WINDOWS | ROLE_DMA},
    {"virtio,mmio", ROLE_DMA},
    {"pci-host-ecam-generic", ROLE_DMA},
    {"pci-host-cam-generic", ROLE_DMA},
    {"arm,gic-v3-its", ROLE_ITS},
    {"arm,smmu-v3", ROLE_DMA},
    {"arm,pl080", ROLE_DMA},
    {"arm,pl081", ROLE_DMA},
    {"arm,pl330", ROLE_DMA},
    {"arm,coresight-tmc", ROLE_DMA},
    {"generic-ahci", ROLE_DMA},
    {"generic-ehci", ROLE_DMA},
    {"generic-ohci", ROLE_DMA},
    {"generic-xhci", ROLE_DMA},
    {"snps,dwc2", ROLE_DMA},
    {"snps,dwc3", ROLE_DMA},
    {"snps,dwmac", ROLE_DMA},
    {"snps,dw-mshc", ROLE_DMA},
};

/* Names that the Devicetree Specification, 2.2.2, wants for nodes that as a rule master a bus. */
static const char *const master_names[] = {
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
    "nand-controller",
    "npu",
    "nvme",
    "pcie",
    "remoteproc",
    "sata",
    "sdhci",
    "ufs",
    "ufshc",
    "usb",
    "video-codec",
    "video-decoder",
    "video-encoder",
    "wifi",
};

static unsigned find_role(const char *text)
{
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].compatible[0] == text[0] && strcmp(known[i].compatible, text) == 0)
			return known[i].roles;
	return ROLE_NONE;
}

static unsigned find_roles(struct boot_planner *planner)
{
	const struct boot_value *compatible = boot_node_value(&planner->node, PROPERTY_COMPATIBLE);
	struct boot_value *last = &planner->compatible;
	const char *text, *end;

	if (compatible == NULL || compatible->length == 0U ||
	    compatible->data[compatible->length - 1U] != 0U)
		return ROLE_NONE;
	/* nodes of a kind come in rows */
	if (compatible->length == last->length &&
	    memcmp(compatible->data, last->data, last->length) == 0)
		return planner->roles;
	*last = *compatible;
	planner->roles = ROLE_NONE;
	text = (const char *)compatible->data;
	end = text + compatible->length;
	for (; text < end; text += strlen(text) + 1U)
		planner->roles |= find_role(text);
	return planner->roles;
}

/* --- granules --- */

static void add_device(struct boot_planner *planner, const struct boot_range *range)
{
	struct boot_plan *plan = planner->plan;
	uint64_t end = range->base + range->size, base = boot_down(range->base, BOOT_GRANULE);

	/* nobody reaches the rest */
	if (end > planner->limit || end < range->base)
		end = planner->limit;
	for (unsigned i = 0; i < plan->device_count; i++)
		if (plan->device[i].base <= base &&
		    plan->device[i].base + plan->device[i].size >= end)
			return;
	end = boot_up(end, BOOT_GRANULE);
	if (!boot_range_add(plan->device, &plan->device_count, BOOT_DEVICE_MAX, base, end - base))
		(void)boot_refuse(plan, "devices lie in more than %u groups of %lu MiB",
				  (unsigned)BOOT_DEVICE_MAX, BOOT_GRANULE >> 20);
}

/*
 * Windows of a bus whose children are not in the tree. A PCI address has three cells, the first of
 * which holds only flags.
 */
static void add_windows(struct boot_planner *planner)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *ranges = boot_node_value(node, PROPERTY_RANGES);
	const struct boot_bus *own = &planner->bus[node->depth], *parent = own - 1;
	unsigned address_cells = parent->address_cells;
	unsigned bytes = ((unsigned)own->address_cells + address_cells + own->size_cells) *
			 (unsigned)sizeof(fdt32_t);

	if (ranges == NULL || bytes == 0U)
		return;
	for (uint32_t at = 0; at + bytes <= ranges->length; at += bytes) {
		const uint8_t *cells = ranges->data + at + own->address_cells * sizeof(fdt32_t);
		struct boot_range range;

		if (boot_cells_read(&cells, address_cells, &range.base) &&
		    boot_cells_read(&cells, own->size_cells, &range.size) &&
		    range.base + range.size >= range.base &&
		    boot_translate(planner, node->depth - 1U, &range))
			add_device(planner, &range);
	}
}

static void add_registers(struct boot_planner *planner, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct boot_range range;

		if (boot_reg(planner, i, &range))
			add_device(planner, &range);
	}
}

static void claim_registers(struct boot_planner *planner, enum boot_withheld_reason reason)
{
	for (unsigned i = 0; i < boot_reg_count(planner); i++) {
		struct boot_range range;

		if (boot_reg(planner, i, &range) &&
		    !boot_claim(planner, &range, reason, planner->node.name))
			return;
	}
}

/* --- devices that the host does without --- */

static void remove_device(struct boot_planner *planner)
{
	struct boot_marks *marks = &planner->plan->marks;

	if (marks->removed_count == sizeof(marks->removed) / sizeof(marks->removed[0])) {
		(void)boot_refuse(planner->plan,
				  "the device tree has more than %u devices to remove",
				  marks->removed_count);
		return;
	}
	claim_registers(planner, BOOT_WITHHELD_DMA);
	marks->removed[marks->removed_count++] = planner->node.offset;
}

/* --- the GIC --- */

static const char *frame_name(unsigned frame)
{
	static const char *const names[] = {"GICC", "GICH", "GICV"};

	return frame < 3U ? names[frame] : "GIC";
}

/* Would a page of frame `index` be missing in one of the first `kept` frames? */
static bool frame_shared(const struct boot_planner *planner, const struct boot_range *frame,
			 unsigned kept)
{
	uint64_t base = boot_down(frame->base, BOOT_PAGE);
	uint64_t end = boot_up(frame->base + frame->size, BOOT_PAGE);

	for (unsigned i = 0; i < kept; i++) {
		struct boot_range other;

		if (boot_reg(planner, i, &other) &&
		    boot_overlap(base, end - base, other.base, other.size))
			return true;
	}
	return false;
}

/* What the guard of its registers has to know (core/gic). */
static void record_gic(struct boot_planner *planner, bool v3, unsigned kept)
{
	const struct boot_value *stride =
	    boot_node_value(&planner->node, PROPERTY_REDISTRIBUTOR_STRIDE);
	struct boot_gic *gic = &planner->plan->gic;
	const uint8_t *cells;

	gic->v3 = v3;
	if (!v3)
		return;
	if (stride != NULL && stride->length == 2U * sizeof(fdt32_t)) {
		cells = stride->data;
		(void)boot_cells_read(&cells, 2, &gic->stride);
	}
	(void)(kept > 0U && boot_reg(planner, 0, &gic->distributor));
	for (unsigned i = 1; i < kept; i++) {
		struct boot_range range;

		if (!boot_reg(planner, i, &range) || range.size == 0UL)
			continue;
		if (gic->region_count == BOOT_GIC_REGIONS) {
			(void)boot_refuse(planner->plan,
					  "the GIC has more than %u regions of redistributors",
					  (unsigned)BOOT_GIC_REGIONS);
			return;
		}
		gic->regions[gic->region_count++] = range;
	}
}

/*
 * GICv2: GICD, GICC, GICH, GICV. GICv3: GICD, the regions of redistributors, then what is there for
 * software that only knows GICv2: GICC, GICH, GICV. Returns how many frames the host keeps.
 */
static unsigned gic_node(struct boot_planner *planner, bool v3)
{
	const struct boot_node *node = &planner->node;
	struct boot_marks *marks = &planner->plan->marks;
	const struct boot_bus *parent = &planner->bus[node->depth - 1U];
	unsigned count = boot_reg_count(planner), kept = 2, first = 1;

	if (marks->gic >= 0)
		return count; /* a second one behind the first has no such frames */
	if (v3) {
		kept = boot_value_word(boot_node_value(node, PROPERTY_REDISTRIBUTORS), 1);
		kept = kept < count ? kept + 1U : count;
		first = kept;
	}
	if (kept > count)
		kept = count;
	for (unsigned i = kept; i < count; i++) {
		struct boot_range range;

		if (boot_reg(planner, i, &range) && frame_shared(planner, &range, kept))
			kept = count; /* cannot be cut off */
	}
	for (unsigned i = kept; i < count; i++) {
		struct boot_range range;

		if (boot_reg(planner, i, &range) &&
		    !boot_claim(planner, &range, BOOT_WITHHELD_GIC, frame_name(i - first)))
			break;
	}
	record_gic(planner, v3, kept);
	marks->gic = node->offset;
	marks->gic_frames = kept;
	marks->gic_frame_bytes =
	    ((unsigned)parent->address_cells + parent->size_cells) * (unsigned)sizeof(fdt32_t);
	return kept;
}

/*
 * The host's registers of an ITS are guarded (core/gic). One that is off, or one too many, is kept
 * from the host: it would answer all the same.
 */
static void its_node(struct boot_planner *planner)
{
	struct boot_gic *gic = &planner->plan->gic;
	struct boot_range range;

	if (boot_reg_count(planner) == 0U || !boot_reg(planner, 0, &range))
		return;
	if (planner->node.state == NODE_ENABLED && gic->v3 && gic->its_count < BOOT_ITS_MAX)
		gic->its[gic->its_count++] = range;
	else
		remove_device(planner);
}

/* --- DMA --- */

/* Without the unit address. */
static size_t name_length(const char *name)
{
	const char *at = strchr(name, '@');

	return at != NULL ? (size_t)(at - name) : strlen(name);
}

static bool master_name(const char *name)
{
	size_t length = name_length(name);

	for (unsigned i = 0; i < sizeof(master_names) / sizeof(master_names[0]); i++)
		if (strncmp(master_names[i], name, length) == 0 && master_names[i][length] == '\0')
			return true;
	return false;
}

static bool can_write_memory(const struct boot_planner *planner, unsigned roles)
{
	static const enum boot_property signs[] = {
	    PROPERTY_IOMMUS,
	    PROPERTY_IOMMU_MAP,
	    PROPERTY_IOMMU_CELLS,
	    PROPERTY_DMA_CELLS,
	};
	const struct boot_node *node = &planner->node;
	bool pci = planner->bus[node->depth].pci;
	struct boot_range range;

	/* a function behind a PCI host is counted with its host, a bridge as well */
	if (planner->bus[node->depth - 1U].pci)
		return false;
	if ((roles & (unsigned)ROLE_DMA) != 0U || pci)
		return true;
	for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (boot_node_value(node, signs[i]) != NULL)
			return true;
	/* a bus says this for its children */
	if (boot_node_value(node, PROPERTY_DMA_COHERENT) != NULL)
		return boot_node_value(node, PROPERTY_RANGES) == NULL;
	/* a wrapper without registers and what it wraps are one device */
	return master_name(node->name) && boot_reg_count(planner) > 0U &&
	       boot_reg(planner, 0, &range);
}

static void count_dma(struct boot_planner *planner)
{
	const struct boot_value *compatible = boot_node_value(&planner->node, PROPERTY_COMPATIBLE);
	struct boot_plan *plan = planner->plan;
	struct boot_range range = {0, 0};
	struct boot_dma *kind;
	const char *text;
	size_t length;

	text = boot_value_text(compatible, &length);
	if (text == NULL || length == 0U) {
		text = planner->node.name[0] != '\0' ? planner->node.name : "unnamed";
		length = name_length(text);
	}
	if (length >= sizeof(kind->compatible))
		length = sizeof(kind->compatible) - 1U;
	for (unsigned i = 0; i < plan->dma_count; i++) {
		kind = &plan->dma[i];
		if (kind->compatible[length] == '\0' &&
		    memcmp(kind->compatible, text, length) == 0) {
			kind->count++;
			return;
		}
	}
	if (plan->dma_count == BOOT_DMA_MAX) {
		plan->dma_more++;
		return;
	}
	kind = &plan->dma[plan->dma_count++];
	memcpy(kind->compatible, text, length);
	kind->count = 1;
	if (boot_reg_count(planner) > 0U && boot_reg(planner, 0, &range))
		kind->base = range.base;
}

/* --- nodes --- */

void boot_device_node(struct boot_planner *planner)
{
	const struct boot_node *node = &planner->node;
	unsigned roles, count;

	if (node->state == NODE_SECURE)
		claim_registers(planner, BOOT_WITHHELD_SECURE);
	roles = find_roles(planner);
	if (node->state == NODE_DISABLED && (roles & (unsigned)ROLE_ITS) != 0U)
		its_node(planner);
	if (node->state != NODE_ENABLED)
		return;
	if ((roles & (unsigned)ROLE_NEEDLESS) != 0U) {
		remove_device(planner);
		return;
	}
	if ((roles & (unsigned)(ROLE_PSCI | ROLE_PSCI_LEGACY)) != 0U)
		boot_psci_node(planner, (roles & (unsigned)ROLE_PSCI) == 0U);
	count = boot_reg_count(planner);
	if ((roles & (unsigned)(ROLE_GIC_V2 | ROLE_GIC_V3)) != 0U)
		count = gic_node(planner, (roles & (unsigned)ROLE_GIC_V3) != 0U);
	else if ((roles & (unsigned)ROLE_ITS) != 0U)
		its_node(planner);
	add_registers(planner, count);
	if (planner->bus[node->depth].pci || (roles & (unsigned)ROLE_WINDOWS) != 0U)
		add_windows(planner);
	if ((roles & (unsigned)ROLE_PL011) != 0U)
		boot_uart_node(planner, BOOT_CONSOLE_PL011);
	else if ((roles & (unsigned)ROLE_8250) != 0U)
		boot_uart_node(planner, BOOT_CONSOLE_8250);
	if (can_write_memory(planner, roles))
		count_dma(planner);
}
