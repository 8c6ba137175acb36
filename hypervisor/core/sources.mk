# SPDX-License-Identifier: Apache-2.0
# The portable core: the same files go into the EL2 image and into the off-target tests.
CORE_SOURCES := \
	hypervisor/core/boot/chosen.c \
	hypervisor/core/boot/console.c \
	hypervisor/core/boot/cpu.c \
	hypervisor/core/boot/device.c \
	hypervisor/core/boot/map.c \
	hypervisor/core/boot/memory.c \
	hypervisor/core/boot/place.c \
	hypervisor/core/boot/plan.c \
	hypervisor/core/boot/report.c \
	hypervisor/core/boot/tree.c \
	hypervisor/core/boot/walk.c \
	hypervisor/core/cpu/errata.c \
	hypervisor/core/gic/command.c \
	hypervisor/core/gic/gic.c \
	hypervisor/core/gic/its.c \
	hypervisor/core/gic/redistributor.c \
	hypervisor/core/host/exits.c \
	hypervisor/core/host/fault.c \
	hypervisor/core/host/ffa.c \
	hypervisor/core/host/memory.c \
	hypervisor/core/host/register.c \
	hypervisor/core/ledger/block.c \
	hypervisor/core/ledger/inspection.c \
	hypervisor/core/ledger/ledger.c \
	hypervisor/core/ledger/operation.c \
	hypervisor/core/stage2/host.c \
	hypervisor/core/stage2/stage2.c \
	hypervisor/core/log/format.c \
	hypervisor/core/log/limit.c \
	hypervisor/core/log/log.c \
	hypervisor/core/ffa/buffer.c \
	hypervisor/core/ffa/context.c \
	hypervisor/core/ffa/descriptor.c \
	hypervisor/core/ffa/discovery.c \
	hypervisor/core/ffa/dispatch.c \
	hypervisor/core/ffa/firmware.c \
	hypervisor/core/ffa/offer.c \
	hypervisor/core/ffa/partition.c \
	hypervisor/core/ffa/version.c \
	hypervisor/core/psci/psci.c \
	hypervisor/core/smccc/firmware.c \
	hypervisor/core/smccc/negotiation.c \
	hypervisor/core/smccc/policy.c \
	hypervisor/core/smccc/route.c \
	hypervisor/core/trace/trace.c
