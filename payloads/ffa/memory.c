// SPDX-License-Identifier: Apache-2.0
/* Descriptors in each version's layout, and memory given and taken. */
#include "ffa.h"

#include "payload.h"

#define RANGE_SIZE     16U
#define COMPOSITE_SIZE 16U

static uint64_t next_page;

uint64_t pages_take(uint32_t pages)
{
	uint64_t size = (uint64_t)pages * MACHINE_PAGE, taken;

	if (next_page == 0U)
		next_page = (machine.ram[0].base + machine.ram[0].size / 2U) & ~((2UL << 20) - 1U);
	taken = __atomic_fetch_add(&next_page, size, __ATOMIC_RELAXED);
	check(machine_ram(taken, size), "no RAM is left at 0x%llx", (unsigned long long)taken);
	return taken;
}

struct request request_new(uint32_t fid, uint16_t borrower, const struct range *ranges,
			   uint32_t count)
{
	return (struct request){
	    .sender = host.id,
	    /* one borrower of a lend or a donation gets what the owner has */
	    .attributes = (fid & ~FN64) == FFA_MEM_SHARE ? 0x2fU : 0U,
	    .borrower = borrower,
	    .permissions = (fid & ~FN64) == FFA_MEM_DONATE ? 0U : 2U,
	    .ranges = ranges,
	    .count = count,
	};
}

static uint32_t header_size(void)
{
	return host.version == 0x10000U ? 32U : 48U;
}

static uint32_t access_size(void)
{
	return host.version < 0x10002U ? 16U : 32U;
}

uint32_t request_composite(void)
{
	return header_size() + access_size();
}

static void put(uint8_t *bytes, uint32_t offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8U * i));
}

uint32_t request_write(const struct request *request, uint8_t *bytes, size_t room)
{
	uint32_t composite = request_composite(), access = header_size(), pages = 0;
	uint32_t size = composite + COMPOSITE_SIZE + request->count * RANGE_SIZE;

	for (uint32_t i = 0; i < room && i < composite + COMPOSITE_SIZE; i++)
		bytes[i] = 0;
	put(bytes, 0, 2, request->sender);
	put(bytes, 2, host.version == 0x10000U ? 1 : 2, request->attributes);
	put(bytes, 4, 4, request->flags);
	put(bytes, 8, 8, request->handle);
	put(bytes, 16, 8, request->tag);
	if (host.version != 0x10000U) {
		put(bytes, 24, 4, access_size());
		put(bytes, 32, 4, access);
	}
	put(bytes, 28, 4, 1);
	put(bytes, access, 2, request->borrower);
	put(bytes, access + 2U, 1, request->permissions);
	put(bytes, access + 4U, 4, composite);
	for (uint32_t i = 0; i < request->count; i++) {
		uint32_t at = composite + COMPOSITE_SIZE + i * RANGE_SIZE;

		pages += request->ranges[i].pages;
		if (at + RANGE_SIZE <= room) {
			put(bytes, at, 8, request->ranges[i].base);
			put(bytes, at + 8U, 4, request->ranges[i].pages);
			put(bytes, at + 12U, 4, 0);
		}
	}
	put(bytes, composite, 4, pages);
	put(bytes, composite + 4U, 4, request->count);
	return size;
}

/* Ranges from number `first` on, as many as fit; bytes. */
static uint32_t write_ranges(const struct request *request, uint32_t first)
{
	uint32_t used = 0;

	for (uint32_t i = first; i < request->count && used + RANGE_SIZE <= host.buffer_size; i++) {
		put(host.tx, used, 8, request->ranges[i].base);
		put(host.tx, used + 8U, 4, request->ranges[i].pages);
		put(host.tx, used + 12U, 4, 0);
		used += RANGE_SIZE;
	}
	return used;
}

struct call memory_send(uint32_t fid, const struct request *request)
{
	uint32_t head = request_composite() + COMPOSITE_SIZE, sent, size;
	struct call answer;

	host_lock();
	size = request_write(request, host.tx, host.buffer_size);
	sent = size < host.buffer_size ? size
				       : head + (host.buffer_size - head) / RANGE_SIZE * RANGE_SIZE;
	answer = call_of(fid, size, sent, 0, 0, 0, 0, 0);
	host_unlock();
	while (word(&answer, 0) == FFA_MEM_FRAG_RX) {
		uint64_t handle = word(&answer, 1) | (uint64_t)word(&answer, 2) << 32;
		uint32_t more;

		if (!check(word(&answer, 3) == sent && sent < size,
			   "FRAG_RX wants offset %u after %u of %u bytes", word(&answer, 3), sent,
			   size))
			break;
		host_lock();
		more = write_ranges(request, (sent - head) / RANGE_SIZE);
		answer = call_of(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, more, 0, 0, 0, 0);
		host_unlock();
		sent += more;
	}
	return answer;
}

struct call memory_give(uint32_t fid, uint16_t borrower, uint64_t base, uint32_t pages)
{
	struct range range = {base, pages};
	struct request request = request_new(fid, borrower, &range, 1);

	return memory_send(fid, &request);
}

struct call memory_reclaim(uint64_t handle, uint32_t flags)
{
	return call_of(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags, 0, 0, 0, 0);
}
