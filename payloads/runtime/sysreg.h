/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAYLOAD_SYSREG_H
#define PAYLOAD_SYSREG_H

#include <stdint.h>

#define sysreg_read(name)                                                                          \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})

#define sysreg_write(name, value)                                                                  \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

#define isb()    __asm__ volatile("isb" ::: "memory")
#define dsb_sy() __asm__ volatile("dsb sy" ::: "memory")

/* An unsigned field of four bits of an ID register. */
static inline unsigned id_field(uint64_t value, unsigned shift)
{
	return (unsigned)((value >> shift) & 0xfU);
}

#endif
