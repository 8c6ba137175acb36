// SPDX-License-Identifier: Apache-2.0
/*
 * A program of Linux: makes one virtual machine after the other with KVM, each of one CPU and one
 * page, lets it run until it stores to an address that nobody has, and takes it away again. Under a
 * kernel whose KVM is protected that makes the kernel share memory with what runs at EL2, donate
 * some to it, and get all of it back; the bench counts what that costs.
 *
 * Arguments: a name for each machine, to be told when it has run.
 *
 * KVM's numbers are those of Documentation/virt/kvm/api.rst.
 */
#include <stddef.h>
#include <stdint.h>

#include "system_call.h"

#define O_RDWR         2L
#define O_CLOEXEC      02000000L
#define PROT_RW        3L
#define MAP_SHARED     1L
#define MAP_NEW        0x22L /* private, anonymous */
#define KVM_CREATE_VM  0xae01L
#define KVM_MMAP_SIZE  0xae04L
#define KVM_CREATE_CPU 0xae41L
#define KVM_MEMORY     0x4020ae46L
#define KVM_RUN        0xae80L
#define KVM_CPU_INIT   0x4020aeaeL
#define KVM_CPU_TARGET 0x8020aeafL

#define KVM_EXIT_MMIO 6U
#define PAGE          4096L

/* struct kvm_userspace_memory_region */
struct memory {
	uint32_t slot, flags;
	uint64_t guest_address, size, address;
};

/* struct kvm_vcpu_init */
struct target {
	uint32_t target, features[7];
};

/* The beginning of struct kvm_run. */
struct state {
	uint8_t requests[8];
	uint32_t exit_reason;
};

static void say(const char *text)
{
	write_text(1, text);
}

static _Noreturn void leave(long status)
{
	for (;;)
		(void)system_call(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

/* What a system call returned, which ends the program when it is an error. */
static long sure(long result, const char *what)
{
	if (result >= 0)
		return result;
	say("guests: failed: ");
	say(what);
	say("\n");
	leave(1);
}

static long ioctl(long file, long request, const void *argument)
{
	return system_call(SYS_IOCTL, file, request, (long)argument, 0, 0, 0);
}

static long map(long size, long flags, long file)
{
	return sure(system_call(SYS_MMAP, 0, size, PROT_RW, flags, file, 0), "mmap");
}

static void run_guest(long kvm, const char *name)
{
	long vm = sure(ioctl(kvm, KVM_CREATE_VM, NULL), "KVM_CREATE_VM");
	long size = sure(ioctl(kvm, KVM_MMAP_SIZE, NULL), "KVM_GET_VCPU_MMAP_SIZE");
	long page = map(PAGE, MAP_NEW, -1);
	uint32_t *code = (uint32_t *)page;
	struct memory memory = {.size = PAGE, .address = (uint64_t)page};
	struct target target = {0};

	code[0] = 0xd2a20001; /* mov x1, #0x10000000 */
	code[1] = 0xb9000020; /* str w0, [x1] */
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code)
			 : "memory");
	(void)sure(ioctl(vm, KVM_MEMORY, &memory), "KVM_SET_USER_MEMORY_REGION");
	long cpu = sure(ioctl(vm, KVM_CREATE_CPU, NULL), "KVM_CREATE_VCPU");
	(void)sure(ioctl(vm, KVM_CPU_TARGET, &target), "KVM_ARM_PREFERRED_TARGET");
	(void)sure(ioctl(cpu, KVM_CPU_INIT, &target), "KVM_ARM_VCPU_INIT");
	long shared = map(size, MAP_SHARED, cpu);
	const struct state *state = (const struct state *)shared;

	(void)sure(ioctl(cpu, KVM_RUN, NULL), "KVM_RUN");
	say("guests: ");
	say(name);
	say(state->exit_reason == KVM_EXIT_MMIO ? " ran\n" : " ended otherwise\n");
	(void)system_call(SYS_MUNMAP, shared, size, 0, 0, 0, 0);
	(void)system_call(SYS_CLOSE, cpu, 0, 0, 0, 0, 0);
	(void)system_call(SYS_CLOSE, vm, 0, 0, 0, 0, 0);
	(void)system_call(SYS_MUNMAP, page, PAGE, 0, 0, 0, 0);
}

/* `stack`: as the kernel leaves it, the number of arguments and then their addresses. */
__attribute__((used)) static _Noreturn void start(const long *stack)
{
	char *const *arguments = (char *const *)(stack + 1);
	long kvm =
	    sure(system_call(SYS_OPENAT, AT_FDCWD, (long)"/dev/kvm", O_RDWR | O_CLOEXEC, 0, 0, 0),
		 "/dev/kvm");

	for (long i = 1; i < stack[0]; i++)
		run_guest(kvm, arguments[i]);
	say("guests: done\n");
	leave(0);
}

__asm__(".global _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	mov	x29, xzr\n"
	"	bl	start\n");
