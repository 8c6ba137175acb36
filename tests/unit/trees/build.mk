# SPDX-License-Identifier: Apache-2.0
# tree_planner: the planner of core/boot over any tree, for tests/system/test_trees.py.
unit: $(UNIT_OUT)/tree_planner

$(UNIT_OUT)/trees/%.o: tests/unit/trees/%.c $(UNIT_STAMP)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(UNIT_TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_OUT)/tree_planner: $(UNIT_OUT)/trees/planner.o $(UNIT_OUT)/support/plan_check.o \
		$(UNIT_OUT)/support/fake/machine.o $(UNIT_OUT)/support/fake/locks.o \
		$(UNIT_CORE_OBJECTS) $(UNIT_LIBFDT_OBJECTS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(UNIT_SANITIZE) -pthread -o $@ $^

-include $(UNIT_OUT)/trees/planner.d

# The corpus of tests/trees: plan and refusal are written in each source.
UNIT_TREES := $(patsubst tests/trees/%.dts,$(UNIT_OUT)/trees/%.dtb,$(wildcard tests/trees/*.dts))

$(UNIT_OUT)/trees/%.dtb: tests/trees/%.dts $(wildcard tests/trees/*.dtsi)
	$(call say,DTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)dtc -q -q -I dts -O dtb -i tests/trees -o $@ $<

$(UNIT_OUT)/test_boot_plan $(UNIT_OUT)/test_boot_plan_damage: | $(UNIT_TREES)
