# SPDX-License-Identifier: Apache-2.0
"""demo: what a person can see of the protection, from the host's shell."""
from __future__ import annotations

import argparse
import re

from command import artefacts, console, ledger, monitor, process, progress, qemu
from command.process import show
from command.status import FAILED, QEMU_FAILED, Problem

SUMMARY = "show the protection at work: peek reads the hypervisor's memory from the host's shell"

EPILOG = """\
peek   boots Linux, and reads a page of Portcullis through /dev/mem as root may. The CPU's translation
       stops it: the program gets a bus error, and a line of the log names the rule.

exit status: 0 it was stopped; 1 it was not, or the machine did not come up; 2 usage;
13 something is not installed or built"""

# The first transport of virtio: a device of the host's, whose first word is "virt".
CONTROL, CONTROL_VALUE = 0x0a000000, "0x74726976"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    default = qemu.Boot()
    parser.epilog = EPILOG
    parser.add_argument("scene", choices=("peek",), help="what is shown")
    parser.add_argument("--firmware", metavar="NAME|FILE|none", default=default.firmware,
                        help=f"firmware below it (default {default.firmware})")
    parser.add_argument("--cpus", type=int, metavar="N", default=default.cpus, help="1..8 (default 4)")
    parser.add_argument("--memory", metavar="SIZE", default=default.memory, help="such as 512M (default 2G)")


def run(arguments) -> int:
    channel = monitor.socket_path()
    boot = qemu.Boot(firmware=arguments.firmware, cpus=arguments.cpus, memory=arguments.memory)
    qemu.check(boot)
    artefacts.build(*qemu.targets(boot))
    boot.extra = monitor.words(channel)
    if process.dry_run:
        print(show(qemu.command_line(boot)))
        return 0
    log = monitor.directory() / "peek.log"
    try:
        with console.Session(boot, log=log, timeout=120) as host:
            return _peek(host, channel)
    except console.ConsoleError as error:
        raise Problem(str(error), "", QEMU_FAILED if "QEMU says" in str(error) else FAILED) from error
    finally:
        monitor.forget(channel)


def _read(host: console.Session, address: int) -> tuple[int, str]:
    """Read a word as the person would, and show it."""
    command = f"devmem {address:#x} 32"
    print(f"$ {command}", flush=True)
    code, text = host.shell(f"{command} 2>&1")
    # The shell's own word about a program that was killed, and lines of the hypervisor between them.
    words = [line for line in text.splitlines() if line.strip() and " hv: " not in line]
    print("\n".join(words), flush=True)
    return code, text


def _peek(host: console.Session, channel) -> int:
    from command import image
    progress.say("booting Linux on Portcullis")
    host.wait_ready()
    print("Root in the host's shell reads a register of a device that is the host's:")
    code, text = _read(host, CONTROL)
    if code != 0 or CONTROL_VALUE not in text.lower():
        raise Problem("this kernel does not even read a device through /dev/mem: nothing is shown by it",
                      f"The console is in {host.machine.log_path}", FAILED)
    with monitor.connect(channel) as machine:
        layout = image.locate(machine)
        page = layout.base
        print("\nThe same with the first page of Portcullis:")
        code, text = _read(host, page)
        print(f"(exit status {code}{': killed by SIGBUS' if code == 135 else ''})")
        host.machine.wait(lambda: b"[fault]" in host.machine.output, 5)
        line = re.search(rf"\[ *\d+\.\d+\] hv: mem: \[fault\] host read at {page:#x} .*$", host.text, re.M)
        print("\nWhat the log says:\n" + (line[0] if line else "nothing"))
        print("\nWhose the page is:")
        print("\n".join(ledger.Ledger(machine.read, layout, page, page + 1, machine.pause,
                                       machine.resume).lines()))
    stopped = code != 0 and line is not None and not re.search(r"0x[0-9a-f]{8}\b", text.split("hv:")[0])
    print("\n" + ("stopped" if stopped else "NOT stopped"))
    host.send("poweroff\n")
    host.wait_exit(60)
    return 0 if stopped else FAILED
