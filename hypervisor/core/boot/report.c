// SPDX-License-Identifier: Apache-2.0
/*
 * Lists share lines as far as they fit, so that the report stays one screen on a machine with many
 * banks, CPUs or edits.
 */
#include "core/boot/report.h"

#include <stdbool.h>
#include <string.h>

#include "core/log/log.h"

/* What remains of a log line behind the longest time, area and key. */
#define ROW 144
#define MIB (1UL << 20)
#define KIB (1UL << 10)

struct row {
	char text[ROW];
	size_t used;
};

struct amount {
	char text[24];
};

/* Exact, in the largest unit that divides it. */
static struct amount amount(uint64_t bytes)
{
	struct amount amount = {{0}};
	uint64_t unit = bytes % MIB == 0UL ? MIB : bytes % KIB == 0UL ? KIB : 1UL;

	(void)log_format(amount.text, sizeof(amount.text), "%llu %s",
			 (unsigned long long)(bytes / unit),
			 unit == MIB   ? "MiB"
			 : unit == KIB ? "KiB"
				       : "bytes");
	return amount;
}

/* False when the row is full: print it, empty it and add again. An item fits into an empty row. */
static bool row_add(struct row *row, const char *separator, const char *item)
{
	size_t length = strlen(item) + (row->used > 0U ? strlen(separator) : 0U);

	if (row->used > 0U && row->used + length >= sizeof(row->text)) {
		row->used = 0;
		return false;
	}
	row->used += log_format(row->text + row->used, sizeof(row->text) - row->used, "%s%s",
				row->used > 0U ? separator : "", item);
	return true;
}

static unsigned long long last_of(uint64_t base, uint64_t size)
{
	return (unsigned long long)(base + size - 1U);
}

static void report_ram(const struct boot_plan *plan)
{
	struct row row = {.used = 0};
	char item[64];

	for (unsigned i = 0; i < plan->ram_count; i++) {
		const struct boot_range *bank = &plan->ram[i];

		(void)log_format(item, sizeof(item), "0x%llx-0x%llx (%s)",
				 (unsigned long long)bank->base, last_of(bank->base, bank->size),
				 amount(bank->size).text);
		if (!row_add(&row, ", ", item)) {
			log_line("boot", "ram", "%s", row.text);
			(void)row_add(&row, ", ", item);
		}
	}
	if (row.used > 0U)
		log_line("boot", "ram", "%s", row.text);
	log_line("boot", "kept", "%s of %s for the hypervisor: image %s, tables and CPUs %s",
		 amount(plan->image.size + plan->pool.size).text, amount(plan->ram_size).text,
		 amount(plan->image.size).text, amount(plan->pool.size).text);
}

static void report_withheld(const struct boot_plan *plan)
{
	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];

		log_line("boot", "withheld", "0x%llx-0x%llx %s: %s",
			 (unsigned long long)withheld->base,
			 last_of(withheld->base, withheld->size), withheld->name,
			 boot_withheld_words(withheld->reason));
	}
}

static void report_devices(const struct boot_plan *plan)
{
	struct row row = {.used = 0};
	char item[48];

	for (unsigned i = 0; i < plan->device_count; i++) {
		const struct boot_range *range = &plan->device[i];

		(void)log_format(item, sizeof(item), "0x%llx-0x%llx",
				 (unsigned long long)range->base,
				 last_of(range->base, range->size));
		if (!row_add(&row, ", ", item)) {
			log_line("boot", "devices", "%s", row.text);
			(void)row_add(&row, ", ", item);
		}
	}
	if (row.used > 0U)
		log_line("boot", "devices", "%s", row.text);
}

static const char *console_words(enum boot_console_kind kind)
{
	switch (kind) {
	case BOOT_CONSOLE_PL011:
		return "PL011";
	case BOOT_CONSOLE_8250:
		return "8250";
	case BOOT_CONSOLE_UNKNOWN:
		return "no driver for it here";
	case BOOT_CONSOLE_NONE:
		break;
	}
	return "none in the tree";
}

static void report_console(const struct boot_plan *plan)
{
	const struct boot_console *console = &plan->console;

	if (console->kind == BOOT_CONSOLE_NONE)
		log_line("boot", "console", "%s", console_words(console->kind));
	else
		log_line("boot", "console", "%s at 0x%llx: %s", console->name,
			 (unsigned long long)console->base, console_words(console->kind));
}

static const char *psci_words(const struct boot_plan *plan)
{
	switch (plan->psci) {
	case BOOT_PSCI_SMC:
		return plan->psci_legacy ? "PSCI 0.1 by SMC" : "PSCI by SMC";
	case BOOT_PSCI_HVC:
		return "PSCI by HVC, which nobody above EL2 answers";
	case BOOT_PSCI_NONE:
		break;
	}
	return "no PSCI in the tree";
}

