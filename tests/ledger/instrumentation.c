// SPDX-License-Identifier: Apache-2.0
/*
 * The core of this driver is compiled with -fsanitize=thread and linked without that sanitizer's
 * library: the compiler tells of each access to memory and leaves each atomic operation to a
 * function, and here they are. What they do is what was meant, and before it another CPU may go on.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ledger/scheduler.h"

/* The compiler's own declarations: not in any header. */
void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

static inline void access_memory(void)
{
	if (__builtin_expect(--scheduler_accesses == 0, 0))
		scheduler_access();
}

static inline void atomic_point(int lock)
{
	if (lock)
		scheduler_point();
	else
		access_memory();
}

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

void __tsan_read_range(void *address, size_t size)
{
	(void)address;
	(void)size;
	access_memory();
}

void __tsan_write_range(void *address, size_t size)
{
	__tsan_read_range(address, size);
}

void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size)
{
	return memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size)
{
	return memset(to, byte, size);
}

#define ACCESS(name)                                                                               \
	void name(void *address);                                                                  \
	void name(void *address)                                                                   \
	{                                                                                          \
		(void)address;                                                                     \
		access_memory();                                                                   \
	}

#define ACCESSES(size)                                                                             \
	ACCESS(__tsan_read##size)                                                                  \
	ACCESS(__tsan_write##size)                                                                 \
	ACCESS(__tsan_read_write##size)                                                            \
	ACCESS(__tsan_unaligned_read##size)                                                        \
	ACCESS(__tsan_unaligned_write##size)                                                       \
	ACCESS(__tsan_unaligned_read_write##size)                                                  \
	ACCESS(__tsan_volatile_read##size)                                                         \
	ACCESS(__tsan_volatile_write##size)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

/* An atomic operation that reads, changes and writes: where a lock is asked for. */
#define FETCH(bits, operation, lock)                                                               \
	uint##bits##_t __tsan_atomic##bits##_fetch_##operation(volatile uint##bits##_t *at,        \
							       uint##bits##_t value, int order);   \
	uint##bits##_t __tsan_atomic##bits##_fetch_##operation(volatile uint##bits##_t *at,        \
							       uint##bits##_t value, int order)    \
	{                                                                                          \
		(void)order;                                                                       \
		atomic_point(lock);                                                                \
		return __atomic_fetch_##operation(at, value, __ATOMIC_SEQ_CST);                    \
	}

#define ATOMICS(bits, lock)                                                                        \
	FETCH(bits, add, lock)                                                                     \
	FETCH(bits, sub, lock)                                                                     \
	FETCH(bits, and, lock)                                                                     \
	FETCH(bits, or, lock)                                                                      \
	FETCH(bits, xor, lock)                                                                     \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order);   \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order)    \
	{                                                                                          \
		(void)order;                                                                       \
		access_memory();                                                                   \
		return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                      \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value,        \
					 int order);                                               \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value,        \
					 int order)                                                \
	{                                                                                          \
		(void)order;                                                                       \
		atomic_point(lock);                                                                \
		__atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                     \
		scheduler_stored((const void *)(uintptr_t)at);                                     \
	}                                                                                          \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *at,                 \
						      uint##bits##_t value, int order);            \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *at,                 \
						      uint##bits##_t value, int order)             \
	{                                                                                          \
		(void)order;                                                                       \
		atomic_point(lock);                                                                \
		return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                           \
	}                                                                                          \
	int __tsan_atomic##bits##_compare_exchange_strong(                                         \
	    volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t value,           \
	    int order, int failed_order);                                                          \
	int __tsan_atomic##bits##_compare_exchange_strong(                                         \
	    volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t value,           \
	    int order, int failed_order)                                                           \
	{                                                                                          \
		(void)order;                                                                       \
		(void)failed_order;                                                                \
		atomic_point(lock);                                                                \
		return __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_SEQ_CST,       \
						   __ATOMIC_SEQ_CST);                              \
	}                                                                                          \
	/* clang's form of the same */                                                             \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                 \
	    volatile uint##bits##_t *at, uint##bits##_t expected, uint##bits##_t value, int order, \
	    int failed_order);                                                                     \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                 \
	    volatile uint##bits##_t *at, uint##bits##_t expected, uint##bits##_t value, int order, \
	    int failed_order)                                                                      \
	{                                                                                          \
		(void)__tsan_atomic##bits##_compare_exchange_strong(at, &expected, value, order,   \
								    failed_order);                 \
		return expected;                                                                   \
	}

/* Locks are words; what is stored in 64 bits is descriptors, by the hundred. */
ATOMICS(8, 0)
ATOMICS(16, 0)
ATOMICS(32, 1)
ATOMICS(64, 0)
