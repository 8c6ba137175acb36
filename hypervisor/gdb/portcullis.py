# SPDX-License-Identifier: Apache-2.0
"""
GDB commands for Portcullis under QEMU: hv-info, hv-cpus, hv-pt ADDR, hv-who PA, hv-log.

    gdb-multiarch -x hypervisor/gdb/portcullis.py -ex 'target remote localhost:1234'

Loads the symbols of the hypervisor (EL2) and of the test firmware (EL3) by itself. The commands work
whatever exception level the CPUs stopped at: they read physical memory, which QEMU's stub offers, and
system registers. The image is position independent; its address is taken from VBAR_EL2 once EL2 runs.
"""
import os
import struct
import sys

import gdb

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, ROOT)

from command import exits, ledger, tables  # noqa: E402

BUILD = os.environ.get("PORTCULLIS_BUILD") or os.path.join(ROOT, "build")
ELF = os.environ.get("PORTCULLIS_ELF") or os.path.join(BUILD, "hypervisor/portcullis.elf")
FIRMWARE = os.environ.get("PORTCULLIS_FIRMWARE_ELF") or os.path.join(BUILD, "firmware/firmware.elf")
DEFAULT_BASE = 0x40200000  # where QEMU's loader puts the image
LOG_MAGIC = b"PORTCULLIS-LOG1\0"


class Physical:
    """Within `with Physical():` gdb's memory accesses are physical, non-secure."""

    depth = 0

    def __enter__(self):
        if Physical.depth == 0:
            self._set(1)
        Physical.depth += 1

    def __exit__(self, *_):
        Physical.depth -= 1
        if Physical.depth == 0:
            self._set(0)

    @staticmethod
    def _set(on):
        answer = gdb.execute(f"maintenance packet Qqemu.PhyMemMode:{on}", to_string=True)
        if "OK" not in answer:
            raise gdb.GdbError("the target is no QEMU that can read physical memory: " + answer.strip())
        gdb.execute("maintenance flush dcache", to_string=True)


def register(name):
    """Value of a register of the selected CPU, None when the target does not show it."""
    try:
        return int(gdb.parse_and_eval("$" + name)) & (2**64 - 1)
    except (gdb.error, ValueError):
        return None


def level():
    """Exception level of the selected CPU."""
    return (register("cpsr") or 0) >> 2 & 3


def read(address, size):
    with Physical():
        return bytes(gdb.selected_inferior().read_memory(address, size))


def value(expression):
    """An expression of the hypervisor's symbols, read in full from physical memory."""
    with Physical():
        result = gdb.parse_and_eval(expression)
        result.fetch_lazy()
        return result


def has_symbol(name):
    return gdb.lookup_global_symbol(name) is not None or gdb.lookup_static_symbol(name) is not None


class Image:
    """The hypervisor's image in memory, and the symbols that were loaded for it."""

    def __init__(self):
        self.base = None
        self.offsets = {}
        self.build_id = None

    def read_elf(self):
        """Offsets of a few symbols and the build-id: the ELF file is linked at 0."""
        if not os.path.exists(ELF):
            raise gdb.GdbError(f"{ELF}: no such file; build it with ./portcullis build, "
                               "or name it in PORTCULLIS_ELF")
        with open(ELF, "rb") as file:
            data = file.read()
        shoff, = struct.unpack_from("<Q", data, 0x28)
        size, count, names = struct.unpack_from("<HHH", data, 0x3a)
        sections = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * size) for i in range(count)]

        def text(table, at):
            start = sections[table][4] + at
            return data[start:data.index(b"\0", start)].decode()

        for section in sections:
            kind, offset, length, link = section[1], section[4], section[5], section[6]
            if kind == 2:  # SHT_SYMTAB
                for at in range(offset, offset + length, 24):
                    name, _, _, _, where, _ = struct.unpack_from("<IBBHQQ", data, at)
                    if name:
                        self.offsets[text(link, name)] = where
            elif kind == 7 and text(names, section[0]) == ".note.gnu.build-id":
                self.build_id = data[offset + 16:offset + 36]

    def matches(self, base):
        """Does memory at `base` hold the image that the ELF file describes?"""
        note = self.offsets.get("build_id_note")
        try:
            return note is not None and read(base + note + 16, 20) == self.build_id
        except gdb.error:
            return False

    def candidates(self):
        names = ("vectors", "vectors_keyed", "vectors_traced")
        tables = [self.offsets[name] for name in names if name in self.offsets]
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            vbar = register("VBAR_EL2")
            for vectors in tables:
                if vbar and vbar >= vectors:
                    yield vbar - vectors
        yield DEFAULT_BASE

    def load(self, base):
        if base == self.base:
            return
        gdb.execute("set confirm off")
        gdb.execute("symbol-file", to_string=True)
        gdb.execute(f"add-symbol-file {ELF} -o {base:#x}", to_string=True)
        if os.path.exists(FIRMWARE):
            gdb.execute(f"add-symbol-file {FIRMWARE}", to_string=True)
        self.base = base

    def locate(self):
        """Find the image, load its symbols there, return its address."""
        if not gdb.selected_inferior().threads():
            raise gdb.GdbError("not attached: target remote localhost:1234")
        if not self.offsets:
            self.read_elf()
        selected = gdb.selected_thread()
        try:
            base = next((b for b in dict.fromkeys(self.candidates()) if self.matches(b)), None)
        finally:
            selected.switch()
        if base is None:
            raise gdb.GdbError(f"no image with the build-id of {ELF} is in memory: "
                               "was another one built since the machine started?")
        self.load(base)
        return base


