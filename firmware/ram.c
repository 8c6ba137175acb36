// SPDX-License-Identifier: Apache-2.0
#include "ram.h"

#include <stdbool.h>
#include <stddef.h>

#include <libfdt.h>

#include "console.h"
#include "cpu.h"
#include "options.h"
#include "platform.h"
#include "tree.h"

enum {
	KEPT_LIMIT = 20,
	IMAGE_MAGIC = 0x644d5241, /* "ARM\x64" at offset 56 of an arm64 Image */
	LINE = 64,
};

struct extent {
	uint64_t base;
	uint64_t end;
};

struct work {
	struct extent kept[KEPT_LIMIT];
	unsigned count;
	uint64_t pattern;
	uint64_t filled; /* bytes */
};

static void keep(uint64_t base, uint64_t size, void *context)
{
	struct work *work = context;

	if (work->count < KEPT_LIMIT)
		work->kept[work->count++] = (struct extent){base, base + size};
}

/* Bytes at options.entry that were loaded: as told, else what the Image header takes, its bss too.
 */
static uint64_t image_size(void)
{
	const uint32_t *image = (const uint32_t *)(uintptr_t)options.entry;

	if (options.image_size != 0)
		return options.image_size;
	if (image[14] == (uint32_t)IMAGE_MAGIC)
		return (uint64_t)image[5] << 32 | image[4];
	return 0;
}

/* The end of a kept extent that holds `at`, else 0. */
static uint64_t kept_until(const struct work *work, uint64_t at)
{
	for (unsigned i = 0; i < work->count; i++) {
		if (at >= work->kept[i].base && at < work->kept[i].end)
			return work->kept[i].end;
	}
	return 0;
}

static void fill(uint64_t base, uint64_t end, uint64_t pattern)
{
	volatile uint64_t *to;
	uint64_t at = base;

	for (; at < end && at % LINE != 0; at++)
		*(volatile uint8_t *)(uintptr_t)at = (uint8_t)pattern;
	for (to = (volatile uint64_t *)(uintptr_t)at; at + LINE <= end; at += LINE, to += 8) {
		to[0] = pattern;
		to[1] = pattern;
		to[2] = pattern;
		to[3] = pattern;
		to[4] = pattern;
		to[5] = pattern;
		to[6] = pattern;
		to[7] = pattern;
	}
	for (; at < end; at++)
		*(volatile uint8_t *)(uintptr_t)at = (uint8_t)pattern;
	/* Those who come next read it with their caches off, and may write it so: no line may stay.
	 */
	cpu_clean_drop(base, end - base);
}

static uint64_t end_of_ram; /* constant after ram_map() */

static void map_bank(uint64_t base, uint64_t size, void *context)
{
	(void)context;
	cpu_map_ram(base, size);
	if (base + size > end_of_ram)
		end_of_ram = base + size;
}

void ram_map(void)
{
	tree_each_bank(map_bank, NULL);
}

bool ram_holds(uint64_t base, uint64_t size)
{
	return tree_is_ram(base, size);
}

uint64_t ram_end(void)
{
	return end_of_ram;
}

void *ram_at(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static void fill_bank(uint64_t base, uint64_t size, void *context)
{
	struct work *work = context;
	uint64_t end = base + size;
	uint64_t at = base;

	while (at < end) {
		uint64_t next = kept_until(work, at);

		if (next != 0) {
			at = next;
			continue;
		}
		next = end;
		for (unsigned i = 0; i < work->count; i++) {
			if (work->kept[i].base > at && work->kept[i].base < next)
				next = work->kept[i].base;
		}
		fill(at, next, work->pattern);
		work->filled += next - at;
		at = next;
	}
}

void ram_fill(uint8_t byte)
{
	struct work work = {.pattern = 0x0101010101010101U * byte};

	ram_map();
	keep(PLATFORM_TREE, fdt_totalsize(tree_edited()), &work);
	tree_each_module(keep, &work);
	/* An image that the tree does not name must say by itself how large it is. */
	if (kept_until(&work, options.entry) == 0) {
		uint64_t size = image_size();

		if (size == 0) {
			console_line(
			    "ram: not filled: nobody says how large the image at entry is");
			return;
		}
		keep(options.entry, size, &work);
	}
	tree_each_bank(fill_bank, &work);
	console_line("ram: %llu MiB filled with 0x%02x, %u pieces kept",
		     (unsigned long long)(work.filled >> 20), byte, work.count);
}
