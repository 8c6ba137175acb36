/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first and only process of a scenario's host: says what a user there can see, and powers off.
 *
 * Freestanding (no C library), so that a cell needs no package for arm64 and boots in the time that
 * the kernel alone takes. Each line starts with "user: "; the first one is what the bench waits
 * for.
 */
#include <stddef.h>
#include <stdint.h>

/* include/uapi/asm-generic/unistd.h */
#define SYS_MKDIRAT   34
#define SYS_MOUNT     40
#define SYS_FACCESSAT 48
#define SYS_OPENAT    56
#define SYS_CLOSE     57
#define SYS_READ      63
#define SYS_WRITE     64
#define SYS_SYNC      81
#define SYS_REBOOT    142

#define AT_FDCWD         (-100)
#define REBOOT_MAGIC1    0xfee1dead
#define REBOOT_MAGIC2    672274793
#define REBOOT_POWER_OFF 0x4321fedc

static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

static void say(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	call(SYS_WRITE, 1, (long)text, (long)length, 0, 0);
}

/* The text of a small file, up to its first zero or line end; "none" if there is no such file. */
static void say_file(const char *label, const char *path)
{
	char text[129];
	long length = 0;
	long file = call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0);

	if (file >= 0) {
		length = call(SYS_READ, file, (long)text, sizeof(text) - 1, 0, 0);
		call(SYS_CLOSE, file, 0, 0, 0, 0);
	}
	text[length > 0 ? length : 0] = '\0';
	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '\n')
			text[i] = '\0';
	}
	say(label);
	say(length > 0 ? text : "none");
	say("\n");
}

static void mount(const char *type, const char *place)
{
	call(SYS_MKDIRAT, AT_FDCWD, (long)place, 0755, 0, 0);
	call(SYS_MOUNT, (long)type, (long)place, (long)type, 0, 0);
}

__attribute__((noreturn)) void _start(void);

void _start(void)
{
	mount("proc", "/proc");
	mount("sysfs", "/sys");
	mount("devtmpfs", "/dev");
	say("user: PORTCULLIS-USERSPACE\n");
	say_file("user: cpus online: ", "/sys/devices/system/cpu/online");
	say_file("user: hypervisor: ", "/proc/device-tree/hypervisor/compatible");
	say("user: /dev/kvm: ");
	say(call(SYS_FACCESSAT, AT_FDCWD, (long)"/dev/kvm", 0, 0, 0) == 0 ? "present\n" : "none\n");
	say("user: end\n");
	call(SYS_SYNC, 0, 0, 0, 0, 0);
	call(SYS_REBOOT, (long)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0);
	for (;;)
		call(SYS_SYNC, 0, 0, 0, 0, 0);
}
