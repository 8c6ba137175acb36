# SPDX-License-Identifier: Apache-2.0
# Programs for the user space of a Linux host. (The modules are built against its kernel's headers, by
# command/exercise.py.)
LINUX_EXERCISE := $(O)/linux/exercise

all: $(LINUX_EXERCISE)

$(LINUX_EXERCISE): linux/exercise.c command/scenarios/system_call.h linux/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(findstring clang,$(CC)),--target=aarch64-linux-gnu) -std=gnu11 -O2 -g $(WARNINGS) \
		-Icommand/scenarios -ffreestanding -fno-stack-protector -mno-outline-atomics -nostdlib -static \
		-fno-pie -Wl,--build-id=none -o $@ $<
