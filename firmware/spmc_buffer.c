// SPDX-License-Identifier: Apache-2.0
/* RX and TX of the normal world's endpoints (DEN0077A 4.10, 13.5 to 13.9). */
#include <string.h>

#include "ram.h"
#include "spmc_memory.h"
#include "spmc_state.h"

/* A boot loader's buffers that it forgot: in secure RAM, so that nothing of the next system is
 * written. */
static uint8_t leftover[2][FFA_PAGE] __attribute__((aligned(4096)));

/* Size and alignment by the code that FFA_FEATURES tells; the reserved one means what 0 does. */
static uint32_t smallest(void)
{
	static const uint32_t sizes[] = {4096, 65536, 16384, 4096};

	return sizes[spmc.property[SPMC_BUFFER_CODE] & 3U];
}

static unsigned most_pages(void)
{
	uint64_t pages = spmc.property[SPMC_BUFFER_PAGES];

	return pages != 0 ? (unsigned)pages : BUFFER_PAGES_MAX;
}

void buffer_start(void)
{
	struct vm *vm = spmc_vm(0, true);

	if (spmc.property[SPMC_LEFTOVER] == 0)
		return;
	vm->buffers.mapped = true;
	vm->buffers.tx_pages = 1;
	vm->buffers.rx_pages = 1;
	vm->buffers.tx[0] = (uint64_t)(uintptr_t)leftover[0];
	vm->buffers.rx[0] = (uint64_t)(uintptr_t)leftover[1];
}

static bool is_leftover(uint64_t address)
{
	return address == (uint64_t)(uintptr_t)leftover[0] ||
	       address == (uint64_t)(uintptr_t)leftover[1];
}

static uint8_t *page_at(uint64_t address)
{
	return is_leftover(address) ? (uint8_t *)(uintptr_t)address : ram_at(address);
}

size_t buffer_rx_size(const struct vm *vm)
{
	return vm->buffers.mapped ? (size_t)vm->buffers.rx_pages * FFA_PAGE : 0;
}

size_t buffer_tx_size(const struct vm *vm)
{
	return vm->buffers.mapped ? (size_t)vm->buffers.tx_pages * FFA_PAGE : 0;
}

/* [offset, offset + size) must lie in the buffer. */
static void copy(const uint64_t *pages, size_t offset, uint8_t *out, const uint8_t *in, size_t size)
{
	while (size > 0) {
		size_t within = offset % FFA_PAGE;
		size_t piece = FFA_PAGE - within < size ? FFA_PAGE - within : size;
		uint8_t *page = page_at(pages[offset / FFA_PAGE]) + within;

		if (out != NULL) {
			memcpy(out, page, piece);
			out += piece;
		} else {
			memcpy(page, in, piece);
			in += piece;
		}
		offset += piece;
		size -= piece;
	}
}

void buffer_read_tx(const struct vm *vm, size_t offset, void *to, size_t size)
{
	copy(vm->buffers.tx, offset, to, NULL, size);
}

void buffer_write_rx(const struct vm *vm, size_t offset, const void *from, size_t size)
{
	copy(vm->buffers.rx, offset, NULL, from, size);
}

/* ---- map and unmap ---- */

/* Add `pages` pages from `address` on to a buffer. */
static int32_t add_range(uint64_t *list, unsigned *count, uint64_t address, uint64_t pages)
{
	uint64_t bytes = pages * FFA_PAGE;

	if (pages == 0 || pages > BUFFER_PAGES_MAX - *count || address % FFA_PAGE != 0)
		return FFA_INVALID_PARAMETERS;
	if (!ram_holds(address, bytes))
		return spmc_like(LIKE_HAFNIUM) ? FFA_DENIED : FFA_INVALID_PARAMETERS;
	for (uint64_t i = 0; i < pages; i++)
		list[(*count)++] = address + i * FFA_PAGE;
	return FFA_OK;
}

/* No page twice, none that is part of a transaction; then they are in use. TF-A does not look. */
static int32_t take_pages(const struct buffer_pair *pair)
{
	const uint64_t *lists[2] = {pair->tx, pair->rx};
	const unsigned counts[2] = {pair->tx_pages, pair->rx_pages};

	for (unsigned t = 0; t < counts[0]; t++) {
		for (unsigned r = 0; r < counts[1]; r++) {
			if (pair->tx[t] == pair->rx[r])
				return FFA_INVALID_PARAMETERS;
		}
	}
	if (spmc_like(LIKE_TFA))
		return FFA_OK;
	for (unsigned list = 0; list < 2; list++) {
		for (unsigned i = 0; i < counts[list]; i++) {
			if (pages_sent(lists[list][i], 1))
				return FFA_DENIED;
		}
	}
	for (unsigned list = 0; list < 2; list++) {
		for (unsigned i = 0; i < counts[list]; i++)
			pages_mark(lists[list][i], 1, true);
	}
	return FFA_OK;
}

static void give_pages(const struct buffer_pair *pair)
{
	if (spmc_like(LIKE_TFA))
		return;
	for (unsigned i = 0; i < pair->tx_pages; i++)
		pages_mark(pair->tx[i], 1, false);
	for (unsigned i = 0; i < pair->rx_pages; i++)
		pages_mark(pair->rx[i], 1, false);
}

