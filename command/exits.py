# SPDX-License-Identifier: Apache-2.0
"""How often and why each CPU left the host: hypervisor/core/host/exits.h, read from outside; and which of them
are in firmware for a call of FF-A (struct ffa_flight), and who waits for the buffers towards it (ffa_gate).

`read` and `layout` as in command/ledger.py.
"""
from __future__ import annotations

from collections.abc import Callable

from command import personality

PSCI = ("VERSION", "CPU_SUSPEND", "CPU_OFF", "CPU_ON", "AFFINITY_INFO", "MIGRATE", "MIGRATE_INFO_TYPE",
        "MIGRATE_INFO_UP_CPU", "SYSTEM_OFF", "SYSTEM_RESET", "FEATURES", "CPU_FREEZE",
        "CPU_DEFAULT_SUSPEND", "NODE_HW_STATE", "SYSTEM_SUSPEND", "SET_SUSPEND_MODE", "STAT_RESIDENCY",
        "STAT_COUNT", "SYSTEM_RESET2", "MEM_PROTECT", "MEM_PROTECT_CHECK_RANGE", "SYSTEM_OFF2")
CALLS = {0x80000000: "SMCCC_VERSION", 0x80000001: "SMCCC_ARCH_FEATURES", 0x80000002: "SMCCC_ARCH_SOC_ID",
         0xc0000002: "SMCCC_ARCH_SOC_ID", 0x80008000: "SMCCC_ARCH_WORKAROUND_1",
         0x80007fff: "SMCCC_ARCH_WORKAROUND_2", 0x80003fff: "SMCCC_ARCH_WORKAROUND_3",
         0x84000050: "TRNG_VERSION", 0x84000051: "TRNG_FEATURES", 0x84000052: "TRNG_GET_UUID",
         0x84000053: "TRNG_RND32", 0xc4000053: "TRNG_RND64", 0x86000000: "VENDOR_HYP_PRESENCE",
         0x8600ff00: "VENDOR_HYP_CALL_COUNT", 0x8600ff01: "VENDOR_HYP_UID", 0x8600ff03: "VENDOR_HYP_REVISION",
         0x86000020: "MEM_VERSION", 0xc6000021: "MEM_DONATE", 0xc6000022: "MEM_SHARE",
         0xc6000023: "MEM_UNSHARE", 0xc6000024: "MEM_RETURN"}
FFA_FIRST = 0x84000060      # of host_exits.ffa
_FFA = {number & ~0x40000000: name for name, numbers in personality.NAMES.items() if name.startswith("FFA_")
        and not name.endswith(("_32", "_64")) for number in numbers}


def ffa(fid: int) -> str:
    """FFA_RUN 0x8400006d: the 32-bit identifier stands for both forms."""
    return f"{_FFA.get(fid & ~0x40000000, 'FFA call')} {fid:#010x}"


def _psci(number: int) -> str:
    return "PSCI " + (PSCI[number] if number < len(PSCI) else f"{number:#x}")


def one(data: bytes, layout) -> dict:
    """The counters of one CPU, from the bytes of its struct host_exits."""
    def numbers(name: str, width: int) -> list[int]:
        offset, size = layout.field("host_exits", name)
        return [int.from_bytes(data[at:at + width], "little") for at in range(offset, offset + size, width)]
    calls: dict[str, int] = {}
    for number, count in enumerate(numbers("psci", 8)):
        if count:
            calls[_psci(number)] = count
    for number, count in enumerate(numbers("ffa", 8)):
        if count:
            calls[ffa(FFA_FIRST + number)] = count
    for fid, count in zip(numbers("fid", 4), numbers("call", 8)):
        if count:
            calls[f"{CALLS.get(fid, 'call')} {fid:#010x}"] = count
    if rest := numbers("calls_other", 8)[0]:
        calls["calls that have no counter of their own"] = rest
    return {"calls": calls, "hvc": numbers("hvc", 8)[0], "aborts": numbers("abort", 8)[0],
            "traps": numbers("trap", 8)[0]}


def collect(read: Callable[[int, int], bytes], layout, table_size: int) -> dict[int, dict]:
    """By CPU: calls by function, how many of them by HVC, aborts, traps."""
    raw = read(layout.address("host_exits_table"), table_size)
    found = {}
    for cpu in range(table_size // 8):
        at = int.from_bytes(raw[8 * cpu:8 * cpu + 8], "little")
        if at:
            found[cpu] = one(read(at, layout.size("host_exits")), layout)
    return found


def firmware(read: Callable[[int, int], bytes], layout) -> dict:
    """Calls into firmware for FF-A: those that have not come back, by CPU; the gate to its buffers; and how
    often it broke the rules of a call."""
    at = layout.address("hypervisor") + layout.field("hypervisor", "ffa")[0]

    def number(data: bytes, name: str, path: str) -> int:
        offset, size = layout.field(name, path)
        return int.from_bytes(data[offset:offset + size], "little")
    data = read(at, layout.size("ffa"))
    frequency = number(read(layout.address("log_ring"), layout.size("log_ring")), "log_ring", "frequency")
    offset, size = layout.field("ffa", "flight")
    each = layout.size("ffa_flight")
    inside = {}
    for cpu in range(size // each):
        record = data[offset + cpu * each:offset + (cpu + 1) * each]
        if since := number(record, "ffa_flight", "since"):
            inside[cpu] = {"call": ffa(number(record, "ffa_flight", "fid")),
                           "w1": number(record, "ffa_flight", "w1"), "since": round(since / frequency, 6)}
    gate = {name: number(data, "ffa", f"gate.{name}") for name in ("taken", "waited", "refused")}
    return {"inside": inside, "gate": gate, "strange": number(data, "ffa", "strange")}


def firmware_lines(found: dict) -> list[str]:
    """Of that, what there is to say: nothing where FF-A is not used."""
    lines = [f"cpu{cpu} is in firmware for {one['call']} (w1 {one['w1']:#010x}), since {one['since']:.3f} s of "
             "the machine's clock" for cpu, one in found["inside"].items()]
    gate = found["gate"]
    if gate["taken"] or gate["refused"]:
        lines.append(f"FF-A buffers towards firmware: taken {gate['taken']} times, {gate['waited']} of them after "
                     f"another CPU, {gate['refused']} calls sent away")
    if found["strange"]:
        lines.append(f"answers of firmware that broke the rules of FF-A: {found['strange']}")
    return lines


def rows(cpus: dict[int, dict]) -> list[tuple[str, list[int]]]:
    """Of a table with a column for each CPU: calls by function, the most frequent first, then the rest."""
    names = {name for one in cpus.values() for name in one["calls"]}
    table = [(name, [one["calls"].get(name, 0) for one in cpus.values()]) for name in names]
    table.sort(key=lambda row: (-sum(row[1]), row[0]))
    table.append(("all calls", [sum(one["calls"].values()) for one in cpus.values()]))
    table.append(("of them by HVC", [one["hvc"] for one in cpus.values()]))
    table.append(("aborts", [one["aborts"] for one in cpus.values()]))
    table.append(("traps", [one["traps"] for one in cpus.values()]))
    return table
