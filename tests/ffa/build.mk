# SPDX-License-Identifier: Apache-2.0
# The FF-A mediator beside its specification, over the ledger: what tests/ledger/build.mk builds, and firmware.
FFA_CORE := $(wildcard hypervisor/core/ffa/*.c)
FFA_DRIVER := $(wildcard tests/ffa/*.c)
FFA_SHARED := $(addprefix tests/ledger/,check.c drive.c instrumentation.c process.c scheduler.c shrink.c \
	universe.c action.c) tests/unit/extents.c tests/unit/walker.c tests/unit/fake/machine.c

FFA_CORE_OBJECTS := $(filter-out $(LEDGER_CORE_OBJECTS),$(FFA_CORE:%.c=$(LEDGER_OUT)/%.o))
FFA_DRIVER_OBJECTS := $(FFA_DRIVER:%.c=$(LEDGER_OUT)/%.o)
FFA_OBJECTS := $(FFA_CORE_OBJECTS) $(FFA_DRIVER_OBJECTS)

all: ffa-driver
.PHONY: ffa-driver
ffa-driver: $(LEDGER_OUT)/ffa

$(FFA_CORE_OBJECTS): LEDGER_USE := $(LEDGER_CORE_CFLAGS)
$(FFA_DRIVER_OBJECTS): LEDGER_USE := $(LEDGER_CFLAGS)

$(FFA_OBJECTS): $(LEDGER_OUT)/%.o: %.c $(LEDGER_STAMP) tests/ledger/build.mk tests/ffa/build.mk
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(LEDGER_USE) -MMD -MP -c -o $@ $<

$(LEDGER_OUT)/ffa: $(FFA_OBJECTS) $(LEDGER_CORE_OBJECTS) $(LEDGER_MODEL_OBJECTS) \
		$(FFA_SHARED:%.c=$(LEDGER_OUT)/%.o)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(LEDGER_FLAGS) -pthread -o $@ $^ -lcmocka

# For tests/ffa/run: which branches of the core a run takes.
.PHONY: ffa-coverage
ffa-coverage:
	$(Q)$(MAKE) --no-print-directory LEDGER_OUT=$(O)/tests/ledger-coverage \
		LEDGER_FLAGS='-O0 -g --coverage -fprofile-update=atomic -Wl,-u,__gcov_dump' ffa-driver

-include $(FFA_OBJECTS:.o=.d)