image = Image()


def place(pc):
    """Function and line of a code address of EL2 or EL3, else nothing."""
    block = gdb.execute(f"info symbol {pc:#x}", to_string=True).strip()
    if block.startswith("No symbol"):
        return ""
    name = block.split(" in section")[0].replace(" ", "")
    line = gdb.find_pc_line(pc)
    return f"{name} at {line.symtab.filename}:{line.line}" if line.symtab else name


def started():
    """Has the boot CPU filled in its record? Before that .bss holds whatever memory held."""
    log = value("log_ring")
    return int(log["written"]) != 0 and int(value("cpu_count")) != 0


def hypervisor():
    """struct hypervisor of a machine that has started, None before."""
    if not started():
        return None
    pointer = value("cpu_table[0]->hypervisor")
    if int(pointer) == 0:
        return None
    with Physical():
        result = pointer.dereference()
        result.fetch_lazy()
        return result


def text_of(array):
    return bytes(int(c) & 0xff for c in array_values(array)).split(b"\0")[0].decode("ascii", "replace")


def array_values(array):
    low, high = array.type.range()
    return [array[i] for i in range(low, high + 1)]


class Command(gdb.Command):
    """Base: finds the image first, and keeps the selected CPU as it was."""

    name = ""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        base = image.locate()
        selected = gdb.selected_thread()
        try:
            self.run(base, gdb.string_to_argv(argument))
        finally:
            if selected is not None and selected.is_valid():
                selected.switch()

    def run(self, base, words):
        raise NotImplementedError


def say(text):
    gdb.write(text + "\n")


class Info(Command):
    """hv-info: where the hypervisor is, what it keeps, and what it found out about firmware."""

    name = "hv-info"

    def run(self, base, words):
        size = image.offsets["image_size"]
        say(f"image      {base:#x} .. {base + size:#x}, build-id {image.build_id.hex()}")
        say(f"symbols    {os.path.relpath(ELF)}")
        say(f"this CPU   EL{level()}, pc {register('pc'):#x} {place(register('pc'))}".rstrip())
        hv = hypervisor()
        if hv is None:
            say("state      the hypervisor has not started yet")
            return
        say(f"state      started, {int(value('cpu_count'))} CPUs known")
        hcr = register("HCR_EL2")
        if hcr is not None:
            say(f"HCR_EL2    {hcr:#018x} stage 2 {'on' if hcr & 1 else 'off'}, "
                f"SMC {'trapped' if hcr >> 19 & 1 else 'not trapped'}, E2H {hcr >> 34 & 1}")
        self.members(hv)

    @staticmethod
    def members(hv):
        """The planner's and the discoverer's plain numbers, under the names that the source uses."""
        for part in ("plan", "stage2", "firmware", "faults"):
            if part not in [f.name for f in hv.type.fields()]:
                continue
            numbers = []
            for field in hv[part].type.fields():
                member = hv[part][field.name]
                kind = member.type.strip_typedefs().code
                if kind == gdb.TYPE_CODE_INT:
                    numbers.append(f"{field.name}={int(member):#x}")
                elif kind in (gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_ENUM):
                    numbers.append(f"{field.name}={member}")
            say(f"{part:<10} " + " ".join(numbers))


