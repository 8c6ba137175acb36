# SPDX-License-Identifier: Apache-2.0
# Small programs that run as host at EL1: $(O)/payloads/NAME.bin, arm64 Images that run anywhere.
# payloads/NAME.c, or payloads/NAME/*.c and *.S, together with payloads/runtime/.
PAYLOADS := attacker donor ffa idle neighbour probe restart smccall spmc
PAYLOAD_OUT := $(O)/payloads

PAYLOAD_TARGET := -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics
ifneq ($(findstring clang,$(CC)),)
PAYLOAD_TARGET += --target=aarch64-linux-gnu
endif
PAYLOAD_COMMON := $(PAYLOAD_TARGET) -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fpie \
	-fvisibility=hidden -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-delete-null-pointer-checks \
	-ffunction-sections -MMD -MP
PAYLOAD_CFLAGS := $(PAYLOAD_COMMON) $(WARNINGS) -Ipayloads/runtime -Ihypervisor \
	-isystem hypervisor/libfdt -isystem $(LIBFDT)
PAYLOAD_ASFLAGS := $(filter --target=%,$(PAYLOAD_TARGET)) -march=armv8-a -g -Ipayloads/runtime -MMD -MP

PAYLOAD_RUNTIME := $(patsubst %,$(PAYLOAD_OUT)/%.o,$(sort $(wildcard payloads/runtime/*.[cS]))) \
	$(PAYLOAD_OUT)/hypervisor/core/log/format.c.o $(PAYLOAD_OUT)/hypervisor/arm64/string.c.o \
	$(patsubst %,$(PAYLOAD_OUT)/libfdt/%.o,fdt fdt_ro fdt_addresses)
payload_objects = $(patsubst %,$(PAYLOAD_OUT)/%.o,$(sort $(wildcard payloads/$(1).c payloads/$(1)/*.[cS])))
PAYLOAD_OBJECTS := $(PAYLOAD_RUNTIME) $(foreach name,$(PAYLOADS),$(call payload_objects,$(name)))

.PHONY: payloads
all: payloads
payloads: $(PAYLOADS:%=$(PAYLOAD_OUT)/%.bin)

$(PAYLOAD_OUT)/%.bin: $(PAYLOAD_OUT)/%.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

define PAYLOAD_LINK
$(PAYLOAD_OUT)/$(1).elf: $(PAYLOAD_RUNTIME) $(call payload_objects,$(1)) payloads/payload.ld
	$$(call say,LD,$$@)
	$(Q)$$(LD) -pie --no-dynamic-linker --gc-sections -z text -z max-page-size=4096 \
		-z noexecstack --no-warn-rwx-segments --no-undefined \
		-Bsymbolic --hash-style=sysv -T payloads/payload.ld -o $$@ $$(filter %.o,$$^)
endef
$(foreach name,$(PAYLOADS),$(eval $(call PAYLOAD_LINK,$(name))))

# The compiler must not turn the loops of memcpy() into calls of memcpy().
$(PAYLOAD_OUT)/hypervisor/arm64/string.c.o: PAYLOAD_CFLAGS += \
	$(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

$(PAYLOAD_OUT)/libfdt/%.o: $(LIBFDT)/%.c payloads/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(PAYLOAD_COMMON) -w -isystem hypervisor/libfdt -I$(LIBFDT) -c -o $@ $<

$(PAYLOAD_OUT)/%.c.o: %.c payloads/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(PAYLOAD_CFLAGS) -c -o $@ $<

$(PAYLOAD_OUT)/%.S.o: %.S payloads/build.mk
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) $(PAYLOAD_ASFLAGS) -c -o $@ $<

-include $(PAYLOAD_OBJECTS:.o=.d)
