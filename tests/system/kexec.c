/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kexec KERNEL INITRD: start another kernel in place of this one, with the tree and the command
 * line that this one has. For the tests: Debian's kexec-tools wants libraries that the initramfs
 * has not.
 *
 * Freestanding, as command/scenarios/init.c. The image goes to BASE, the initrd and the tree behind
 * it; a few instructions hand the tree over, which kexec_load(2) leaves to user space.
 */
#include <stddef.h>
#include <stdint.h>

#include "system_call.h"

/* include/uapi/linux/kexec.h, linux/reboot.h */
#define SEEK_SET        0
#define SEEK_END        2
#define PROT_READ_WRITE 3
#define MAP_PRIVATE     2
#define MAP_ANONYMOUS   0x20
#define KEXEC_ARM64     (183UL << 16)
#define REBOOT_MAGIC1   0xfee1dead
#define REBOOT_MAGIC2   672274793
#define REBOOT_KEXEC    0x45584543

#define BASE      0x58000000UL /* in the middle of 1 GiB from 0x40000000 on; a multiple of 2 MiB */
#define ROOM      0x04000000UL /* for each part */
#define PAGE      4096UL
#define FDT_MAGIC 0xd00dfeedU

struct segment {
	const void *buffer;
	size_t size;
	uint64_t memory;
	size_t memory_size;
};

/* x0 = tree, x1..x3 = 0, to the kernel. */
struct handover {
	uint32_t code[6];
	uint64_t tree, kernel;
};

static __attribute__((noreturn)) void fail(const char *text)
{
	write_text(2, text);
	for (;;)
		system_call(SYS_EXIT_GROUP, 1, 0, 0, 0, 0, 0);
}

/* The whole file in memory of our own. */
static unsigned char *load(const char *path, size_t *size)
{
	long file = system_call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0, 0);
	long length = system_call(SYS_LSEEK, file, 0, SEEK_END, 0, 0, 0), done = 0, got;
	unsigned char *memory;

	if (file < 0 || length <= 0)
		fail("kexec: a file cannot be read\n");
	system_call(SYS_LSEEK, file, 0, SEEK_SET, 0, 0, 0);
	memory = (unsigned char *)system_call(SYS_MMAP, 0, length, PROT_READ_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (; done < length; done += got) {
		got = system_call(SYS_READ, file, (long)(memory + done), length - done, 0, 0, 0);
		if (got <= 0)
			fail("kexec: a file ends early\n");
	}
	*size = (size_t)length;
	return memory;
}

static uint32_t get(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Change a property of 8 bytes that the tree has. */
static void set_property(unsigned char *tree, const char *name, uint64_t value)
{
	const char *strings = (const char *)tree + get(tree + 12);
	unsigned char *at = tree + get(tree + 8), *end = at + get(tree + 36);

	while (at < end) {
		uint32_t token = get(at);

		at += 4;
		if (token == 1) { /* a node begins */
			while (*at != '\0')
				at++;
			at = (unsigned char *)(((uintptr_t)at + 4U) & ~(uintptr_t)3);
		} else if (token == 3) {
			uint32_t length = get(at);

			if (length == 8U && same(strings + get(at + 4), name)) {
				for (unsigned i = 0; i < 8U; i++)
					at[8U + i] = (unsigned char)(value >> (56U - 8U * i));
				return;
			}
			at += 8U + ((length + 3U) & ~3U);
		}
	}
	fail("kexec: the tree lacks a property\n");
}

static struct segment part(const void *buffer, size_t size, uint64_t memory)
{
	if (size > ROOM)
		fail("kexec: a part is too large\n");
	return (struct segment){buffer, size, memory, (size + PAGE - 1U) & ~(PAGE - 1U)};
}

__attribute__((noreturn, used)) void start(long *stack);

void start(long *stack)
{
	char **arguments = (char **)(stack + 1);
	const uint64_t kernel = BASE, initrd = BASE + ROOM, tree = initrd + ROOM,
		       code = tree + 0x200000U;
	static struct handover handover = {
	    /* ldr x0, tree; mov x1..x3, xzr; ldr x4, kernel; br x4 */
	    .code = {0x580000c0U, 0xaa1f03e1U, 0xaa1f03e2U, 0xaa1f03e3U, 0x58000084U, 0xd61f0080U},
	};
	struct segment segments[4];
	unsigned char *content;
	size_t size, initrd_size;

	if (stack[0] != 3)
		fail("usage: kexec KERNEL INITRD\n");
	content = load(arguments[1], &size);
	segments[0] = part(content, size, kernel);
	/* its .bss, too: the image says how much it takes */
	segments[0].memory_size =
	    (*(const uint64_t *)(const void *)(content + 16) + PAGE - 1U) & ~(PAGE - 1U);
	content = load(arguments[2], &initrd_size);
	segments[1] = part(content, initrd_size, initrd);
	content = load("/sys/firmware/fdt", &size);
	if (get(content) != FDT_MAGIC)
		fail("kexec: no tree\n");
	set_property(content, "linux,initrd-start", initrd);
	set_property(content, "linux,initrd-end", initrd + initrd_size);
	segments[2] = part(content, size, tree);
	handover.tree = tree;
	handover.kernel = kernel;
	segments[3] = part(&handover, sizeof(handover), code);
	if (system_call(SYS_KEXEC_LOAD, (long)code, 4, (long)segments, (long)KEXEC_ARM64, 0, 0) !=
	    0)
		fail("kexec: kexec_load is refused\n");
	system_call(SYS_REBOOT, (long)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_KEXEC, 0, 0, 0);
	fail("kexec: reboot came back\n");
}

/* The stack pointer leads to the number of arguments and to them. */
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tb start");
