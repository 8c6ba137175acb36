# SPDX-License-Identifier: Apache-2.0
# Builds everything under $(O). `./portcullis build` calls this; by hand: make [V=1] [O=dir] [CC=clang].
O ?= build
CROSS_COMPILE ?= aarch64-linux-gnu-
HOSTCC ?= cc
LIBFDT ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/portcullis/sources/device-tree-compiler/libfdt

# CC=clang-19 builds the target code with clang instead of the cross gcc.
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
LD := $(CROSS_COMPILE)ld
OBJCOPY := $(CROSS_COMPILE)objcopy

WARNINGS := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wpointer-arith -Wwrite-strings -Werror

ifeq ($(V),1)
Q :=
say =
else
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
endif

.PHONY: all clean
.DELETE_ON_ERROR:
.SUFFIXES:
all:

include $(wildcard hypervisor/build.mk firmware/build.mk payloads/build.mk)
-include $(wildcard tests/unit/build.mk tests/ledger/build.mk tests/ffa/build.mk tests/fuzz/build.mk bench/build.mk \
	linux/build.mk)

clean:
	rm -rf $(O)