class Cpus(Command):
    """hv-cpus: each CPU with its exception level, where it is, and the call that it handles."""

    name = "hv-cpus"

    def run(self, base, words):
        up = started()
        known = self.records() if up else {}
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            thread.switch()
            pc = register("pc")
            index, record = known.get(thread.num, (None, None))
            name = f"qemu{thread.num - 1}" if record is None else \
                f"cpu{index}".ljust(6) + f" mpidr {int(record['mpidr']):#012x}"
            say(f"{name} EL{level()} pc {pc:#018x} {place(pc)}".rstrip())
            if record is None:
                continue
            counted = exits.one(read(int(record["call"]["exits"].address), layout.size("host_exits")), layout)
            say(f"       stack ends at {int(record['stack']):#x}; exits: calls "
                f"{sum(counted['calls'].values())}, aborts {counted['aborts']}, traps {counted['traps']}; "
                f"of the calls by HVC {counted['hvc']}")
            if level() == 2 and int(record["handling"]):
                say(f"       handling a call of the host: {int(record['call']['fid']):#x}")
        if not up:
            say("the hypervisor has not started yet: no record of any CPU")

    @staticmethod
    def records():
        """{number of a thread: (index, struct cpu)}. A CPU that has been at EL2 points to its record;
        the others have those that are left, in the order in which QEMU and the tree name them. (QEMU
        shows MPIDR_EL1 to no debugger.)"""
        count = int(value("cpu_count"))
        areas = {int(value(f"cpu_table[{index}]")): index for index in range(count)}
        threads = sorted(gdb.selected_inferior().threads(), key=lambda t: t.num)
        found = {}
        for thread in threads:
            thread.switch()
            index = areas.get(register("TPIDR_EL2"))
            if index is not None and index not in found.values():
                found[thread.num] = index
        left = [index for index in range(count) if index not in found.values()]
        for thread in threads:
            if thread.num not in found and left:
                found[thread.num] = left.pop(0)
        return {number: (index, value(f"*cpu_table[{index}]")) for number, index in found.items()}


def attributes_stage2(entry):
    memory = entry >> 2 & 15
    kind = {0xf: "normal write-back", 0x5: "normal non-cacheable", 0: "device nGnRnE",
            1: "device nGnRE", 2: "device nGRE", 3: "device GRE"}.get(memory, f"MemAttr {memory:#x}")
    access = ("no access", "read", "write", "read write")[entry >> 6 & 3]
    execute = {0: "execute", 1: "execute at EL0 only", 2: "no execute",
               3: "execute at EL1 only"}[entry >> 53 & 3]
    return f"{access}, {execute}, {kind}" + ("" if entry >> 10 & 1 else ", access flag clear")


def attributes_stage1(entry):
    access = "read" if entry >> 7 & 1 else "read write"
    execute = "no execute" if entry >> 54 & 1 else "execute"
    return f"{access}, {execute}, attribute {entry >> 2 & 7}" + (", guarded" if entry >> 50 & 1 else "")


def walk(root, first, bits, address, describe):
    """Follow a 4 KiB granule table from level `first`; prints each entry on the way."""
    if address >> bits:
        say(f"  {address:#x} is beyond {bits} bits: fault, level {first}")
        return
    names = {12: "4 KiB page", 21: "2 MiB block", 30: "1 GiB block", 39: "512 GiB block"}
    for step in tables.walk(read, root, first, address):
        line = f"  level {step.level} [{step.index:#x}] at {step.where:#x}: {step.entry:#018x} "
        if step.kind == "invalid":
            say(line + "invalid: fault" + (f", software value {step.entry >> 1:#x}" if step.entry else ""))
        elif step.kind == "table":
            say(line + f"table at {step.target:#x}")
        elif step.kind == "reserved":
            say(line + "reserved: fault")
        else:
            say(line + f"{names[step.size.bit_length() - 1]}, {describe(step.entry)}")
            say(f"  {address:#x} -> {step.target | address & (step.size - 1):#x}")


