# SPDX-License-Identifier: Apache-2.0
# The bench: a TCG plugin for QEMU (9.1 or later), the program that proves what it counts, and one that
# makes a peer work.
BENCH_PLUGIN := $(O)/bench/entries.so
BENCH_SELFTEST := $(O)/bench/selftest.elf
BENCH_GUESTS := $(O)/bench/guests

all: $(BENCH_PLUGIN) $(BENCH_SELFTEST) $(BENCH_GUESTS)

BENCH_PLUGIN_SOURCES := bench/entries.c bench/profile.c

$(BENCH_PLUGIN): $(BENCH_PLUGIN_SOURCES) bench/plugin.h bench/profile.h bench/build.mk
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -O2 -g $(WARNINGS) -fPIC -fvisibility=hidden -shared -o $@ $(BENCH_PLUGIN_SOURCES)

$(BENCH_SELFTEST): bench/selftest.S bench/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(findstring clang,$(CC)),--target=aarch64-linux-gnu) -nostdlib -static \
		-Wl,--build-id=none,-Ttext=0x40200000,-e,_start -o $@ $<

# A program for the peer's user space, which KVM serves.
$(BENCH_GUESTS): bench/guests.c command/scenarios/system_call.h bench/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(if $(findstring clang,$(CC)),--target=aarch64-linux-gnu) -std=gnu11 -O2 -g $(WARNINGS) \
		-Icommand/scenarios -ffreestanding -fno-stack-protector -mno-outline-atomics -nostdlib -static \
		-fno-pie -Wl,--build-id=none -o $@ $<
