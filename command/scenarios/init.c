/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first and only process of a scenario's host: says what a user there can see, and powers off.
 *
 * Freestanding (no C library), so that a cell needs no package for arm64 and boots in the time that
 * the kernel alone takes. Each line starts with "user: "; the first one is what the bench waits
 * for.
 */
#include <stddef.h>

#include "system_call.h"

/* include/uapi/linux/reboot.h */
#define REBOOT_MAGIC1    0xfee1dead
#define REBOOT_MAGIC2    672274793
#define REBOOT_POWER_OFF 0x4321fedc

/* include/uapi/asm-generic/ioctls.h; with an argument other than 0 it waits for output, as
 * tcdrain(3) */
#define TCSBRK 0x5409

static void say(const char *text)
{
	write_text(1, text);
}

/* The text of a small file, up to its first zero or line end; "none" if there is no such file. */
static void say_file(const char *label, const char *path)
{
	char text[129];
	long length = 0;
	long file = system_call(SYS_OPENAT, AT_FDCWD, (long)path, 0, 0, 0, 0);

	if (file >= 0) {
		length = system_call(SYS_READ, file, (long)text, sizeof(text) - 1, 0, 0, 0);
		system_call(SYS_CLOSE, file, 0, 0, 0, 0, 0);
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
	system_call(SYS_MKDIRAT, AT_FDCWD, (long)place, 0755, 0, 0, 0);
	system_call(SYS_MOUNT, (long)type, (long)place, (long)type, 0, 0, 0);
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
	say(system_call(SYS_FACCESSAT, AT_FDCWD, (long)"/dev/kvm", 0, 0, 0, 0) == 0 ? "present\n"
										    : "none\n");
	say("user: end\n");
	/* What the terminal still holds would be lost with the power. */
	system_call(SYS_IOCTL, 1, TCSBRK, 1, 0, 0, 0);
	system_call(SYS_SYNC, 0, 0, 0, 0, 0, 0);
	system_call(SYS_REBOOT, (long)REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF, 0, 0, 0);
	for (;;)
		system_call(SYS_SYNC, 0, 0, 0, 0, 0, 0);
}
