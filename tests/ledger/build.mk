# SPDX-License-Identifier: Apache-2.0
# The ledger beside its specification: tests/model alone, and the driver that compares it with the core.
LEDGER_OUT := $(O)/tests/ledger
LEDGER_CORE := $(filter hypervisor/core/ledger/% hypervisor/core/stage2/% hypervisor/core/log/% \
	hypervisor/core/host/memory.c,$(CORE_SOURCES))
LEDGER_MODEL := $(wildcard tests/model/*.c)
LEDGER_DRIVER := $(wildcard tests/ledger/*.c) tests/unit/extents.c tests/unit/walker.c \
	tests/unit/watch.c tests/unit/fake/machine.c

LEDGER_FLAGS ?= -O2 -g
LEDGER_CFLAGS := -std=gnu11 $(LEDGER_FLAGS) $(WARNINGS) -Ihypervisor -Itests -Itests/unit
# The core tells of each access and atomic operation; tests/ledger/instrumentation.c is who listens.
LEDGER_CORE_CFLAGS := -std=gnu11 $(LEDGER_FLAGS) $(WARNINGS) -fsanitize=thread -Ihypervisor
# No include path at all: the specification shares nothing with what it specifies.
LEDGER_MODEL_CFLAGS := -std=c11 -pedantic $(LEDGER_FLAGS) $(WARNINGS)

LEDGER_CORE_OBJECTS := $(LEDGER_CORE:%.c=$(LEDGER_OUT)/%.o)
LEDGER_MODEL_OBJECTS := $(LEDGER_MODEL:%.c=$(LEDGER_OUT)/%.o)
LEDGER_DRIVER_OBJECTS := $(LEDGER_DRIVER:%.c=$(LEDGER_OUT)/%.o)
LEDGER_OBJECTS := $(LEDGER_CORE_OBJECTS) $(LEDGER_MODEL_OBJECTS) $(LEDGER_DRIVER_OBJECTS)

all: ledger
.PHONY: ledger
ledger: $(LEDGER_OUT)/ledger

# Which compiler and flags made the objects: a change (--coverage, clang) makes them anew.
LEDGER_STAMP := $(LEDGER_OUT)/compiler
ifneq ($(HOSTCC) $(LEDGER_FLAGS),$(shell cat $(LEDGER_STAMP) 2>/dev/null))
.PHONY: $(LEDGER_STAMP)
endif
$(LEDGER_STAMP):
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(HOSTCC) $(LEDGER_FLAGS)' >$@

$(LEDGER_CORE_OBJECTS): LEDGER_USE := $(LEDGER_CORE_CFLAGS)
$(LEDGER_MODEL_OBJECTS): LEDGER_USE := $(LEDGER_MODEL_CFLAGS)
$(LEDGER_DRIVER_OBJECTS): LEDGER_USE := $(LEDGER_CFLAGS)

$(LEDGER_OBJECTS): $(LEDGER_OUT)/%.o: %.c $(LEDGER_STAMP) tests/ledger/build.mk
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(LEDGER_USE) -MMD -MP -c -o $@ $<

$(LEDGER_OUT)/ledger: $(LEDGER_OBJECTS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(LEDGER_FLAGS) -pthread -o $@ $^ -lcmocka

# For tests/ledger/run: which branches of the core a run takes.
.PHONY: ledger-coverage
ledger-coverage:
	$(Q)$(MAKE) --no-print-directory LEDGER_OUT=$(O)/tests/ledger-coverage \
		LEDGER_FLAGS='-O0 -g --coverage -fprofile-update=atomic -Wl,-u,__gcov_dump' ledger

# The same on real threads: with the other unit programs, and under ThreadSanitizer by tests/check/threads.
LEDGER_UNIT_OBJECTS := $(patsubst %,$(UNIT_OUT)/ledger/%.o,universe action check draw) \
	$(LEDGER_MODEL:tests/%.c=$(UNIT_OUT)/%.o)

$(UNIT_OUT)/support/test_ledger_race.o: UNIT_TEST_CFLAGS += -Itests
$(UNIT_OUT)/test_ledger_race: $(LEDGER_UNIT_OBJECTS)

$(UNIT_OUT)/support/test_ffa_model.o: UNIT_TEST_CFLAGS += -Itests
$(UNIT_OUT)/test_ffa_model: $(LEDGER_MODEL:tests/%.c=$(UNIT_OUT)/%.o)

$(UNIT_OUT)/ledger/%.o: tests/ledger/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_TEST_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(UNIT_OUT)/model/%.o: tests/model/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -pedantic -O1 -g $(WARNINGS) $(UNIT_SANITIZE) -MMD -MP -c -o $@ $<

-include $(LEDGER_UNIT_OBJECTS:.o=.d)

-include $(LEDGER_OBJECTS:.o=.d)
