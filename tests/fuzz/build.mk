# SPDX-License-Identifier: Apache-2.0
# Fuzzers: the core's own sources, and the firmware's reader of rules, with libFuzzer; the fake machine and
# firmware of the unit tests below them. Not part of `all`, since only clang has the fuzzer: `make fuzz`, or
# one of them by its path; command/fuzz.py runs them. `make fuzz-replay` builds the same without the fuzzer,
# with gcc's counters of lines.
FUZZ_OUT := $(O)/tests/fuzz
FUZZ_REPLAY := $(FUZZ_OUT)/replay
FUZZ_CC ?= clang-19
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(FUZZ_NAMES:%=$(FUZZ_OUT)/%)
FUZZ_SUPPORT := tests/fuzz/reading.c tests/fuzz/script.c tests/unit/host.c tests/unit/fake/firmware.c \
	tests/unit/fake/machine.c tests/unit/extents.c tests/unit/gic_device.c tests/unit/plan_check.c \
	tests/unit/walker.c
FUZZ_FIRMWARE := firmware/calls.c firmware/rules.c $(sort $(wildcard firmware/spmc*.c)) \
	tests/unit/firmware/border.c
FUZZ_SANITIZE := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_COMMON := -std=gnu11 -g $(WARNINGS) -Ihypervisor -isystem $(LIBFDT) -Itests -Itests/unit -Itests/fuzz
FUZZ_CFLAGS := -O1 $(FUZZ_COMMON) $(FUZZ_SANITIZE)
FUZZ_REPLAY_CFLAGS := -O0 $(FUZZ_COMMON) --coverage

FUZZ_SOURCES := $(CORE_SOURCES) $(FUZZ_SUPPORT) tests/model/ffa_descriptor.c $(FUZZ_FIRMWARE)
FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(FUZZ_OUT)/%.o) $(UNIT_LIBFDT:%.c=$(FUZZ_OUT)/libfdt/%.o)
FUZZ_REPLAY_OBJECTS := $(FUZZ_SOURCES:%.c=$(FUZZ_REPLAY)/%.o) $(FUZZ_REPLAY)/tests/fuzz/replay.o \
	$(UNIT_LIBFDT:%.c=$(FUZZ_REPLAY)/libfdt/%.o)

.PHONY: fuzz fuzz-replay
fuzz: $(FUZZ_PROGRAMS)
fuzz-replay: $(FUZZ_NAMES:%=$(FUZZ_REPLAY)/%)

# as in tests/unit/firmware/build.mk
FUZZ_BORDER := -Ifirmware -Itests/unit/firmware -include tests/unit/firmware/sysreg.h
$(foreach out,$(FUZZ_OUT) $(FUZZ_REPLAY),$(FUZZ_FIRMWARE:%.c=$(out)/%.o) $(out)/tests/fuzz/fuzz_rules.o): \
	FUZZ_COMMON_ALSO := $(FUZZ_BORDER)

$(FUZZ_REPLAY)/libfdt/%.o: $(LIBFDT)/%.c
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 -O1 -g -w -I$(LIBFDT) -MMD -MP -c -o $@ $<

$(FUZZ_REPLAY)/%.o: %.c
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(FUZZ_REPLAY_CFLAGS) $(FUZZ_COMMON_ALSO) -MMD -MP -c -o $@ $<

$(FUZZ_REPLAY)/fuzz_%: $(FUZZ_REPLAY)/tests/fuzz/fuzz_%.o $(FUZZ_REPLAY_OBJECTS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) --coverage -pthread -o $@ $^ -lcmocka

$(FUZZ_OUT)/libfdt/%.o: $(LIBFDT)/%.c
	$(call say,FUZZCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -std=gnu11 -O1 -g -w $(FUZZ_SANITIZE) -I$(LIBFDT) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/%.o: %.c
	$(call say,FUZZCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_COMMON_ALSO) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/fuzz_%: $(FUZZ_OUT)/tests/fuzz/fuzz_%.o $(FUZZ_OBJECTS)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_SANITIZE) -pthread -o $@ $^ -lcmocka

.SECONDARY: $(FUZZ_OBJECTS) $(FUZZ_REPLAY_OBJECTS) \
	$(foreach out,$(FUZZ_OUT) $(FUZZ_REPLAY),$(FUZZ_NAMES:%=$(out)/tests/fuzz/%.o))

-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_REPLAY_OBJECTS:.o=.d) \
	$(foreach out,$(FUZZ_OUT) $(FUZZ_REPLAY),$(FUZZ_NAMES:%=$(out)/tests/fuzz/%.d))
