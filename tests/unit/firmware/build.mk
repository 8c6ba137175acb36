# SPDX-License-Identifier: Apache-2.0
# The call path of the EL3 test firmware (firmware/calls.c, rules.c) compiled for the build machine: for
# test_rules, and for rules_player, with which tests/system/test_personality.py runs compiled scripts.
FIRMWARE_UNIT_OBJECTS := $(UNIT_OUT)/firmware/calls.o $(UNIT_OUT)/firmware/rules.o \
	$(UNIT_OUT)/firmware/border.o
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

$(UNIT_OUT)/support/test_rules.o: UNIT_TEST_CFLAGS += $(FIRMWARE_UNIT_CFLAGS)
$(UNIT_OUT)/test_rules: $(FIRMWARE_UNIT_OBJECTS)

$(UNIT_OUT)/rules_player: $(UNIT_OUT)/firmware/player.o $(FIRMWARE_UNIT_OBJECTS) \
		$(UNIT_OUT)/core/log/format.o
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(UNIT_SANITIZE) -pthread -o $@ $^

-include $(FIRMWARE_UNIT_OBJECTS:.o=.d) $(UNIT_OUT)/firmware/player.d
