# SPDX-License-Identifier: Apache-2.0
"""run: boot firmware, hypervisor and Debian's Linux in QEMU, with the console here."""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from pathlib import Path

from command import artefacts, attach, console, monitor, number, process, progress, qemu, status, terminal, trace
from command.ram import Ram
from command.process import show
from command.status import UsageProblem

_READER_WAIT = 30       # seconds that Portcullis waits for us before it starts the host

SUMMARY = "boot the firmware, Portcullis and Debian's Linux; ends in the host's shell"

EPILOG = f"""\
Words after -- go to QEMU as they are. Input that is piped in is held until the host's shell is ready:
    printf 'uname -a\\npoweroff -f\\n' | ./portcullis run
On a terminal Ctrl-C goes to the host; {terminal.ESCAPE_HELP}.
When piped input ends, the run goes on until the host powers off (or --timeout).

exit status:
{status.table()}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    default = qemu.Boot()
    parser.add_argument("--firmware", metavar="NAME|FILE|none", default=default.firmware,
                        help="personality of the EL3 test firmware, a script of your own, or none for "
                             f"no EL3 (default {default.firmware})")
    parser.add_argument("--hypervisor", metavar="portcullis|none", default=default.hypervisor,
                        help="what is started at EL2; none boots the kernel there, a path another image")
    parser.add_argument("--kernel", metavar="PATH", help="arm64 Image of the host (default: Debian's)")
    parser.add_argument("--initrd", metavar="PATH",
                        help="initrd of the host, or none (default: busybox with a shell)")
    parser.add_argument("--append", metavar="WORDS", default="",
                        help="more words for the host's command line; hv.NAME=VALUE are Portcullis' own")
    parser.add_argument("--cpus", type=int, metavar="N", default=default.cpus, help="1..8 (default 4)")
    parser.add_argument("--memory", metavar="SIZE", default=default.memory, help="such as 512M (default 2G)")
    parser.add_argument("--cpu", metavar="MODEL", default=default.cpu,
                        help=f"CPU model of QEMU: max, cortex-a53, neoverse-n1 ... (default {default.cpu})")
    parser.add_argument("--gic", type=int, choices=(2, 3), default=default.gic, help="GIC version (default 3)")
    parser.add_argument("--firmware-log", action="store_true",
                        help="the firmware logs each call that it receives, and its answer")
    parser.add_argument("--firmware-option", metavar="WORD", action="append", default=[],
                        help="word for the test firmware, such as idle=eager or crash=halt; may be repeated")
    parser.add_argument("--gdb", nargs="?", const=1234, type=number.whole(1, 65535), metavar="PORT",
                        help="wait for a debugger at this port (default 1234) and print how to attach")
    parser.add_argument("--timeout", type=number.positive, metavar="SECONDS",
                        help="stop QEMU after that time, with exit status 12")
    parser.add_argument("--log", metavar="FILE",
                        help="copy of the console (default build/run/console.log)")
    parser.add_argument("--trace", metavar="FILE",
                        help="record each call of the host: JSON lines where FILE ends in .json, else text")
    parser.add_argument("--trace-records", type=number.whole(16, 1 << 20), metavar="N", default=4096,
                        help="room for so many records of each CPU in Portcullis' memory (default 4096)")
    parser.add_argument("--qemu", metavar="PATH|newest",
                        help="another QEMU; newest is 10.x from bookworm-backports, unpacked")
    parser.add_argument("--json", action="store_true",
                        help="print the outcome as one JSON object; the console goes to standard error")
    parser.add_argument("--no-build", action="store_true", help="take the images in build/ as they are")
    parser.add_argument("words", nargs="*", metavar="-- WORD", help="words for QEMU, as they are")


def boot_of(arguments) -> qemu.Boot:
    """The Boot that the options describe. Raises UsageProblem."""
    for option in ("kernel", "initrd"):
        path = getattr(arguments, option)
        if path and not (option == "initrd" and path == "none") and not os.path.isfile(path):
            raise UsageProblem(f"--{option} {path}: no such file")
    if arguments.kernel:
        artefacts.check_image(arguments.kernel, "--kernel")
    if arguments.hypervisor not in ("portcullis", "none") and not os.path.isfile(arguments.hypervisor):
        raise UsageProblem(f"--hypervisor {arguments.hypervisor}: neither portcullis nor none nor a file")
    boot = qemu.Boot(hypervisor=arguments.hypervisor, firmware=arguments.firmware,
                     kernel=arguments.kernel, initrd=arguments.initrd, append=arguments.append,
                     cpus=arguments.cpus, memory=arguments.memory, cpu=arguments.cpu,
                     gic=arguments.gic, firmware_log=arguments.firmware_log,
                     firmware_options=list(arguments.firmware_option), extra=list(arguments.words))
    qemu.check(boot)
    if boot.firmware != "none":
        artefacts.personality(boot.firmware)
    if arguments.qemu:
        boot.qemu = artefacts.qemu(newest=True) if arguments.qemu == "newest" else arguments.qemu
    return boot


def prepare(boot: qemu.Boot) -> None:
    """Build what the boot needs of this checkout."""
    targets = qemu.targets(boot)
    if targets:
        artefacts.build(*targets)


def run(arguments) -> int:
    boot = boot_of(arguments)
    if not arguments.no_build:
        prepare(boot)
    channel = monitor.socket_path()
    boot.extra = monitor.words(channel) + boot.extra
    recorder = _recorder(boot, arguments) if arguments.trace else None
    command = qemu.command_line(boot)
    if arguments.gdb:
        command += ["-gdb", f"tcp::{arguments.gdb}", "-S"]
    log = arguments.log or artefacts.build_directory() / "run" / "console.log"
    if process.dry_run:
        print(show(command))
        return 0
    if arguments.gdb:
        progress.say(attach.instructions(boot, arguments.gdb))
    screen = terminal.Screen(2 if arguments.json else 1)
    machine = console.Machine(command, log, screen.show, () if boot.ram is None else (boot.ram,))
    if recorder:
        recorder.start()
    try:
        result = _attend(machine, screen, boot, arguments)
    finally:
        machine.stop()
        monitor.forget(channel)
        if recorder:
            recorder.finish()
    result = _report(machine, result, arguments, command)
    return result or (status.FAILED if recorder and recorder.problem else result)


def _recorder(boot: qemu.Boot, arguments) -> trace.Recorder | None:
    """Who takes the host's calls into a file, from RAM that QEMU shares with this process."""
    if boot.hypervisor == "none":
        raise UsageProblem("--trace needs Portcullis, which records the calls")
    elf = artefacts.elf() if boot.hypervisor == "portcullis" else \
        Path(boot.hypervisor).with_name("portcullis.elf")
    boot.append = f"{boot.append} hv.trace={arguments.trace_records} hv.trace-wait={_READER_WAIT}".strip()
    if process.dry_run:
        return None
    if not elf.is_file():
        raise UsageProblem(f"--trace: there is no {elf}, whose symbols say where the trace is")
    ram = Ram(qemu.memory_bytes(boot.memory))
    boot.ram = ram.descriptor
    return trace.Recorder(arguments.trace, ram, elf, qemu.HYPERVISOR_ADDRESS)


