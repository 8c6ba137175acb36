# SPDX-License-Identifier: Apache-2.0
# The bench: a TCG plugin for QEMU (9.1 or later), and the program that proves what it counts.
BENCH_PLUGIN := $(O)/bench/entries.so
BENCH_SELFTEST := $(O)/bench/selftest.elf

all: $(BENCH_PLUGIN) $(BENCH_SELFTEST)

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
