# SPDX-License-Identifier: Apache-2.0
# The call path of the EL3 test firmware (firmware/calls.c, rules.c, spmc*.c) compiled for the build machine: for
# test_rules, test_spmc*, and for rules_player, with which tests/system/test_personality.py runs compiled scripts.
FIRMWARE_UNIT_SOURCES := calls.c rules.c $(notdir $(sort $(wildcard firmware/spmc*.c)))
FIRMWARE_UNIT_OBJECTS := $(FIRMWARE_UNIT_SOURCES:%.c=$(UNIT_OUT)/firmware/%.o) $(UNIT_OUT)/firmware/border.o
# sysreg.h is the firmware's only header with instructions; the other one of that name stands in for it.
FIRMWARE_UNIT_CFLAGS := -Ifirmware -Itests/unit/firmware -include tests/unit/firmware/sysreg.h

unit: $(UNIT_OUT)/rules_player

$(UNIT_OUT)/firmware/%.o: firmware/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $(FIRMWARE_UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_OUT)/firmware/%.o: tests/unit/firmware/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_CFLAGS) $(FIRMWARE_UNIT_CFLAGS) -MMD -MP -c -o $@ $<

FIRMWARE_UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_rules.c tests/unit/test_spmc*.c))
$(FIRMWARE_UNIT_TESTS:%=$(UNIT_OUT)/support/%.o): UNIT_TEST_CFLAGS += $(FIRMWARE_UNIT_CFLAGS)
$(FIRMWARE_UNIT_TESTS:%=$(UNIT_OUT)/%): $(FIRMWARE_UNIT_OBJECTS)
$(patsubst %,$(UNIT_OUT)/%,$(filter test_spmc%,$(FIRMWARE_UNIT_TESTS))): $(UNIT_OUT)/firmware/spmc_bench.o

$(UNIT_OUT)/rules_player: $(UNIT_OUT)/firmware/player.o $(FIRMWARE_UNIT_OBJECTS) \
		$(UNIT_OUT)/core/log/format.o
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(UNIT_SANITIZE) -pthread -o $@ $^

-include $(FIRMWARE_UNIT_OBJECTS:.o=.d) $(UNIT_OUT)/firmware/player.d $(UNIT_OUT)/firmware/spmc_bench.d
