// SPDX-License-Identifier: Apache-2.0
/* Memory transaction descriptors: sections 13.1 to 13.6 and 14.2; rows D1 to D22. */
#include "ffa.h"

static uint64_t number(const uint8_t *bytes, unsigned int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | bytes[size];
	return value;
}

static bool zero(const uint8_t *bytes, size_t size)
{
	while (size > 0 && bytes[size - 1] == 0)
		size--;
	return size == 0;
}

/* A clause: where it does not hold, `code` is to be answered, or one of `also`. */
static bool demand(struct model_ffa_reading *reading, bool holds, model_ffa_set code,
		   model_ffa_set also)
{
	if (!holds) {
		reading->first = reading->wrong == 0 ? code : reading->first;
		reading->wrong |= code | also;
	}
	return holds;
}

static bool demand_valid(struct model_ffa_reading *reading, bool holds)
{
	return demand(reading, holds, MODEL_FFA_IP, 0);
}

bool model_ffa_is_partition(const struct model_ffa_world *world, uint16_t endpoint)
{
	for (size_t i = 0; i < world->partitions; i++)
		if (world->partition[i] == endpoint)
			return true;
	return false;
}

/* 13.5. Share and lend to several must state normal write-back inner-shareable memory, donate and
 * lend to one must leave the type open. D15. */
static void read_attributes(struct model_ffa_reading *reading, bool stated)
{
	unsigned int attributes = reading->send.attributes;
	unsigned int type = attributes >> 4 & 3;
	bool reserved =
	    type == 3 || (type == 2 && ((attributes & 3) == 1 || (attributes & 4) == 0));

	/* "6 NS: 0 in sends"; "15:7 (7:6 in 1.0) reserved"; of 1.0 there are 8 bits */
	demand_valid(reading, attributes >> 6 == 0 && !reserved);
	if (stated)
		/* 14.2: "attributes other than normal WB IS where required: DENIED" */
		demand(reading, attributes == 0x2f || reserved || attributes >> 6 != 0,
		       MODEL_FFA_DN, MODEL_FFA_IP);
	else
		/* 14.2: "type stated for donate / single lend: INVALID_PARAMETERS" */
		demand_valid(reading, type == 0);
	if (!stated && type == 0 && attributes != 0)
		/* the rest says nothing without a type */
		reading->open |= MODEL_FFA_IP | MODEL_FFA_DN;
}

/* 13.6, the columns of sends; D14: "SHARE+CLEAR: IP; others per spec/IP". */
static void read_flags(struct model_ffa_reading *reading)
{
	uint32_t flags = reading->send.flags;

	demand_valid(reading, flags >> 2 == 0);
	/* bit 0, zero memory: lend and donate */
	demand_valid(reading, (flags & 1) == 0 || reading->send.kind != MODEL_FFA_SHARE);
	/* bit 1, time slice: "optional feature" */
	if ((flags & 2) != 0)
		reading->open |= MODEL_FFA_IP;
}

/* 13.1: the header. Where the EMADs are, and how large each is. */
static bool read_header(const struct model_ffa_world *world, uint32_t version, const uint8_t *bytes,
			struct model_ffa_reading *reading, uint64_t *emads, uint64_t *size)
{
	struct model_ffa_send *send = &reading->send;
	bool old = version == MODEL_FFA_1_0;
	uint64_t count = number(bytes + 28, 4);

	send->sender = (uint16_t)number(bytes, 2);
	send->attributes = (uint16_t)number(bytes + 2, old ? 1 : 2);
	send->flags = (uint32_t)number(bytes + 4, 4);
	send->tag = number(bytes + 16, 8); /* D18: "tag opaque" */
	*emads = old ? 32 : number(bytes + 32, 4);
	*size = old ? 16 : number(bytes + 24, 4);

