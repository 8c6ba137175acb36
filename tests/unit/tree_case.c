/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_case.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCES "tests/trees" /* from the root of the checkout, where tests run */

static struct tree_case cases[TREE_CASES];
static unsigned case_count;

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "%s: %s\n", name, what);
	abort();
}

void tree_facts(struct boot_facts *facts)
{
	*facts = (struct boot_facts){
	    .image_base = 0x40200000,
	    .image_size = 0x80000,
	    .tree_base = 0x40000000,
	    .boot_mpidr = 0x80000000,
	    .pa_bits = 44,
	    .page_sizes = 0xe,
	    .cpu_area_size = 16384,
	    .version = "0.1",
	};
}

static void store(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8U; i++)
		at[i] = (uint8_t)(value >> (8U * i));
}

void tree_header(uint8_t header[BOOT_IMAGE_HEADER], uint64_t text_offset, uint64_t size,
		 uint64_t flags)
{
	memset(header, 0, BOOT_IMAGE_HEADER);
	memcpy(header, "MZ", 2);
	store(header + 8, text_offset);
	store(header + 16, size);
	store(header + 24, flags);
	memcpy(header + 56, "ARM\x64", 4);
}

/* --- reading --- */

static void read_header(struct tree_case *tree, const char *text)
{
	unsigned long long offset, size, flags;

	if (sscanf(text, "text_offset %lli size %lli flags %lli", (long long *)&offset,
		   (long long *)&size, (long long *)&flags) == 3) {
		tree_header(tree->header, offset, size, flags);
		return;
	}
	memset(tree->header, 0, sizeof(tree->header));
	if (strcmp(text, "gzip") == 0)
		memcpy(tree->header, "\x1f\x8b\x08", 3);
	else if (strcmp(text, "zboot") == 0)
		memcpy(tree->header, "MZ\0\0zimg", 8);
	else if (strcmp(text, "zeros") != 0)
		die("unknown header", tree->name);
}

static void read_fact(struct tree_case *tree, const char *text)
{
	struct boot_facts *facts = &tree->facts;
	const char *value = strchr(text, ' ');
	size_t key = value != NULL ? (size_t)(value - text) : 0U;
	char *end;

	if (value == NULL)
		die("a fact without a value", tree->name);
	value++;
	if (strncmp(text, "header", key) == 0) {
		read_header(tree, value);
		return;
	}
	uint64_t number = strtoull(value, &end, 0);

	if (strncmp(text, "image", key) == 0) {
		facts->image_base = number;
		facts->image_size = *end == '+' ? strtoull(end + 1, &end, 0) : 0U;
	} else if (strncmp(text, "tree", key) == 0) {
		facts->tree_base = number;
	} else if (strncmp(text, "mpidr", key) == 0) {
		facts->boot_mpidr = number;
	} else if (strncmp(text, "pa_bits", key) == 0) {
		facts->pa_bits = (unsigned)number;
	} else if (strncmp(text, "page_sizes", key) == 0) {
		facts->page_sizes = (unsigned)number;
	} else {
		die("unknown fact", tree->name);
	}
	if (*end != '\0')
		die("a fact is not a number", tree->name);
}

static void keep(struct tree_case *tree, char out[TREE_LENGTH], const char *text)
{
	if (strlen(text) >= TREE_LENGTH)
		die("an expectation is too long", tree->name);
	(void)memcpy(out, text, strlen(text) + 1U);
}

static void read_expectation(struct tree_case *tree, const char *text)
{
	if (strncmp(text, "refused ", 8) == 0) {
		tree->refused = true;
		keep(tree, tree->reason, text + 8);
	} else if (strcmp(text, "plan") != 0) {
		if (tree->expected_count == TREE_LINES)
			die("too many expectations", tree->name);
		keep(tree, tree->expected[tree->expected_count++], text);
	} else {
		tree->reason[0] = '\1'; /* a verdict was given */
	}
}

static void read_source(struct tree_case *tree)
{
	char path[PATH_MAX], line[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s.dts", SOURCES, tree->name);
	file = fopen(path, "r");
	if (file == NULL)
		die("cannot be read", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "//= ", 4) == 0)
			read_expectation(tree, line + 4);
		else if (strncmp(line, "//< ", 4) == 0)
			read_fact(tree, line + 4);
	}
	(void)fclose(file);
	if (tree->reason[0] == '\0')
		die("says neither plan nor refused", path);
}