def _attend(machine: console.Machine, screen: terminal.Screen, boot: qemu.Boot, arguments) -> int:
    """Move input and output until the run is over; its exit status."""
    deadline = machine.started + arguments.timeout if arguments.timeout else None
    with contextlib.ExitStack() as stack:
        keyboard = pipe = None
        if sys.stdin is not None and sys.stdin.isatty():
            progress.say(f"Ctrl-C goes to the host; {terminal.ESCAPE_HELP}; poweroff ends the run")
            keyboard = stack.enter_context(terminal.Keyboard(machine))
        else:
            pipe = terminal.Pipe(machine, screen, boot.initrd is None)
            pipe.start()
        told = False
        while True:
            machine.wait(lambda: machine.closed or machine.event_told() or screen.broken.is_set()
                         or bool(keyboard and keyboard.left.is_set()), 0.5)
            if machine.closed:
                machine.process.wait()
                return machine.event if machine.event is not None else _ended(machine)
            if machine.event_told() and not arguments.gdb:
                assert machine.event is not None
                return machine.event
            if (keyboard and keyboard.left.is_set()) or screen.broken.is_set():
                return status.INTERRUPTED
            if deadline and time.monotonic() >= deadline:
                return machine.event if machine.event is not None else status.TIMEOUT
            if pipe and pipe.ended.is_set() and not told and pipe.delivered \
                    and time.monotonic() - machine.last_output > 10:
                progress.say("the input has ended; the run goes on until the host powers off "
                             "(Ctrl-C stops it)")
                told = True


def _ended(machine: console.Machine) -> int:
    return status.POWERED_OFF if machine.process.returncode == 0 else status.QEMU_FAILED


def _report(machine: console.Machine, result: int, arguments, command: list[str]) -> int:
    if result == status.QEMU_FAILED and "unable to find CPU model" in machine.errors:
        raise UsageProblem(f"--cpu {arguments.cpu}: QEMU knows no such model",
                           f"{command[0]} -cpu help lists them.")
    words = status.WORDS[result]
    seconds = time.monotonic() - machine.started
    errors = machine.errors.strip()
    if errors:
        progress.say("\n".join(f"QEMU says: {line}" for line in errors.splitlines()[-10:]))
    if result == status.QEMU_FAILED:
        code = machine.process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        progress.say(f"QEMU {how}: {show(command)}\n"
                     "See what it says above; words after -- and --cpu are handed to it as they are.")
    elif result == status.EL2_CRASH:
        progress.say(f"{words}: {machine.event_line}\nFor functions and lines: "
                     f"./portcullis symbolize {machine.log_path}")
    elif result in (status.HOST_PANIC, status.FIRMWARE_CRASH):
        progress.say(f"{words}: {machine.event_line}\nThe console is in {machine.log_path}")
    elif result == status.TIMEOUT:
        progress.say(f"timeout: QEMU was stopped after {arguments.timeout:g} s. "
                     f"The console is in {machine.log_path}")
    elif result != status.POWERED_OFF:
        progress.say(words)
    if arguments.json:
        print(json.dumps({"outcome": words, "status": result, "seconds": round(seconds, 3),
                          "line": machine.event_line, "log": str(machine.log_path),
                          "qemu_status": machine.process.returncode, "command": command}, indent=1))
    return result