static void report_cpus(const struct boot_plan *plan)
{
	struct row row = {.used = 0};
	char item[96];

	(void)log_format(item, sizeof(item), "%u, boot CPU %u, %s, MPIDR", plan->cpu_count,
			 plan->boot_cpu, psci_words(plan));
	(void)row_add(&row, "", item);
	for (unsigned i = 0; i < plan->cpu_count; i++) {
		(void)log_format(item, sizeof(item), "0x%llx", (unsigned long long)plan->mpidr[i]);
		if (!row_add(&row, " ", item)) {
			log_line("boot", "cpus", "%s", row.text);
			(void)row_add(&row, " ", item);
		}
	}
	log_line("boot", "cpus", "%s", row.text);
	if (plan->cpus_left_out > 0U)
		log_line("boot", "cpus-left-out",
			 "%u CPUs of the tree: beyond %u, or not startable through PSCI",
			 plan->cpus_left_out, (unsigned)BOOT_CPU_MAX);
}

static const char *page_words(unsigned field)
{
	static const char *const words[] = {"any", "4 KiB", "16 KiB", "64 KiB"};

	return words[field & 3U];
}

static void report_host(const struct boot_plan *plan)
{
	const struct boot_kernel *kernel = &plan->kernel;
	size_t bootargs = strlen(plan->bootargs);

	log_line("boot", "kernel", "0x%llx, %s, %s 0x%llx; claims %s; %s pages, %s endian",
		 (unsigned long long)kernel->source.base, amount(kernel->source.size).text,
		 kernel->copy ? "moved to" : "entered at", (unsigned long long)kernel->entry,
		 amount(kernel->image_size).text, page_words(kernel->page_size),
		 kernel->big_endian ? "big" : "little");
	if (plan->initrd.size > 0UL)
		log_line("boot", "initrd", "0x%llx, %s", (unsigned long long)plan->initrd.base,
			 amount(plan->initrd.size).text);
	else
		log_line("boot", "initrd", "none");
	if (bootargs > ROW - 32U)
		log_line("boot", "bootargs", "%.*s (and %u characters more)", (int)(ROW - 32U),
			 plan->bootargs, (unsigned)(bootargs - (ROW - 32U)));
	else
		log_line("boot", "bootargs", "%s", bootargs > 0U ? plan->bootargs : "none");
	log_line("boot", "tree", "from 0x%llx, %s; the host's at 0x%llx, %s, with %u edits",
		 (unsigned long long)plan->tree_source, amount(plan->tree_used).text,
		 (unsigned long long)plan->tree.base, amount(plan->tree_size).text,
		 plan->edit_count);
}

static void report_edits(const struct boot_plan *plan)
{
	struct row row = {.used = 0};
	unsigned kept = plan->edit_count < BOOT_EDIT_MAX ? plan->edit_count : BOOT_EDIT_MAX;
	char item[ROW - 4];

	for (unsigned i = 0; i < kept; i++) {
		const struct boot_edit *edit = &plan->edits[i];

		(void)log_format(item, sizeof(item),
				 edit->detail[0] != '\0' ? "%s %s (%s)" : "%s %s", edit->what,
				 edit->node, edit->detail);
		if (!row_add(&row, "; ", item)) {
			log_line("boot", "edits", "%s", row.text);
			(void)row_add(&row, "; ", item);
		}
	}
	if (row.used > 0U)
		log_line("boot", "edits", "%s", row.text);
	if (plan->edit_count > kept)
		log_line("boot", "edits-more", "%u further edits of the tree are not listed",
			 plan->edit_count - kept);
}

static void report_dma(const struct boot_plan *plan)
{
	struct row row = {.used = 0};
	char item[96];

	if (plan->dma_count == 0U) {
		log_line("boot", "dma", "no node of the tree that could write memory by itself");
		return;
	}
	(void)row_add(&row, "",
		      "DMA: not protected: no SMMU; the host can reach all memory through");
	for (unsigned i = 0; i < plan->dma_count; i++) {
		const struct boot_dma *dma = &plan->dma[i];
		size_t used = log_format(item, sizeof(item), "%s", dma->compatible);

		if (dma->count > 1U)
			used += log_format(item + used, sizeof(item) - used, " x%u", dma->count);
		if (dma->base != 0UL)
			(void)log_format(item + used, sizeof(item) - used, " at 0x%llx",
					 (unsigned long long)dma->base);
		if (!row_add(&row, i == 0U ? " " : ", ", item)) {
			log_line("boot", "dma", "%s", row.text);
			(void)row_add(&row, ", ", item);
		}
	}
	log_line("boot", "dma", "%s", row.text);
	if (plan->dma_more > 0U)
		log_line("boot", "dma-more", "%u DMA-capable nodes of further kinds",
			 plan->dma_more);
}

static void report_options(const struct boot_plan *plan)
{
	for (unsigned i = 0; i < plan->option_count; i++) {
		const struct boot_option *option = &plan->options[i];

		if (!option->used)
			log_line("boot", "option-unknown",
				 "hv.%s%s%s in the boot arguments: no such option; ignored",
				 option->name, option->value[0] != '\0' ? "=" : "", option->value);
	}
}

void boot_report(const struct boot_plan *plan)
{
	report_ram(plan);
	report_withheld(plan);
	report_devices(plan);
	report_dma(plan);
	report_console(plan);
	report_cpus(plan);
	report_host(plan);
	report_edits(plan);
	report_options(plan);
}
