# SPDX-License-Identifier: Apache-2.0
# The EL2 image: core + arm64 + drivers + libfdt. VARIANT names a test build beside the normal one
# (see hypervisor/arm64/breaker.c, audit.c): make VARIANT=breaker, VARIANT=checked, VARIANT=e2h.
include hypervisor/core/sources.mk

VARIANT ?=
HV_NAME := hypervisor$(if $(VARIANT),-$(VARIANT))
HV_OUT := $(O)/$(HV_NAME)

HV_SOURCES := $(CORE_SOURCES) \
	hypervisor/arm64/console.c \
	hypervisor/arm64/counters.c \
	hypervisor/arm64/cpu.c \
	hypervisor/arm64/crash.c \
	hypervisor/arm64/entropy.c \
	hypervisor/arm64/machine.c \
	hypervisor/arm64/main.c \
	hypervisor/arm64/mmu.c \
	hypervisor/arm64/report.c \
	hypervisor/arm64/selfcheck.c \
	hypervisor/arm64/string.c \
	hypervisor/arm64/tlb.c \
	hypervisor/arm64/trap.c \
	hypervisor/drivers/ns16550.c \
	hypervisor/drivers/pl011.c
HV_ASSEMBLY := \
	hypervisor/arm64/head.S \
	hypervisor/arm64/smc.S \
	hypervisor/arm64/vectors.S
HV_LIBFDT := fdt.c fdt_ro.c fdt_addresses.c fdt_check.c fdt_rw.c fdt_sw.c fdt_wip.c

HV_DEFINES :=
HV_WRAPPED :=
ifeq ($(VARIANT),e2h)
HV_DEFINES += -DTRY_E2H
endif
ifeq ($(VARIANT),breaker)
HV_SOURCES += $(sort $(wildcard hypervisor/arm64/breaker*.c))
HV_ASSEMBLY += hypervisor/arm64/breaker_smash.S
HV_DEFINES += -DBREAKER
# Functions in front of which the guards of guards.def stand.
HV_WRAPPED += cpu_initialise enter_host host_memory_set machine_stage2_invalidate
HV_WRAPPED += machine_firmware_ask psci_cpu_arrived
HV_WRAPPED += ledger_apply host_memory_call smccc_route host_ffa_call
HV_WRAPPED += gic_pin gic_unpin gic_its_access gic_redistributor_access
# breaker_tlb.c
HV_WRAPPED += handle_other host_fault_decide
endif
HV_WATCH :=
ifeq ($(VARIANT),checked)
HV_SOURCES += hypervisor/arm64/audit.c
HV_DEFINES += -DCHECKED
HV_WATCH := -include hypervisor/arm64/audit_lock.h
HV_WRAPPED += machine_firmware_ask machine_firmware_call machine_firmware_message
endif

# The canary lives in struct cpu (TPIDR_EL2 + 16), so each CPU has its own; clang can only place it
# in a global, which serves to check the code with a second compiler.
HV_IS_CLANG := $(findstring clang,$(notdir $(firstword $(CC))))
ifeq ($(HV_IS_CLANG),)
HV_GUARD := -mstack-protector-guard=sysreg -mstack-protector-guard-reg=tpidr_el2 \
	-mstack-protector-guard-offset=16
HV_TARGET :=
else
HV_GUARD := -mstack-protector-guard=global
HV_TARGET := --target=aarch64-linux-gnu
endif

HV_MACHINE := $(HV_TARGET) -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-mbranch-protection=standard -ffreestanding -fpie -fvisibility=hidden -fno-common \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-fstack-protector-strong $(HV_GUARD) -ftrivial-auto-var-init=zero \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -O2 -g \
	-ffile-prefix-map=$(CURDIR)/=
HV_CFLAGS := -std=gnu11 $(WARNINGS) -Wframe-larger-than=1536 $(HV_MACHINE) $(HV_DEFINES) \
	-Ihypervisor -isystem hypervisor/libfdt -isystem $(LIBFDT) $(HV_WATCH)
# libfdt runs only with the MMU on, where unaligned loads are allowed, and it reads its header's words
# byte by byte unless the compiler may join them: a third of all that reading the tree costs.
HV_LIBFDT_CFLAGS := -std=gnu11 -w $(filter-out -mstrict-align,$(HV_MACHINE)) -O3 --param max-inline-insns-auto=200 \
	-isystem hypervisor/libfdt -I$(LIBFDT)

HV_OBJECTS := $(HV_SOURCES:hypervisor/%.c=$(HV_OUT)/%.o) \
	$(HV_ASSEMBLY:hypervisor/%.S=$(HV_OUT)/%.S.o) \
	$(HV_LIBFDT:%.c=$(HV_OUT)/libfdt/%.o)

all: hypervisor
.PHONY: hypervisor
hypervisor: $(HV_OUT)/portcullis.img

$(HV_OUT)/portcullis.img: $(HV_OUT)/portcullis.elf
	$(call say,IMAGE,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

$(HV_OUT)/portcullis.elf: $(HV_OBJECTS) hypervisor/arm64/image.lds
	$(call say,LINK,$@)
	$(Q)$(LD) -pie --no-dynamic-linker -z text -z max-page-size=4096 -z noexecstack \
		--no-undefined --fatal-warnings --build-id=sha1 -Bsymbolic --hash-style=sysv \
		-Map=$(HV_OUT)/portcullis.map -T hypervisor/arm64/image.lds \
		$(HV_WRAPPED:%=--wrap=%) -o $@ $(HV_OBJECTS)
	$(Q)if $(CROSS_COMPILE)readelf -rW $@ | grep -E 'R_AARCH64_' | grep -qv R_AARCH64_RELATIV; then \
		echo "$@: a relocation that head.S does not know" >&2; rm -f $@; exit 1; fi

# The compiler must not turn the loops of memcpy() into calls of memcpy().
$(HV_OUT)/arm64/string.o: HV_CFLAGS += $(if $(HV_IS_CLANG),-fno-builtin,-fno-tree-loop-distribute-patterns)

$(HV_OUT)/%.o: hypervisor/%.c hypervisor/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_OUT)/%.S.o: hypervisor/%.S hypervisor/build.mk
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HV_TARGET) -march=armv8-a -g -Ihypervisor $(HV_DEFINES) \
		-ffile-prefix-map=$(CURDIR)/= -MMD -MP -c -o $@ $<

$(HV_OUT)/libfdt/%.o: $(LIBFDT)/%.c hypervisor/build.mk
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HV_LIBFDT_CFLAGS) -MMD -MP -c -o $@ $<

-include $(HV_OBJECTS:.o=.d)
