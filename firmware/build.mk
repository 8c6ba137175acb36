# SPDX-License-Identifier: Apache-2.0
# The EL3 test firmware: $(O)/firmware/firmware.{elf,bin}. Libfdt comes from Debian's source package and
# is built with flags of its own: it is not ours to clean of -Wconversion warnings.
FIRMWARE_OUT := $(O)/firmware
FIRMWARE_SOURCES := $(sort $(wildcard firmware/*.c)) hypervisor/core/log/format.c
FIRMWARE_ASSEMBLY := $(sort $(wildcard firmware/*.S))
FIRMWARE_FDT := fdt.c fdt_ro.c fdt_rw.c fdt_wip.c fdt_addresses.c

FIRMWARE_TARGET := -march=armv8-a -mno-outline-atomics -mgeneral-regs-only -mstrict-align
ifneq ($(findstring clang,$(CC)),)
FIRMWARE_TARGET += --target=aarch64-linux-gnu
endif
FIRMWARE_COMMON := $(FIRMWARE_TARGET) -std=gnu11 -Os -g -ffreestanding -fno-builtin -fno-pic -fno-pie \
	-fno-common -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections \
	-fdata-sections -fno-strict-aliasing -isystem firmware/include -MMD -MP
FIRMWARE_CFLAGS := $(FIRMWARE_COMMON) $(WARNINGS) -Ifirmware -Ihypervisor -isystem $(LIBFDT)

FIRMWARE_OBJECTS := $(FIRMWARE_SOURCES:%.c=$(FIRMWARE_OUT)/%.o) \
	$(FIRMWARE_ASSEMBLY:%.S=$(FIRMWARE_OUT)/%.o) \
	$(FIRMWARE_FDT:%.c=$(FIRMWARE_OUT)/libfdt/%.o)

all: $(FIRMWARE_OUT)/firmware.bin

$(FIRMWARE_OUT)/firmware.bin: $(FIRMWARE_OUT)/firmware.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

$(FIRMWARE_OUT)/firmware.elf: $(FIRMWARE_OBJECTS) firmware/firmware.ld
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib --gc-sections --no-undefined -z max-page-size=4096 \
		-T firmware/firmware.ld -o $@ $(FIRMWARE_OBJECTS)

$(FIRMWARE_OUT)/libfdt/%.o: $(LIBFDT)/%.c firmware/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(FIRMWARE_COMMON) -I$(LIBFDT) -w -c -o $@ $<

$(FIRMWARE_OUT)/%.o: %.c firmware/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(FIRMWARE_CFLAGS) -c -o $@ $<

$(FIRMWARE_OUT)/%.o: %.S firmware/build.mk
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) $(FIRMWARE_CFLAGS) -D__ASSEMBLY__ -c -o $@ $<

-include $(FIRMWARE_OBJECTS:.o=.d)
