# SPDX-License-Identifier: Apache-2.0
"""One measurement: a boot under the plugin, from reset to power-off."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from command import artefacts, cache, console, process, qemu
from command.bench import counts, subjects
from command.process import show
from command.status import FAILED, Problem

# «MemTotal:        2011096 kB»: what the kernel has for its page allocator, the same in each boot.
_MEMORY = re.compile(r"\bMemTotal: +(\d+) kB")
# «[kept] 1472 KiB of 2 GiB for the hypervisor: …», from the boot report.
_KEPT = re.compile(r"\[kept\] (\d+) (MiB|KiB|bytes) of")
_KIB = {"MiB": 1024.0, "KiB": 1.0, "bytes": 1 / 1024}

_PAYLOAD_DONE = re.compile(r"^\w+: done\b.*$", re.M)

TIMEOUT = 240.0     # seconds; a boot takes 4 to 20


@dataclass
class Measurement:
    counts: counts.Counts
    console: str
    memory: int | None = None       # KiB of RAM that the host has: MemTotal of its /proc/meminfo
    said: float | None = None       # KiB that the boot report says the hypervisor keeps
    log: Path | None = None
    calls: list[counts.Call] = field(default_factory=list)      # where they were asked for


def command(boot: qemu.Boot, out: Path, profile: Path | None = None, calls: Path | None = None) -> list[str]:
    return qemu.command_line(boot) + counts.words(out, qemu.memory_bytes(boot.memory), profile, calls=calls)


def _session(boot: qemu.Boot, directory: Path, name: str, profile: Path | None, drive,
             each_call: bool = False) -> Measurement:
    """Run one boot; `drive` gets the console.Session and ends when QEMU shall have ended."""
    cache.make(directory)
    out, log = directory / f"{name}.json", directory / f"{name}.log"
    calls = directory / f"{name}.calls" if each_call else None
    words = command(boot, out, profile, calls)
    if process.dry_run:
        print(show(words), flush=True)
        return Measurement(counts.Counts(), "")
    counts.remove(out, *filter(None, [calls]))
    with console.Session(words, log=log, timeout=TIMEOUT) as session:
        try:
            drive(session)
            code = session.wait_exit(60)
        except console.ConsoleError as error:
            raise Problem(f"{name}: {error}", "", FAILED) from error
        if code:
            raise Problem(f"{name}: QEMU ended with status {code}: {session.machine.errors.strip()}\n"
                          f"{show(words)}", "", FAILED)
        text = session.text
    match = _KEPT.search(text)
    return Measurement(counts.read(out), text, said=int(match[1]) * _KIB[match[2]] if match else None,
                       log=log, calls=counts.read_calls(calls) if calls else [])


def boot_linux(subject: subjects.Subject, cpus: int, program: str, directory: Path,
               profile: Path | None = None, *, name: str = "", initrd: Path | None = None,
               commands: list[str] | None = None, firmware: str = subjects.FIRMWARE) -> Measurement:
    """Boot the default kernel and initramfs to the shell and power off. Raises Problem, also when the
    console shows that it was not the boot that the subject stands for. With `commands`, these run in the
    shell, and each call to EL2 is in `calls`."""
    name = name or f"{subject.name}-{cpus}"

    def drive(session: console.Session) -> None:
        session.wait_ready(TIMEOUT)
        # By the shell itself: no process starts for it.
        session.shell('read -r line </proc/meminfo && echo "$line"')
        for line in commands or ():
            code, answer = session.shell(line)
            if code:
                raise Problem(f"{name}: «{line}» ended with status {code}", answer, FAILED)
        session.send("poweroff -f\n")

    boot = subjects.boot(subject, cpus, program, firmware)
    boot.initrd = initrd
    found = _session(boot, directory, name, profile, drive, commands is not None)
    if process.dry_run:
        return found
    wrong = subjects.objections(subject, found.console)
    if wrong:
        raise Problem(f"{name} is not what it should be: {'; '.join(wrong)}", f"Its log: {found.log}",
                      FAILED)
    match = _MEMORY.search(found.console)
    found.memory = int(match[1]) if match else None
    return found


def boot_payload(name: str, memory: str, program: str, directory: Path, append: str = "",
                 label: str = "", cpus: int = 1, typed: str | None = None) -> Measurement:
    """Boot a payload (payloads/NAME) as host of Portcullis; it powers off by itself. `typed`: what it
    reads from its console once it is ready; then each of its calls is in `calls`."""
    image = artefacts.build_directory() / "payloads" / f"{name}.bin"

    def drive(session: console.Session) -> None:
        if typed is not None:
            session.expect(r"^\w+: ready$", TIMEOUT)
            session.send(typed)
        session.expect(_PAYLOAD_DONE.pattern, TIMEOUT)

    return _session(subjects.payload(str(image), memory, program, append, cpus), directory,
                    label or f"{name}-{memory}", None, drive, typed is not None)
