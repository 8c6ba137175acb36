/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and barriers. Registers that the assemblers of Debian 12 may not know by name
 * are written in the generic form S<op0>_<op1>_C<n>_C<m>_<op2>.
 */
#ifndef FIRMWARE_SYSREG_H
#define FIRMWARE_SYSREG_H

#include <stdint.h>

#define SYSREG_READ(name)                                                                          \
	__extension__({                                                                            \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})
#define SYSREG_WRITE(name, value)                                                                  \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* The same for a macro that stands for the generic form. */
#define READ_NAMED(name)         SYSREG_READ(name)
#define WRITE_NAMED(name, value) SYSREG_WRITE(name, value)

#define BARRIER_SYNC()       __asm__ volatile("dsb sy" ::: "memory")
#define BARRIER_CONTEXT()    __asm__ volatile("isb" ::: "memory")
#define WAIT_FOR_INTERRUPT() __asm__ volatile("dsb sy\n\twfi" ::: "memory")
#define SEND_EVENT()         __asm__ volatile("dsb sy\n\tsev" ::: "memory")

/* Value of the 4-bit field of an ID register that starts at bit `low`. */
static inline unsigned field4(uint64_t value, unsigned low)
{
	return (unsigned)(value >> low) & 15U;
}

static inline unsigned cpu_index(void)
{
	return (unsigned)SYSREG_READ(tpidr_el3);
}

static inline uint32_t read32(uint64_t address)
{
	return *(volatile uint32_t *)(uintptr_t)address;
}

static inline void write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)address = value;
}

static inline uint64_t read64(uint64_t address)
{
	return *(volatile uint64_t *)(uintptr_t)address;
}

static inline void write64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)(uintptr_t)address = value;
}

#endif