	/* D17: "DN (or IP)" */
	demand(reading, send->sender == world->caller, MODEL_FFA_DN, MODEL_FFA_IP);
	read_flags(reading);
	/* D18: "handle MBZ -> IP" */
	demand_valid(reading, zero(bytes + 8, 8));
	/* D10, Q7: reserved fields of the caller are zero */
	demand_valid(reading,
		     old ? zero(bytes + 3, 1) && zero(bytes + 24, 4) : zero(bytes + 36, 12));
	/* D3; 13.2: "A >= 1.2 caller may still use 16-byte EMADs" */
	bool known = *size == 16 || (*size == 32 && version >= MODEL_FFA_1_2);

	demand_valid(reading, known);
	/* D5: "0: IP; N <= limit: supported; larger: IP/NM" */
	demand_valid(reading, count != 0);
	demand(reading, count <= world->borrowers, MODEL_FFA_IP, MODEL_FFA_NM);
	/* 13.1: "EMAD array offset >= 48, 16-byte aligned"; D2 */
	bool placed = old || (*emads >= 48 && *emads % 16 == 0);

	demand_valid(reading, placed);
	send->borrowers = count <= world->borrowers ? (size_t)count : 0;
	return known && placed && send->borrowers != 0;
}

/* 13.2 and 13.4: who receives the memory, and how. */
static void read_borrower(const struct model_ffa_world *world, const uint8_t *bytes, uint64_t size,
			  struct model_ffa_reading *reading, size_t index)
{
	struct model_ffa_send *send = &reading->send;
	struct model_ffa_borrower *borrower = &send->borrower[index];

	*borrower = (struct model_ffa_borrower){
	    .endpoint = (uint16_t)number(bytes, 2), .permissions = bytes[2], .flags = bytes[3]};
	unsigned int data = borrower->permissions & 3;

	/* D10; the implementation-defined bytes of 1.2 are carried and mean nothing here */
	demand_valid(reading, zero(bytes + size - 8, 8));
	demand_valid(reading, (borrower->flags & ~1U) == 0);
	/* D6: "fw's own check backs us for unknown SP: IP/DN" */
	if (model_ffa_is_partition(world, borrower->endpoint))
		for (size_t i = 0; i < index; i++)
			demand_valid(reading, send->borrower[i].endpoint != borrower->endpoint);
	else
		demand(reading, false, MODEL_FFA_IP,
		       borrower->endpoint >> 15 != 0 ? MODEL_FFA_DN : 0);
	/* 13.4, column "send": instruction access and bits 7:4 are 0; D16 */
	demand_valid(reading, borrower->permissions >> 2 == 0);
	if (send->kind == MODEL_FFA_DONATE)
		demand_valid(reading, data == 0);
	else
		demand_valid(reading, data == 1 || data == 2);
}

/* 13.3: "Address 4K aligned; page count >= 1; reserved 0"; D9. The last of them end in the sum. */
static void read_ranges(const struct model_ffa_world *world, const uint8_t *bytes, size_t count,
			struct model_ffa_reading *reading)
{
	struct model_ffa_send *send = &reading->send;

	reading->ranges = count;
	for (size_t i = 0; i < count; i++, bytes += 16) {
		struct model_ffa_range *range = &reading->range[i];

		range->base = number(bytes, 8);
		range->pages = number(bytes + 8, 4);
		send->counted += range->pages;
		demand_valid(reading, range->pages != 0);
		demand_valid(reading, range->base % MODEL_PAGE_SIZE == 0);
		demand_valid(reading, zero(bytes + 12, 4));
		if (demand_valid(reading,
				 range->pages <= (UINT64_MAX - range->base) / MODEL_PAGE_SIZE))
			/* nobody's RAM (D13), whatever else is wrong with it */
			demand(reading,
			       range->base + range->pages * MODEL_PAGE_SIZE <= world->address_end,
			       MODEL_FFA_IP, MODEL_FFA_DN);
	}
	/* D8: "total_pg_cnt != sum; sum overflow" */
	demand_valid(reading, send->counted <= send->pages);
	demand_valid(reading, send->received != send->total || send->counted == send->pages);
}

