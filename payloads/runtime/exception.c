// SPDX-License-Identifier: Apache-2.0
#include "exception.h"

#include <stddef.h>

#include "cpu.h"
#include "layout.h"
#include "payload.h"

struct frame {
	uint64_t x[31];
	uint64_t elr, spsr, sp;
};

_Static_assert(sizeof(struct frame) == FRAME_SIZE, "layout.h");
_Static_assert(offsetof(struct frame, elr) == FRAME_ELR, "layout.h");
_Static_assert(offsetof(struct frame, spsr) == FRAME_SPSR, "layout.h");

#define SPSR_EL1H_MASKED 0x3c5U
#define VECTOR_FROM_EL0  8U

extern char image_header[], image_end[];

void exception_take(struct frame *frame, unsigned vector);
uint64_t user_enter(uint64_t pc, uint64_t spsr, uint64_t x0);
void user_return(void);

void exception_take(struct frame *frame, unsigned vector)
{
	struct cpu *cpu = cpu_self();
	struct exception *e = &cpu->exception;

	e->esr = vector % 4U == 0U ? sysreg_read(esr_el1) : 0U;
	e->far = sysreg_read(far_el1);
	e->elr = frame->elr;
	e->vector = vector;
	e->count++;
	if (!e->expected || (vector != 0U && vector != 4U && vector % 4U != 0U)) {
		say("not ok: unexpected exception on cpu%u: vector %u, ESR 0x%llx, FAR 0x%llx, "
		    "ELR 0x%llx, x30 0x%llx",
		    cpu->index, vector, (unsigned long long)e->esr, (unsigned long long)e->far,
		    (unsigned long long)e->elr, (unsigned long long)frame->x[30]);
		power_off();
	}
	if (vector >= VECTOR_FROM_EL0) {
		frame->elr = (uint64_t)(uintptr_t)user_return;
		frame->spsr = SPSR_EL1H_MASKED;
	} else if (exception_class(e) == EC_IABT_SAME ||
		   frame->elr - (uint64_t)(uintptr_t)image_header >=
		       (uint64_t)(image_end - image_header)) {
		/* It branched there with BLR, to no code of ours: go on behind that. */
		frame->elr = frame->x[30];
	} else {
		frame->elr += 4U;
	}
}

void exception_expect(void)
{
	struct exception *e = &cpu_self()->exception;

	e->count = 0;
	e->expected = true;
	__asm__ volatile("" ::: "memory");
}

unsigned exception_end(struct exception *last)
{
	struct exception *e = &cpu_self()->exception;

	__asm__ volatile("isb" ::: "memory");
	e->expected = false;
	if (last != NULL)
		*last = *e;
	return e->count;
}

#define TRY(instruction, ...)                                                                      \
	do {                                                                                       \
		exception_expect();                                                                \
		__asm__ volatile(instruction __VA_ARGS__);                                         \
		return exception_end(NULL) == 0U;                                                  \
	} while (0)

bool try_read8(uint64_t address, uint8_t *value)
{
	uint32_t got = 0;

	exception_expect();
	__asm__ volatile("ldrb %w0, [%1]" : "+&r"(got) : "r"(address) : "memory");
	*value = (uint8_t)got;
	return exception_end(NULL) == 0U;
}

bool try_read32(uint64_t address, uint32_t *value)
{
	uint32_t got = 0;

	exception_expect();
	__asm__ volatile("ldr %w0, [%1]" : "+&r"(got) : "r"(address) : "memory");
	*value = got;
	return exception_end(NULL) == 0U;
}

bool try_read64(uint64_t address, uint64_t *value)
{
	uint64_t got = 0;

	exception_expect();
	__asm__ volatile("ldr %0, [%1]" : "+&r"(got) : "r"(address) : "memory");
	*value = got;
	return exception_end(NULL) == 0U;
}

bool try_write8(uint64_t address, uint8_t value)
{
	TRY("strb %w0, [%1]", ::"r"(value), "r"(address) : "memory");
}

bool try_write64(uint64_t address, uint64_t value)
{
	TRY("str %0, [%1]", ::"r"(value), "r"(address) : "memory");
}

bool try_execute(uint64_t address)
{
	TRY("blr %0", ::"r"(address) : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",
	    "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x30", "cc", "memory");
}

uint64_t user_run(uint64_t pc, uint64_t spsr, uint64_t x0, struct exception *taken)
{
	exception_expect();
	x0 = user_enter(pc, spsr, x0);
	(void)exception_end(taken);
	return x0;
}
