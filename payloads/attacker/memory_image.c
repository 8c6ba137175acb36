// SPDX-License-Identifier: Apache-2.0
/* The hypervisor's image: code, data, log. */
#include "attack.h"

enum attack_outcome attack_read_image(void)
{
	uint64_t base = machine.kept_count != 0U ? machine.kept[0].base : 0U, value = 0;
	struct exception taken;
	bool read;

	if (base == 0U)
		return attack_absent("nothing is withheld");
	read = try_read64(base, &value);
	(void)exception_end(&taken);
	return attack_judge(read && value != 0U, "0x%llx: %u exceptions, ESR 0x%llx, read 0x%llx",
			    (unsigned long long)base, taken.count, (unsigned long long)taken.esr,
			    (unsigned long long)value);
}