/* 13.3: the composite, of which all EMADs give the same place, and the ranges behind it. */
static void read_composite(const struct model_ffa_world *world, const uint8_t *bytes,
			   uint64_t fragment, uint64_t total, uint64_t after, uint64_t offset,
			   struct model_ffa_reading *reading)
{
	struct model_ffa_send *send = &reading->send;

	/* D7; 13.3: "16 in H and T; produce multiples of 16" */
	if (!demand_valid(reading, offset >= after && offset % 16 == 0 && offset + 16 <= fragment))
		return;
	send->pages = number(bytes + offset, 4);
	send->range_count = number(bytes + offset + 4, 4);
	demand_valid(reading, zero(bytes + offset + 8, 8));
	/* D8: "addr_range_cnt 0; != number that fits"; less pages than ranges cannot be the sum */
	demand_valid(reading,
		     send->range_count != 0 && offset + 16 + send->range_count * 16 == total);
	reading->open |= send->pages < send->range_count ? MODEL_FFA_IP : 0;
	/* 14.3: "Split points: multiples of 16 and inside the constituent array" */
	uint64_t rest = fragment - offset - 16;

	demand_valid(reading, rest % 16 == 0);
	if (rest / 16 > send->range_count || rest / 16 > MODEL_FFA_FRAGMENT)
		return;
	read_ranges(world, bytes + offset + 16, (size_t)(rest / 16), reading);
}

void model_ffa_read(const struct model_ffa_world *world, uint32_t version, enum model_ffa_kind kind,
		    const uint8_t *bytes, uint64_t fragment, uint64_t total, uint64_t tx,
		    struct model_ffa_reading *reading)
{
	struct model_ffa_send *send = &reading->send;
	uint64_t header = version == MODEL_FFA_1_0 ? 32 : 48, emads, size, offset = 0;

	reading->wrong = reading->first = reading->open = 0;
	reading->ranges = 0;
	*send = (struct model_ffa_send){.kind = kind, .total = total, .received = fragment};
	/* D1, D20 */
	demand_valid(reading, fragment <= total && fragment <= tx && total != 0);
	demand(reading, total <= world->length, MODEL_FFA_NM, MODEL_FFA_IP);
	/* F8: "IP": header, EMADs and composite are in the first fragment */
	demand_valid(reading, fragment >= header + 16 + 16);
	if (fragment < header || fragment > tx)
		return;
	if (!read_header(world, version, bytes, reading, &emads, &size))
		return;
	uint64_t after = emads + send->borrowers * size;

	if (!demand_valid(reading, after + 16 <= fragment))
		return;
	for (size_t i = 0; i < send->borrowers; i++) {
		const uint8_t *emad = bytes + emads + i * size;

		read_borrower(world, emad, size, reading, i);
		/* D6: "two EMADs with different composite_off" */
		demand_valid(reading, i == 0 || number(emad + 4, 4) == offset);
		offset = number(emad + 4, 4);
	}
	/* 14.1: "donate: exactly 1" */
	demand_valid(reading, kind != MODEL_FFA_DONATE || send->borrowers == 1);
	read_attributes(reading,
			kind == MODEL_FFA_SHARE || (kind == MODEL_FFA_LEND && send->borrowers > 1));
	read_composite(world, bytes, fragment, total, after, offset, reading);
}

void model_ffa_read_more(const struct model_ffa_world *world, const uint8_t *bytes,
			 uint64_t fragment, uint64_t tx, struct model_ffa_reading *reading)
{
	struct model_ffa_send *send = &reading->send;

	reading->wrong = reading->first = reading->open = 0;
	reading->ranges = 0;
	/* F3: "length 0, 15, > remaining, > TX: IP"; F7 */
	if (!demand_valid(reading, fragment != 0 && fragment % 16 == 0 && fragment <= tx &&
				       fragment <= send->total - send->received))
		return;
	send->received += fragment;
	read_ranges(world, bytes, (size_t)(fragment / 16), reading);
}
