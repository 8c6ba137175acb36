// SPDX-License-Identifier: Apache-2.0
/* Commands of the host to an ITS: copied, then checked, then handed on (IHI 0069, 5.3). */
#include <stddef.h>

#include "core/gic/gic.h"
#include "core/gic/register.h"
#include "core/machine.h"

#define COMMAND   32UL /* bytes */
#define TABLE_MIN 256UL

#define UNMAPPED 1UL /* bit of gic_device.table */

enum opcode {
	COMMAND_MOVI = 0x01,
	COMMAND_INT = 0x03,
	COMMAND_CLEAR = 0x04,
	COMMAND_SYNC = 0x05,
	COMMAND_MAPD = 0x08,
	COMMAND_MAPC = 0x09,
	COMMAND_MAPTI = 0x0a,
	COMMAND_MAPI = 0x0b,
	COMMAND_INV = 0x0c,
	COMMAND_INVALL = 0x0d,
	COMMAND_MOVALL = 0x0e,
	COMMAND_DISCARD = 0x0f,
};

struct command {
	uint64_t word[4];
};

/* --- devices --- */

static struct gic_device *find_device(struct gic_its *its, uint32_t device)
{
	for (unsigned i = 0; i < its->device_count; i++)
		if (its->devices[i].device == device && (its->devices[i].table & UNMAPPED) == 0UL)
			return &its->devices[i];
	return NULL;
}

static void unpin_device(struct gic *gic, const struct gic_device *device)
{
	struct gic_range range = {device->table & ~(GIC_PAGE - 1U), device->pages * GIC_PAGE};

	gic_unpin(gic, &range);
}

void gic_commands_settle(struct gic *gic, struct gic_its *its)
{
	unsigned kept = 0;

	if (its->leaving == 0U || machine_device_read(its->base + GITS_CREADR, 8) != its->write)
		return;
	for (unsigned i = 0; i < its->device_count; i++) {
		if ((its->devices[i].table & UNMAPPED) != 0UL)
			unpin_device(gic, &its->devices[i]);
		else
			its->devices[kept++] = its->devices[i];
	}
	its->device_count = kept;
	its->leaving = 0;
}

void gic_commands_forget(struct gic *gic, struct gic_its *its)
{
	for (unsigned i = 0; i < its->device_count; i++)
		unpin_device(gic, &its->devices[i]);
	its->device_count = 0;
	its->leaving = 0;
}

static void device_leaves(struct gic_its *its, uint32_t device)
{
	struct gic_device *found = find_device(its, device);

	if (found == NULL)
		return;
	found->table |= UNMAPPED;
	its->leaving++;
}

/* The table of a device is memory that the ITS reads and writes. */
static bool map_device(struct gic *gic, struct gic_its *its, const struct command *command)
{
	static const char name[] = "MAPD";
	uint32_t device = (uint32_t)(command->word[0] >> 32);
	unsigned bits = (unsigned)(command->word[1] & 0x1fU) + 1U;
	uint64_t base = command->word[2] & 0x000fffffffffff00UL;
	uint64_t size = (uint64_t)its->entry_size << bits;
	struct gic_range range;

	if (device >> (its->device_bits - 1U) > 1U) {
		gic_refuse(gic, name, device, base, "no such device");
		return false;
	}
	if ((command->word[2] >> 63) == 0UL) {
		device_leaves(its, device);
		return true;
	}
	if (bits > its->event_bits) {
		gic_refuse(gic, name, device, base, "more events than the ITS has");
		return false;
	}
	if (its->device_count == GIC_ITS_DEVICES) {
		gic_refuse(gic, name, device, base, "too many devices");
		return false;
	}
	if (size < TABLE_MIN)
		size = TABLE_MIN;
	if (!gic_pin(gic, name, device, base, size, &range))
		return false;
	device_leaves(its, device);
	its->devices[its->device_count++] = (struct gic_device){
	    .table = base, .device = device, .pages = (uint32_t)(range.size / GIC_PAGE)};
	return true;
}

/* --- commands --- */

/* Does a command that names a redistributor by address name one? */
static bool known_target(const struct gic *gic, const struct gic_its *its, uint64_t word)
{
	uint64_t target = word & 0x0007ffffffff0000UL;

	if ((its->type & GITS_TYPER_PTA) == 0UL)
		return true; /* a number, which the ITS checks */
	for (unsigned i = 0; i < gic->redistributor_count; i++)
		if (gic->redistributor[i].base == target)
			return true;
	return false;
}

static bool allowed(struct gic *gic, struct gic_its *its, const struct command *command)
{
	bool good = true;

	switch ((enum opcode)(command->word[0] & 0xffU)) {
	case COMMAND_MAPD:
		return map_device(gic, its, command);
	case COMMAND_MAPC:
		/* V = 0 has no target */
		good = command->word[2] >> 63 == 0UL || known_target(gic, its, command->word[2]);
		break;
	case COMMAND_MOVALL:
		good = known_target(gic, its, command->word[2]) &&
		       known_target(gic, its, command->word[3]);
		break;
	case COMMAND_SYNC:
		good = known_target(gic, its, command->word[2]);
		break;
	case COMMAND_MOVI:
	case COMMAND_INT:
	case COMMAND_CLEAR:
	case COMMAND_MAPTI:
	case COMMAND_MAPI:
	case COMMAND_INV:
	case COMMAND_INVALL:
	case COMMAND_DISCARD:
		return true;
	default:
		/* those of virtual interrupts have addresses; others nobody knows */
		gic_refuse(gic, "command", command->word[0], its->base, "no command for a host");
		return false;
	}
	if (!good)
		gic_refuse(gic, "command", command->word[0], its->base, "no such redistributor");
	return good;
}

/* Each command stands where it stood in the host's queue; one that is refused becomes a SYNC. */
static void check_commands(struct gic *gic, struct gic_its *its, struct command *commands,
			   uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (!allowed(gic, its, &commands[i]))
			commands[i] = (struct command){{COMMAND_SYNC, 0, its->processor, 0}};
}

/*
 * The copy lies behind GITS_CWRITER, where the ITS does not read before that register moves, and
 * where the host cannot write at all: what is checked is what is executed.
 */
bool gic_commands_copy(struct gic *gic, struct gic_its *its, uint64_t end)
{
	uint64_t size = its->queue_size, host = its->pinned.base;
	uint64_t read = machine_device_read(its->base + GITS_CREADR, 8) & GITS_OFFSET;
	uint64_t wanted = (end + size - its->write) % size;
	uint64_t pending = (its->write + size - read) % size;

	if (read >= size || pending + wanted >= size)
		return false;
	while (its->write != end) {
		uint64_t at = its->write;
		uint64_t stop = (at | (GIC_PAGE - 1U)) + 1U;
		struct command *copy = (struct command *)machine_table(its->queue) + at / COMMAND;

		if (end > at && end < stop)
			stop = end;
		machine_host_read(copy, host + at, stop - at);
		check_commands(gic, its, copy, (stop - at) / COMMAND);
		machine_cache_clean(copy, stop - at);
		its->write = stop % size;
	}
	return true;
}
