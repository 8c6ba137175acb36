# SPDX-License-Identifier: Apache-2.0
# Fuzzers: the core's own sources with libFuzzer, the fake machine and firmware of the unit tests below
# them. Not part of `all`, since only clang has the fuzzer: `make fuzz`; tests/check/fuzz runs them.
FUZZ_OUT := $(O)/tests/fuzz
FUZZ_CC ?= clang-19
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(FUZZ_OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SUPPORT := tests/unit/host.c tests/unit/fake/firmware.c tests/unit/fake/machine.c
FUZZ_SANITIZE := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(FUZZ_SANITIZE) -Ihypervisor -isystem $(LIBFDT) -Itests/unit

FUZZ_OBJECTS := $(CORE_SOURCES:%.c=$(FUZZ_OUT)/%.o) $(FUZZ_SUPPORT:%.c=$(FUZZ_OUT)/%.o) \
	$(UNIT_LIBFDT:%.c=$(FUZZ_OUT)/libfdt/%.o)

.PHONY: fuzz
fuzz: $(FUZZ_PROGRAMS)

$(FUZZ_OUT)/libfdt/%.o: $(LIBFDT)/%.c
	$(call say,FUZZCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -std=gnu11 -O1 -g -w $(FUZZ_SANITIZE) -I$(LIBFDT) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/%.o: %.c
	$(call say,FUZZCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/fuzz_%: $(FUZZ_OUT)/tests/fuzz/fuzz_%.o $(FUZZ_OBJECTS)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_SANITIZE) -pthread -o $@ $^

.SECONDARY: $(FUZZ_PROGRAMS:$(FUZZ_OUT)/%=$(FUZZ_OUT)/tests/fuzz/%.o)

-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_PROGRAMS:$(FUZZ_OUT)/%=$(FUZZ_OUT)/tests/fuzz/%.d)
