// SPDX-License-Identifier: Apache-2.0
/* Which partitions there are: FFA_PARTITION_INFO_GET and _GET_REGS (DEN0077A 6.2, 13.8, 13.9). */
#include <string.h>

#include "spmc_state.h"

enum {
	STRIDE_LARGEST = 256,
	COUNT_ONLY = 1,
	PARTITION_TAG = 0x51, /* of all answers: the partitions never change */
};

/* As 1.3 has it; older versions have the beginning of it. */
struct description {
	uint16_t id, contexts;
	uint32_t properties;
	uint8_t uuid[16], image[16];
	uint32_t version, reserved;
};

/* c5SNNNNN-0000-4000-8000-50637370KKKK: S the service, N the number of the partition from 1, K its
 * kind. */
void partition_uuid(const struct partition *partition, unsigned service, uint8_t uuid[16])
{
	static const uint8_t base[16] = {0xc5, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00,
					 0x80, 0x00, 0x50, 0x63, 0x73, 0x70, 0x00, 0x00};
	unsigned index = (unsigned)(partition - spmc.partition);

	memcpy(uuid, base, sizeof(base));
	uuid[1] = (uint8_t)(service << 4);
	uuid[3] = (uint8_t)(index + 1U);
	uuid[15] = (uint8_t)(index < SPMC_ACTORS ? index + 1U : 2U);
}

static size_t stride(void)
{
	if (spmc_version() < FFA_VERSION_1_1)
		return 8;
	if (spmc.property[SPMC_STRIDE] != 0)
		return (size_t)spmc.property[SPMC_STRIDE];
	return spmc_version() >= FFA_VERSION_1_3 || spmc_like(LIKE_HAFNIUM) ? 48 : 24;
}

/* Only what the caller's version knows. */
static uint32_t shown_properties(const struct partition *partition)
{
	uint32_t properties = partition->properties;

	if (spmc_version() < FFA_VERSION_1_1)
		properties &= 0x7U;
	else if (spmc_version() < FFA_VERSION_1_2)
		properties &= 0x1ffU;
	return properties;
}

static bool is_nil(const uint8_t uuid[16])
{
	static const uint8_t nil[16];

	return memcmp(uuid, nil, sizeof(nil)) == 0;
}

static void describe(const struct partition *partition, unsigned service, bool named,
		     struct description *description)
{
	memset(description, 0, sizeof(*description));
	description->id = partition->id;
	description->contexts = partition->contexts;
	description->properties = shown_properties(partition);
	/* Who has named it knows it. */
	if (!named)
		partition_uuid(partition, service, description->uuid);
	if (spmc_version() >= FFA_VERSION_1_3 || spmc_like(LIKE_HAFNIUM))
		description->version = (uint32_t)spmc.property[SPMC_VERSION];
}

/*
 * The entry `index` of those that fit `uuid`; false: there are fewer. A partition with several
 * services has one for each, but below 1.2, where Hafnium (and who follows it) shows the first
 * only.
 */
static bool entry(const uint8_t uuid[16], unsigned index, struct description *description)
{
	bool named = !is_nil(uuid);
	unsigned services =
	    spmc_version() >= FFA_VERSION_1_2 ? (unsigned)spmc.property[SPMC_SERVICES] : 1U;

	for (unsigned i = 0; i < spmc.partitions; i++) {
		for (unsigned service = 0; service < services; service++) {
			uint8_t own[16];

			partition_uuid(&spmc.partition[i], service, own);
			if (named && memcmp(own, uuid, sizeof(own)) != 0)
				continue;
			if (index-- == 0) {
				describe(&spmc.partition[i], service, named, description);
				return true;
			}
		}
	}
	return false;
}

static unsigned count_of(const uint8_t uuid[16])
{
	struct description description;
	unsigned count = 0;

	if (is_nil(uuid)) {
		count = spmc.partitions;
		return spmc_version() >= FFA_VERSION_1_2
			   ? count * (unsigned)spmc.property[SPMC_SERVICES]
			   : count;
	}
	while (entry(uuid, count, &description))
		count++;
	return count;
}

int32_t info_get(struct call *call)
{
	uint32_t flags = (uint32_t)call->argument[5];
	struct vm *caller = spmc_vm(0, false);
	struct description description;
	uint8_t bytes[STRIDE_LARGEST];
	uint8_t uuid[16];
	unsigned count;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t word = (uint32_t)call->argument[1 + i];

		memcpy(uuid + i * sizeof(word), &word, sizeof(word));
	}
	if ((flags & ~(uint32_t)COUNT_ONLY) != 0 ||
	    (flags != 0 && spmc_version() < FFA_VERSION_1_1))
		return FFA_INVALID_PARAMETERS;
	count = count_of(uuid);
	if (count == 0)
		return FFA_INVALID_PARAMETERS;
	call->result[2] = count;
	if ((flags & COUNT_ONLY) != 0)
		return FFA_OK;
	if (caller == NULL || !caller->buffers.mapped || caller->buffers.rx_state != RX_EMPTY)
		return FFA_BUSY;
	if (count * stride() > buffer_rx_size(caller))
		return spmc_like(LIKE_OPTEE) ? FFA_INVALID_PARAMETERS : FFA_NO_MEMORY;
	for (unsigned i = 0; i < count && entry(uuid, i, &description); i++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, &description,
		       stride() < sizeof(description) ? stride() : sizeof(description));
		buffer_write_rx(caller, i * stride(), bytes, stride());
	}
	caller->buffers.rx_state = RX_FULL;
	if (spmc_version() >= FFA_VERSION_1_1)
		call->result[3] = stride();
	return FFA_OK;
}

int32_t info_get_regs(struct call *call)
{
	unsigned start = (uint16_t)call->argument[3];
	unsigned tag = (uint16_t)(call->argument[3] >> 16);
	unsigned own_tag = spmc_like(LIKE_HAFNIUM) ? 0 : PARTITION_TAG;
	size_t size = stride() < 48 ? 24 : 48; /* there are registers for no other */
	unsigned most = size == 24 ? 5 : 2;
	struct description description;
	uint8_t uuid[16];
	unsigned count;
	unsigned at = start;

	memcpy(uuid, &call->argument[1], sizeof(uuid));
	count = count_of(uuid);
	if (call->argument[3] >> 32 != 0 || start >= count)
		return FFA_INVALID_PARAMETERS;
	if (start == 0 && tag != 0)
		return spmc_like(LIKE_HAFNIUM) ? FFA_RETRY : FFA_INVALID_PARAMETERS;
	if (start != 0 && tag != own_tag)
		return FFA_RETRY;
	memset(call->result + 2, 0, (CALL_REGISTERS - 2) * sizeof(call->result[0]));
	for (; at < count && at - start < most && entry(uuid, at, &description); at++)
		memcpy(&call->result[3 + (at - start) * size / 8], &description, size);
	call->result[0] = FFA_FN_SUCCESS_64;
	call->result[2] = (count - 1U) | (uint64_t)(at - 1U) << 16 | (uint64_t)own_tag << 32 |
			  (uint64_t)size << 48;
	return FFA_OK;
}
