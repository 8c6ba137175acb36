# SPDX-License-Identifier: Apache-2.0
"""Names of function identifiers, and what their answers mean in words."""
from __future__ import annotations

from command import exits, personality

# enum ledger_rule (hypervisor/core/ledger/ledger.h)
LEDGER_RULES = ("NONE", "RANGE", "RAM", "OWNER", "STATE", "BORROWER", "PINNED", "PINS", "SETS", "TABLES")
MEMORY_STATUS = {0: "SUCCESS", -1: "NOT_SUPPORTED", -2: "INVALID_PARAMETERS", -3: "DENIED", -4: "NO_MEMORY"}
_MEMORY = range(0x20, 0x25)     # HOST_MEMORY_FIRST_NUMBER and following
_FFA_ERROR = 0x84000060
# Whose x0 is a number and no status, though it may look like one.
_NUMBERS = {0x84000000, 0x80000000, 0x84000050, 0x84000052, 0x8600ff01, 0x8600ff03, 0x8600ff00, 0x86000000,
            0x86000020}


def _names() -> dict[int, str]:
    found = dict(exits.CALLS)
    for name, numbers in personality.NAMES.items():
        for number in numbers:
            if not name.endswith(("_32", "_64")) or number not in found:
                found[number] = name
    return found


NAMES = _names()


def identifier(x0: int) -> int:
    """w0 without the hint bit, as the call is decoded."""
    return x0 & 0xffffffff & ~0x10000


def name(x0: int) -> str:
    """PSCI_CPU_ON; the identifier itself where it has no name."""
    fid = identifier(x0)
    return NAMES.get(fid, f"{fid:#010x}")


def _int32(value: int) -> int:
    value &= 0xffffffff
    return value - (1 << 32) if value >> 31 else value


def words(x0: int, answer: list[int]) -> str:
    """What an answer says: SUCCESS, 1.1, DENIED (OWNER) …; '' where it is just a number."""
    fid, status = identifier(x0), _int32(answer[0])
    family, number = fid >> 24 & 0x3f, fid & 0xffff
    if answer[0] == (1 << 64) - 1:
        return "NOT_SUPPORTED"
    if fid in (0x84000000, 0x80000000, 0x84000050, 0x84000063, 0x86000020) and status > 0:
        return f"{status >> 16}.{status & 0xffff}"
    if fid in _NUMBERS:
        return ""
    if family == 6 and number in _MEMORY:
        rule = answer[1] if status < 0 and answer[1] < len(LEDGER_RULES) else 0
        return MEMORY_STATUS.get(status, "") + (f" ({LEDGER_RULES[rule]})" if rule else "")
    if family == 4 and number >= 0x60:
        if answer[0] & 0xffffffff == _FFA_ERROR:
            code = _int32(answer[2])
            codes = {value: text for text, value in personality.CODES["FFA_ERROR"].items()}
            return f"FFA_ERROR {codes.get(code, code)}"
        return NAMES.get(status & 0xffffffff, "") if status >> 8 == _int32(_FFA_ERROR) >> 8 else \
            "NOT_SUPPORTED" if status == -1 else ""
    codes = {value: text for text, value in
             personality.CODES["PSCI" if family == 4 and number < 0x20 else "SMCCC"].items()}
    if family == 4 and number >= 0x50:
        codes = {0: "SUCCESS", -1: "NOT_SUPPORTED", -2: "INVALID_PARAMETERS", -3: "NO_ENTROPY"}
    return codes.get(status, "") if status <= 0 else ""