/* Trees are compiled beside the program. */
static void read_tree(struct tree_case *tree)
{
	char program[PATH_MAX], path[2 * PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1U);
	FILE *file;
	long size;

	if (length < 0)
		die("cannot be read", "/proc/self/exe");
	program[length] = '\0';
	(void)snprintf(path, sizeof(path), "%s/trees/%s.dtb", dirname(program), tree->name);
	file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0)
		die("cannot be read", path);
	rewind(file);
	tree->size = (size_t)size;
	tree->tree = malloc(tree->size);
	if (tree->tree == NULL || fread(tree->tree, 1, tree->size, file) != tree->size)
		die("cannot be read", path);
	(void)fclose(file);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tree_case *)a)->name, ((const struct tree_case *)b)->name);
}

struct tree_case *tree_cases(unsigned *count)
{
	struct dirent *entry;
	DIR *directory;

	*count = case_count;
	if (case_count != 0U)
		return cases;
	directory = opendir(SOURCES);
	if (directory == NULL)
		die("cannot be read", SOURCES);
	while ((entry = readdir(directory)) != NULL) {
		struct tree_case *tree = &cases[case_count];
		size_t length = strlen(entry->d_name);

		if (length < 5U || strcmp(entry->d_name + length - 4U, ".dts") != 0)
			continue;
		if (case_count == TREE_CASES || length - 4U >= sizeof(tree->name))
			die("too many trees, or too long a name", entry->d_name);
		memcpy(tree->name, entry->d_name, length - 4U);
		tree_facts(&tree->facts);
		tree_header(tree->header, 0, 0x2800000, 0xa);
		read_source(tree);
		read_tree(tree);
		case_count++;
	}
	(void)closedir(directory);
	if (case_count == 0U)
		die("no trees", SOURCES);
	qsort(cases, case_count, sizeof(cases[0]), by_name);
	*count = case_count;
	return cases;
}

/* --- describing --- */

static void say(struct lines *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct lines *out, const char *format, ...)
{
	char *line = out->line[out->count++];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	(void)vsnprintf(line, TREE_LENGTH, format, arguments);
	va_end(arguments);
	length = strlen(line);
	while (length > 0U && line[length - 1U] == ' ')
		line[--length] = '\0';
}

static void say_ranges(struct lines *out, const char *key, const struct boot_range *list,
		       unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		say(out, "%s 0x%lx+0x%lx", key, list[i].base, list[i].size);
	if (count == 0U)
		say(out, "%s none", key);
}

static void describe_withheld(struct lines *out, const struct boot_plan *plan)
{
	static const char *const reasons[] = {
	    [BOOT_WITHHELD_IMAGE] = "image",       [BOOT_WITHHELD_POOL] = "pool",
	    [BOOT_WITHHELD_NO_MAP] = "no-map",     [BOOT_WITHHELD_SECURE] = "secure",
	    [BOOT_WITHHELD_DISABLED] = "disabled", [BOOT_WITHHELD_DMA] = "dma",
	    [BOOT_WITHHELD_GIC] = "gic",
	};

	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *w = &plan->withheld[i];

		say(out, "withheld 0x%lx+0x%lx %s %s %s %s", w->base, w->size, reasons[w->reason],
		    w->ram ? "ram" : "device", w->told ? "told" : "new", w->name);
	}
}

static void describe_cpus(struct lines *out, const struct boot_plan *plan)
{
	static const char *const methods[] = {
	    [BOOT_PSCI_NONE] = "none",
	    [BOOT_PSCI_SMC] = "smc",
	    [BOOT_PSCI_HVC] = "hvc",
	};
	char text[TREE_LENGTH] = "";
	size_t used = 0;

	say(out, "cpus %u boot %u left %u", plan->cpu_count, plan->boot_cpu, plan->cpus_left_out);
	for (unsigned i = 0; i < plan->cpu_count && used < sizeof(text) - 24U; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s0x%lx",
					 i > 0U ? " " : "", plan->mpidr[i]);
	say(out, "mpidr %s", text);
	say(out, "psci %s%s", methods[plan->psci], plan->psci_legacy ? " legacy" : "");
}

static void describe_console(struct lines *out, const struct boot_console *console)
{
	static const char *const kinds[] = {
	    [BOOT_CONSOLE_NONE] = "none",
	    [BOOT_CONSOLE_PL011] = "pl011",
	    [BOOT_CONSOLE_8250] = "8250",
	    [BOOT_CONSOLE_UNKNOWN] = "unknown",
	};

	say(out, "console %s 0x%lx+0x%lx shift %u width %u %s", kinds[console->kind], console->base,
	    console->size, console->shift, console->width, console->name);
}

