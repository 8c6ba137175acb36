// SPDX-License-Identifier: Apache-2.0
#include "profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CPUS = 64,
	DEPTH = 128,
	ROOTS = 32,
	FIRST_SLOTS = 4096 /* a power of two */
};

/* What an instruction does to the chain; kept in the two low bits of its address. */
enum kind {
	PLAIN,
	CALL,
	RETURN,
	KINDS
};

/* Open addressing. A key is a node and an address; a slot with the value 0 is free. */
struct slot {
	uint64_t node;
	uint64_t address;
	uint64_t value;
};

struct table {
	struct slot *slots;
	uint64_t size;
	uint64_t used;
};

/* A node is one chain of calls: that of its parent, and the call at `site`. */
struct node {
	uint64_t parent;
	uint64_t site;
};

struct chain {
	struct table calls;  /* node and site -> the node below */
	struct table counts; /* node and address -> instructions */
	struct node *nodes;
	uint64_t node_count;
	uint64_t node_room;
	uint64_t now;
	uint64_t stack[DEPTH];
	uint64_t depth; /* may exceed DEPTH: what lies beyond is counted for the last one kept */
};

static struct {
	FILE *out;
	const char *roots[ROOTS];
	unsigned root_count;
	struct chain chains[CPUS];
} profile;

static _Noreturn void no_memory(void)
{
	fprintf(stderr, "bench: no memory for the profile\n");
	exit(EXIT_FAILURE);
}

static struct slot *slot_of(const struct table *table, uint64_t node, uint64_t address)
{
	uint64_t hash = (address >> 2 ^ node << 20) * 0x9e3779b97f4a7c15U;
	uint64_t at = hash >> 32 & (table->size - 1);

	while (table->slots[at].value &&
	       (table->slots[at].node != node || table->slots[at].address != address))
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

/* The slot of that key, made if need be; the caller gives a new one a value other than 0. */
static struct slot *find(struct table *table, uint64_t node, uint64_t address)
{
	if (table->used * 2 >= table->size) {
		struct table old = *table;

		table->size = old.size ? old.size * 2 : FIRST_SLOTS;
		table->slots = calloc(table->size, sizeof(*table->slots));
		if (!table->slots)
			no_memory();
		for (uint64_t i = 0; i < old.size; i++) {
			if (old.slots[i].value)
				*slot_of(table, old.slots[i].node, old.slots[i].address) =
				    old.slots[i];
		}
		free(old.slots);
	}

	struct slot *slot = slot_of(table, node, address);

	if (!slot->value) {
		slot->node = node;
		slot->address = address;
		table->used++;
	}
	return slot;
}

static uint64_t add_node(struct chain *chain, uint64_t parent, uint64_t site)
{
	if (chain->node_count == chain->node_room) {
		chain->node_room = chain->node_room ? chain->node_room * 2 : 256;

		struct node *nodes = realloc(chain->nodes, chain->node_room * sizeof(*nodes));

		if (!nodes)
			no_memory();
		chain->nodes = nodes;
	}
	chain->nodes[chain->node_count] = (struct node){parent, site};
	return chain->node_count++;
}

static struct chain *chain_of(unsigned cpu)
{
	struct chain *chain = &profile.chains[cpu % CPUS];

	/* The first nodes are the roots. */
	while (chain->node_count < profile.root_count)
		(void)add_node(chain, chain->node_count, 0);
	return chain;
}

static void execute(unsigned cpu, void *data)
{
	struct chain *chain = chain_of(cpu);
	uint64_t address = (uintptr_t)data & ~3UL;

	find(&chain->counts, chain->now, address)->value++;
	switch ((enum kind)((uintptr_t)data & 3)) {
	case CALL:
		if (chain->depth < DEPTH) {
			struct slot *slot = find(&chain->calls, chain->now, address);

			if (!slot->value)
				slot->value = add_node(chain, chain->now, address);
			chain->stack[chain->depth] = chain->now;
			chain->now = slot->value;
		}
		chain->depth++;
		break;
	case RETURN:
		if (chain->depth > 0)
			chain->depth--;
		else
			break;
		if (chain->depth < DEPTH)
			chain->now = chain->stack[chain->depth];
		break;
	case PLAIN:
	case KINDS:
		break;
	}
}

/* Arm ARM, C4.1: BL; BLR, BLRAA, BLRAB and their forms with a zero modifier; RET, RETAA, RETAB. */
static enum kind kind_of(uint32_t code)
{
	if ((code & 0xfc000000) == 0x94000000 || (code & 0xfefff000) == 0xd63f0000)
		return CALL;
	if ((code & 0xfffff000) == 0xd65f0000)
		return RETURN;
	return PLAIN;
}

void profile_open(const char *path, const char *const *roots, unsigned count)
{
	profile.out = fopen(path, "w");
	if (!profile.out || count > ROOTS) {
		fprintf(stderr, "bench: cannot write the profile %s\n", path);
		exit(EXIT_FAILURE);
	}
	for (unsigned i = 0; i < count; i++)
		profile.roots[i] = roots[i];
	profile.root_count = count;
}

bool profile_on(void)
{
	return profile.out != NULL;
}

void profile_instruction(struct qemu_plugin_insn *insn, uint64_t address, uint32_t code)
{
	qemu_plugin_register_vcpu_insn_exec_cb(
	    insn, execute, PLUGIN_NO_REGISTERS,
	    (void *)(uintptr_t)((address & ~3UL) | (uint64_t)kind_of(code)));
}

void profile_enter(unsigned cpu, unsigned root)
{
	struct chain *chain = chain_of(cpu);

	chain->now = root;
	chain->depth = 0;
}

static void write_chain(const struct chain *chain, unsigned cpu)
{
	const char *separator = "";

	fprintf(profile.out, "  {\"cpu\": %u, \"nodes\": [", cpu);
	for (uint64_t i = 0; i < chain->node_count; i++)
		fprintf(profile.out, "%s[%" PRIu64 ", %" PRIu64 "]", i ? ", " : "",
			chain->nodes[i].parent, chain->nodes[i].site);
	fprintf(profile.out, "],\n   \"counts\": [");
	for (uint64_t i = 0; i < chain->counts.size; i++) {
		const struct slot *slot = &chain->counts.slots[i];

		if (!slot->value)
			continue;
		fprintf(profile.out, "%s[%" PRIu64 ", %" PRIu64 ", %" PRIu64 "]", separator,
			slot->node, slot->address, slot->value);
		separator = ", ";
	}
	fprintf(profile.out, "]}");
}

void profile_write(void)
{
	const char *separator = "";

	fprintf(profile.out, "{\"roots\": [");
	for (unsigned i = 0; i < profile.root_count; i++)
		fprintf(profile.out, "%s\"%s\"", i ? ", " : "", profile.roots[i]);
	fprintf(profile.out, "], \"cpus\": [\n");
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		if (!profile.chains[cpu].counts.used)
			continue;
		fputs(separator, profile.out);
		write_chain(&profile.chains[cpu], cpu);
		separator = ",\n";
	}
	fprintf(profile.out, "\n]}\n");
	if (fclose(profile.out))
		perror("bench: the profile");
}
