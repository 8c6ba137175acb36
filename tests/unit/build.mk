# SPDX-License-Identifier: Apache-2.0
# Off-target tests: the core's own sources (hypervisor/core/sources.mk) compiled for the build
# machine with sanitizers, a fake machine below them, one program per test_*.c. `make unit`.
ifndef CORE_SOURCES
include hypervisor/core/sources.mk
endif

UNIT_OUT := $(O)/tests/unit
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(UNIT_OUT)/%,$(wildcard tests/unit/test_*.c))
UNIT_SUPPORT := $(filter-out tests/unit/test_%.c,$(wildcard tests/unit/*.c)) \
	$(wildcard tests/unit/fake/*.c)

UNIT_LIBFDT := fdt.c fdt_ro.c fdt_addresses.c fdt_check.c fdt_rw.c fdt_sw.c fdt_wip.c

UNIT_CORE_OBJECTS := $(CORE_SOURCES:hypervisor/core/%.c=$(UNIT_OUT)/core/%.o)
UNIT_LIBFDT_OBJECTS := $(UNIT_LIBFDT:%.c=$(UNIT_OUT)/libfdt/%.o)
UNIT_SUPPORT_OBJECTS := $(UNIT_SUPPORT:tests/unit/%.c=$(UNIT_OUT)/support/%.o)

UNIT_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(UNIT_SANITIZE) -Ihypervisor -isystem $(LIBFDT)
UNIT_TEST_CFLAGS := $(UNIT_CFLAGS) -Itests/unit
UNIT_CORE_CFLAGS := $(UNIT_CFLAGS) -include tests/unit/fake/locks.h

all: unit
.PHONY: unit
unit: $(UNIT_PROGRAMS)

# Which compiler and flags made the objects: a change (--coverage, clang) makes them anew.
UNIT_STAMP := $(UNIT_OUT)/compiler
UNIT_COMPILER := $(HOSTCC) $(UNIT_TEST_CFLAGS) $(UNIT_CORE_CFLAGS)
ifneq ($(UNIT_COMPILER),$(shell cat $(UNIT_STAMP) 2>/dev/null))
.PHONY: $(UNIT_STAMP)
endif
$(UNIT_STAMP):
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(UNIT_COMPILER)' >$@

$(UNIT_OUT)/core/%.o: hypervisor/core/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CORE_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_OUT)/libfdt/%.o: $(LIBFDT)/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 -O1 -g -w $(UNIT_SANITIZE) -I$(LIBFDT) -MMD -MP -c -o $@ $<

$(UNIT_OUT)/support/%.o: tests/unit/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_OUT)/%: $(UNIT_OUT)/support/%.o $(UNIT_SUPPORT_OBJECTS) $(UNIT_CORE_OBJECTS) \
		$(UNIT_LIBFDT_OBJECTS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(UNIT_SANITIZE) -pthread -o $@ $^ -lcmocka

include tests/unit/firmware/build.mk tests/unit/trees/build.mk

.SECONDARY: $(UNIT_PROGRAMS:$(UNIT_OUT)/%=$(UNIT_OUT)/support/%.o)

-include $(UNIT_CORE_OBJECTS:.o=.d) $(UNIT_SUPPORT_OBJECTS:.o=.d) $(UNIT_LIBFDT_OBJECTS:.o=.d) \
	$(UNIT_PROGRAMS:$(UNIT_OUT)/%=$(UNIT_OUT)/support/%.d)