static void describe_host(struct lines *out, const struct boot_plan *plan)
{
	const struct boot_kernel *kernel = &plan->kernel;

	say(out, "kernel 0x%lx+0x%lx at 0x%lx claims 0x%lx %s", kernel->source.base,
	    kernel->source.size, kernel->load, kernel->image_size,
	    kernel->copy ? "moved" : "stays");
	if (plan->initrd.size != 0UL)
		say(out, "initrd 0x%lx+0x%lx", plan->initrd.base, plan->initrd.size);
	else
		say(out, "initrd none");
	say(out, "bootargs %s", plan->bootargs);
	for (unsigned i = 0; i < plan->option_count; i++)
		say(out, "option %s=%s", plan->options[i].name, plan->options[i].value);
	if (plan->option_count == 0U)
		say(out, "option none");
}

static void describe_marks(struct lines *out, const struct boot_marks *marks)
{
	if (marks->gic >= 0)
		say(out, "gic frames %u bytes %u", marks->gic_frames, marks->gic_frame_bytes);
	else
		say(out, "gic none");
	say(out, "removed %u", marks->removed_count);
	say(out, "modules %u", marks->module_count);
	say(out, "marks%s%s%s", marks->chosen >= 0 ? " chosen" : "",
	    marks->reserved_memory >= 0 ? " reserved-memory" : "",
	    marks->hypervisor >= 0 ? " hypervisor" : "");
}

void plan_describe(struct lines *out, const struct boot_plan *plan)
{
	out->count = 0;
	say_ranges(out, "ram", plan->ram, plan->ram_count);
	say_ranges(out, "device", plan->device, plan->device_count);
	say_ranges(out, "reserved", plan->reserved, plan->reserved_count);
	describe_withheld(out, plan);
	describe_cpus(out, plan);
	describe_console(out, &plan->console);
	describe_host(out, plan);
	for (unsigned i = 0; i < plan->dma_count; i++)
		say(out, "dma %s %u at 0x%lx", plan->dma[i].compatible, plan->dma[i].count,
		    plan->dma[i].base);
	if (plan->dma_count == 0U)
		say(out, "dma none");
	say(out, "ipa %u", plan->ipa_bits);
	say(out, "pool 0x%lx+0x%lx", plan->pool.base, plan->pool.size);
	say(out, "tree 0x%lx", plan->tree.base);
	describe_marks(out, &plan->marks);
	say_ranges(out, "redistributors", plan->gic.regions, plan->gic.region_count);
	say(out, "stride 0x%lx", plan->gic.stride);
	say_ranges(out, "its", plan->gic.its, plan->gic.its_count);
}

/* --- comparing --- */

static bool same_key(const char *a, const char *b)
{
	size_t length = strcspn(a, " ");

	return length == strcspn(b, " ") && memcmp(a, b, length) == 0;
}

/* The n-th line with the key of `like`; NULL when there are not so many. */
static const char *nth(const char (*list)[TREE_LENGTH], unsigned count, const char *like,
		       unsigned n)
{
	for (unsigned i = 0; i < count; i++)
		if (same_key(list[i], like) && n-- == 0U)
			return list[i];
	return NULL;
}

const char *tree_case_compare(const struct tree_case *tree, const struct boot_plan *plan)
{
	static char text[3 * TREE_LENGTH];
	static struct lines said;

	plan_describe(&said, plan);
	for (unsigned i = 0; i < tree->expected_count; i++) {
		const char *key = tree->expected[i];

		if (nth(said.line, said.count, key, 0) == NULL) {
			(void)snprintf(text, sizeof(text), "nothing is said about «%s»", key);
			return text;
		}
		/* all lines of a key are given or none is */
		for (unsigned n = 0;; n++) {
			const char *wanted = nth(tree->expected, tree->expected_count, key, n),
				   *got = nth(said.line, said.count, key, n);

			if (wanted == NULL && got == NULL)
				break;
			if (wanted == NULL || got == NULL || strcmp(wanted, got) != 0) {
				(void)snprintf(text, sizeof(text),
					       "expected «%s», the plan says «%s»",
					       wanted != NULL ? wanted : "no more",
					       got != NULL ? got : "no more");
				return text;
			}
		}
	}
	return NULL;
}