/* One buffer of an endpoint RX/TX descriptor: a composite with its ranges at `offset` of the TX. */
static int32_t read_composite(const struct vm *hypervisor, uint32_t offset, uint64_t *list,
			      unsigned *count)
{
	struct {
		uint32_t pages, ranges;
		uint64_t reserved;
	} header;
	size_t size = buffer_tx_size(hypervisor);

	if (offset % 8 != 0 || offset < 12 || offset > size || size - offset < sizeof(header))
		return FFA_INVALID_PARAMETERS;
	buffer_read_tx(hypervisor, offset, &header, sizeof(header));
	if (header.ranges == 0 || header.ranges > BUFFER_PAGES_MAX || header.reserved != 0 ||
	    size - offset - sizeof(header) < (size_t)header.ranges * sizeof(struct range))
		return FFA_INVALID_PARAMETERS;
	for (uint32_t i = 0; i < header.ranges; i++) {
		struct range range;
		int32_t status;

		buffer_read_tx(hypervisor, offset + sizeof(header) + i * sizeof(range), &range,
			       sizeof(range));
		if (range.reserved != 0)
			return FFA_INVALID_PARAMETERS;
		status = add_range(list, count, range.address, range.pages);
		if (status != FFA_OK)
			return status;
	}
	return *count == header.pages ? FFA_OK : FFA_INVALID_PARAMETERS;
}

/* The form on behalf of a VM: a descriptor in the hypervisor's TX names the VM and its buffers. */
static int32_t read_descriptor(uint16_t *id, struct buffer_pair *pair)
{
	const struct vm *hypervisor = spmc_vm(0, false);
	struct {
		uint16_t id, reserved;
		uint32_t rx, tx;
	} descriptor;
	int32_t status;

	if (hypervisor == NULL || !hypervisor->buffers.mapped || spmc_version() < FFA_VERSION_1_1)
		return FFA_INVALID_PARAMETERS;
	buffer_read_tx(hypervisor, 0, &descriptor, sizeof(descriptor));
	if (descriptor.reserved != 0 || descriptor.id == 0 || !normal_id(descriptor.id))
		return FFA_INVALID_PARAMETERS;
	*id = descriptor.id;
	status = read_composite(hypervisor, descriptor.rx, pair->rx, &pair->rx_pages);
	if (status == FFA_OK)
		status = read_composite(hypervisor, descriptor.tx, pair->tx, &pair->tx_pages);
	return status;
}

static int32_t read_registers(const struct call *call, struct buffer_pair *pair)
{
	uint64_t tx = call_argument(call, 1);
	uint64_t rx = call_argument(call, 2);
	uint32_t count = (uint32_t)call->argument[3];
	int32_t status;

	if (spmc_like(LIKE_TFA))
		count &= 0x1fU;
	if (count == 0 || count > most_pages() || count * FFA_PAGE % smallest() != 0 ||
	    tx % smallest() != 0 || rx % smallest() != 0)
		return FFA_INVALID_PARAMETERS;
	status = add_range(pair->tx, &pair->tx_pages, tx, count);
	if (status == FFA_OK)
		status = add_range(pair->rx, &pair->rx_pages, rx, count);
	return status;
}

int32_t buffer_map(struct call *call)
{
	struct buffer_pair pair = {0};
	struct vm *vm;
	uint16_t id = 0;
	int32_t status;

	if (call_argument(call, 1) == 0 && call_argument(call, 2) == 0 &&
	    (uint32_t)call->argument[3] == 0)
		status = read_descriptor(&id, &pair);
	else
		status = read_registers(call, &pair);
	if (status != FFA_OK)
		return status;
	vm = spmc_vm(id, true);
	if (vm == NULL)
		return FFA_NO_MEMORY;
	if (vm->buffers.mapped)
		return FFA_DENIED;
	status = take_pages(&pair);
	if (status != FFA_OK)
		return status;
	pair.mapped = true;
	vm->buffers = pair;
	return FFA_OK;
}

int32_t buffer_unmap(struct call *call)
{
	struct vm *vm = spmc_vm((uint16_t)(call->argument[1] >> 16), false);

	if ((uint16_t)call->argument[1] != 0 && !spmc_like(LIKE_TFA))
		return FFA_INVALID_PARAMETERS;
	if (vm == NULL || !vm->buffers.mapped)
		return FFA_INVALID_PARAMETERS;
	if (!is_leftover(vm->buffers.tx[0]))
		give_pages(&vm->buffers);
	memset(&vm->buffers, 0, sizeof(vm->buffers));
	return FFA_OK;
}

/* ---- who owns RX ---- */

/* The hypervisor wants to write the RX of a VM itself. */
int32_t buffer_rx_acquire(struct call *call)
{
	struct vm *vm = spmc_vm((uint16_t)call->argument[1], false);

	if ((uint32_t)call->argument[1] >> 16 != 0 || vm == NULL || vm->id == 0 ||
	    !vm->buffers.mapped)
		return FFA_INVALID_PARAMETERS;
	if (vm->buffers.rx_state != RX_EMPTY)
		return FFA_DENIED;
	vm->buffers.rx_state = RX_ACQUIRED;
	return FFA_OK;
}

int32_t buffer_rx_release(struct call *call)
{
	struct vm *vm = spmc_vm((uint16_t)call->argument[1], false);

	if (vm == NULL || !vm->buffers.mapped)
		return vm != NULL && vm->id == 0 ? FFA_DENIED : FFA_INVALID_PARAMETERS;
	if (vm->buffers.rx_state == RX_EMPTY)
		return FFA_DENIED;
	/* Hafnium wants the notification read first. */
	if (spmc_like(LIKE_HAFNIUM) && vm->receiver.framework)
		return FFA_DENIED;
	vm->buffers.rx_state = RX_EMPTY;
	return FFA_OK;
}