class PageTables(Command):
    """hv-pt ADDR: how the host's stage 2 and the hypervisor's own stage 1 translate an address."""

    name = "hv-pt"

    def run(self, base, words):
        if len(words) != 1:
            raise gdb.GdbError("usage: hv-pt ADDR (an expression)")
        address = int(gdb.parse_and_eval(words[0])) & (2**64 - 1)
        self.stage2(address)
        self.stage1(address)

    @staticmethod
    def stage2(address):
        hcr, vttbr, vtcr = register("HCR_EL2"), register("VTTBR_EL2"), register("VTCR_EL2")
        if None in (hcr, vttbr, vtcr):
            raise gdb.GdbError("this target does not show HCR_EL2, VTTBR_EL2 and VTCR_EL2")
        if not started() or not hcr & 1:
            say(f"host, stage 2: off on this CPU (HCR_EL2 {hcr:#x})")
            return
        root = vttbr & 0x0000fffffffffffe
        first = {0: 2, 1: 1, 2: 0, 3: 3}[vtcr >> 6 & 3]
        bits = 64 - (vtcr & 63)
        say(f"host, stage 2: {bits} bits, from level {first}, root {root:#x}, VMID {vttbr >> 48}")
        if vtcr >> 14 & 3:
            raise gdb.GdbError("VTCR_EL2 names another granule than 4 KiB")
        walk(root, first, bits, address, attributes_stage2)

    @staticmethod
    def stage1(address):
        sctlr, ttbr, tcr = register("SCTLR_EL2"), register("TTBR0_EL2"), register("TCR_EL2")
        if sctlr is None or not started() or not sctlr & 1:
            say("hypervisor, stage 1: MMU off on this CPU")
            return
        bits = 64 - (tcr & 63)
        root = ttbr & 0x0000fffffffffffe
        say(f"hypervisor, stage 1: {bits} bits, from level 0, root {root:#x}")
        walk(root, 3 - (bits - 13) // 9, bits, address, attributes_stage1)


class Layout:
    """Where gdb finds the hypervisor's objects, for command/ledger.py and command/exits.py."""

    @staticmethod
    def address(symbol):
        return int(gdb.parse_and_eval(f"(unsigned long)&{symbol}"))

    @staticmethod
    def size(struct_name):
        return gdb.lookup_type(f"struct {struct_name}").sizeof

    @staticmethod
    def field(struct_name, path):
        kind, offset = gdb.lookup_type(f"struct {struct_name}"), 0
        for name in path.split("."):
            member = kind.strip_typedefs()[name]
            offset, kind = offset + member.bitpos // 8, member.type
        return offset, kind.sizeof


layout = Layout()


class Who(Command):
    """hv-who PA [END]: whose the page is, or those of [PA, END), in which state, since which call."""

    name = "hv-who"

    def run(self, base, words):
        if not 1 <= len(words) <= 2:
            raise gdb.GdbError("usage: hv-who PA [END] (expressions)")
        first, *rest = [int(gdb.parse_and_eval(word)) & (2**64 - 1) for word in words]
        end = rest[0] if rest else first + 1
        if end <= first:
            raise gdb.GdbError(f"{first:#x}..{end:#x}: the range is empty")
        hv = hypervisor()
        if hv is None or int(hv["ledger"]["entry"]) == 0:
            raise gdb.GdbError("the ledger is not open yet")
        try:
            for line in ledger.Ledger(read, layout, first, end).lines():
                say(line)
        except (ledger.NotRam, ledger.NotConsistent) as problem:
            raise gdb.GdbError(str(problem)) from None


class Log(Command):
    """hv-log [LINES]: the log ring, also of a machine whose console was lost."""

    name = "hv-log"

    def run(self, base, words):
        ring = value("log_ring")
        if text_of(ring["magic"]) != LOG_MAGIC.rstrip(b"\0").decode():
            say("no log ring in memory")
            return
        address = base + image.offsets["log_ring"]
        fields = {f.name: f for f in ring.type.fields()}
        size = fields["text"].type.sizeof
        data = read(address + fields["text"].bitpos // 8, size)
        written = int(ring["written"])
        if written == 0:
            say("nothing was logged yet")
            return
        at = written % size
        text = data[:written] if written <= size else data[at:] + data[:at]
        lines = text.decode("ascii", "replace").splitlines()
        if written > size:
            lines = lines[1:]  # its beginning is overwritten
        if words:
            lines = lines[-int(words[0], 0):]
        for line in lines:
            say(line)


for command in (Info, Cpus, PageTables, Who, Log):
    command()

gdb.execute("set pagination off")
gdb.execute("set architecture aarch64", to_string=True)
try:
    image.read_elf()
    image.load(DEFAULT_BASE)
except gdb.GdbError as problem:
    say(f"portcullis: {problem}")
