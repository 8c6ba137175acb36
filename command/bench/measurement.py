# SPDX-License-Identifier: Apache-2.0
"""One measurement: a boot under the plugin, from reset to power-off."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from command import cache, console, process, qemu
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


def command(boot: qemu.Boot, out: Path, profile: Path | None = None) -> list[str]:
    return qemu.command_line(boot) + counts.words(out, qemu.memory_bytes(boot.memory), profile)


def _session(boot: qemu.Boot, directory: Path, name: str, profile: Path | None, drive) -> Measurement:
    """Run one boot; `drive` gets the console.Session and ends when QEMU shall have ended."""
    cache.make(directory)
    out, log = directory / f"{name}.json", directory / f"{name}.log"
    words = command(boot, out, profile)
    if process.dry_run:
        print(show(words), flush=True)
        return Measurement(counts.Counts(), "")
    counts.remove(out)
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
    return Measurement(counts.read(out), text, log=log)


def boot_linux(subject: subjects.Subject, cpus: int, program: str, directory: Path,
               profile: Path | None = None) -> Measurement:
    """Boot the default kernel and initramfs to the shell and power off. Raises Problem, also when the
    console shows that it was not the boot that the subject stands for."""
    def drive(session: console.Session) -> None:
        session.wait_ready(TIMEOUT)
        # By the shell itself: no process starts for it.
        session.shell('read -r line </proc/meminfo && echo "$line"')
        session.send("poweroff -f\n")

    name = f"{subject.name}-{cpus}"
    found = _session(subjects.boot(subject, cpus, program), directory, name, profile, drive)
    if process.dry_run:
        return found
    wrong = subjects.objections(subject, found.console)
    if wrong:
        raise Problem(f"{name} is not what it should be: {'; '.join(wrong)}", f"Its log: {found.log}",
                      FAILED)
    match = _MEMORY.search(found.console)
    found.memory = int(match[1]) if match else None
    match = _KEPT.search(found.console)
    found.said = int(match[1]) * _KIB[match[2]] if match else None
    return found


def boot_payload(name: str, memory: str, program: str, directory: Path, append: str = "",
                 label: str = "") -> Measurement:
    """Boot a payload (payloads/NAME) as host of Portcullis; it powers off by itself."""
    from command import artefacts
    image = artefacts.build_directory() / "payloads" / f"{name}.bin"

    def drive(session: console.Session) -> None:
        session.expect(_PAYLOAD_DONE.pattern, TIMEOUT)

    return _session(subjects.payload(str(image), memory, program, append), directory,
                    label or f"{name}-{memory}", None, drive)
