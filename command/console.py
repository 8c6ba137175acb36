# SPDX-License-Identifier: Apache-2.0
"""A running QEMU and its serial console: output, events, expect, shell commands.

The console is QEMU's standard input and output, as pipes. QEMU dies with the process that started
it, whatever ends that (PR_SET_PDEATHSIG): start it from a thread that lives as long as it shall.
"""
from __future__ import annotations

import ctypes
import fcntl
import os
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from command import cache, qemu, status
from command.process import show
from command.status import Problem

READY = re.compile(rb"^host: ready: ", re.M)
PROMPT = re.compile(rb"(?:^|[\r\n])host# $")
# What an initrd of somebody else may use.
ANY_PROMPT = re.compile(rb"(?:^|[\r\n])[^\r\n]*[#$>] ?$")
CONTINUED = re.compile(rb"(?:^|[\r\n])> $")

XON, XOFF = 0x11, 0x13
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78cM])")
_BELOW = re.compile(rb"(?:fw: |\[ *\d+\.\d+\] hv: )[^\r\n]*(?:\r*\n|\Z)")
_PR_SET_PDEATHSIG = 1       # linux/prctl.h
_F_SETPIPE_SZ = 1031        # linux/fcntl.h

# What ends a run, by the line that tells it; the second pattern is the last line of its report.
EVENTS: tuple[tuple[int, re.Pattern[bytes], re.Pattern[bytes] | None], ...] = (
    (status.EL2_CRASH, re.compile(rb"hv: crash: \["), re.compile(rb"hv: crash: \[end\]")),
    (status.FIRMWARE_CRASH, re.compile(rb"fw: crash:"), re.compile(rb"fw: crash: \[?end\b")),
    (status.REFUSED, re.compile(rb"hv: boot: \[(?:refused|wrong-level)\]"),
     re.compile(rb"hv: boot: \[(?:refused|wrong-level)\]")),
    (status.HOST_PANIC, re.compile(rb"^(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? )?Kernel panic - not syncing"),
     re.compile(rb"---\[ end Kernel panic")),
)
_REPORT_SILENCE = 1.5       # seconds without output after which a report counts as complete
_REPORT_LONGEST = 15.0


class ConsoleError(AssertionError):
    """An expectation that the console did not meet; the text ends with the last lines of the log."""


def plain(data: bytes) -> bytes:
    """Without the escape sequences of terminals."""
    return _ESCAPES.sub(b"", data)


def of_host(data: bytes) -> bytes:
    """Without what firmware and hypervisor write to the same console, in the middle of a line of the host's."""
    return _BELOW.sub(b"", plain(data))


def die_with_parent() -> None:
    """For preexec_fn: the kernel kills the child when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Machine:
    """QEMU with its console. `listener` gets each piece of output, in the reader's thread; `descriptors`
    stay open in QEMU."""

    def __init__(self, command: list[str], log: str | Path | None = None,
                 listener: Callable[[bytes], None] | None = None, descriptors: tuple[int, ...] = ()):
        self.command = command
        self.log_path = Path(log) if log else None
        self.output = bytearray()
        self.changed = threading.Condition()
        self.event: int | None = None           # one of EVENTS
        self.event_line = ""
        self.event_time = 0.0
        self.report_complete = False
        self.last_output = time.monotonic()
        self.started = time.monotonic()
        self.closed = False                     # QEMU has closed its output
        self.may_send = True                    # False between XOFF and XON
        self._listener = listener
        self._stopped_at = 0                    # length of the output when the last XOFF came
        self._scanned = 0
        self._write_lock = threading.Lock()
        self._log = None
        if self.log_path:
            cache.make(self.log_path.parent)
            try:
                self._log = open(self.log_path, "wb", buffering=0)
            except OSError as error:
                raise status.UsageProblem(f"the log {log} cannot be written: {error.strerror}") from error
        self._errors = bytearray()
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, preexec_fn=die_with_parent,
                                            start_new_session=True, bufsize=0,
                                            pass_fds=descriptors)
        except OSError as error:
            raise Problem(f"this command failed: {show(command)}\n{error.strerror}",
                          "Is qemu-system-arm installed?", status.QEMU_FAILED) from error
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self._input = self.process.stdin.fileno()
        # Little is under way when the guest says XOFF, so little can be lost.
        fcntl.fcntl(self._input, _F_SETPIPE_SZ, 4096)
        self._readers = [threading.Thread(target=target, daemon=True)
                         for target in (self._read, self._read_errors)]
        for thread in self._readers:
            thread.start()

    # -- output -------------------------------------------------------------------------------

    def _read(self) -> None:
        assert self.process.stdout
        descriptor = self.process.stdout.fileno()
        while True:
            try:
                data = os.read(descriptor, 65536)
            except OSError:
                break
            if not data:
                break
            # QEMU writes byte by byte: collect for a moment, so that nobody searches for each byte.
            time.sleep(0.004)
            while len(data) < 65536 and select.select([descriptor], [], [], 0)[0]:
                more = os.read(descriptor, 65536)
                if not more:
                    break
                data += more
            self._take(data)
        with self.changed:
            self.closed = True
            self._scan(final=True)
            self.changed.notify_all()

    def _take(self, data: bytes) -> None:
        if XOFF in data or XON in data:
            # The last one counts: they say what the guest's buffer is like now.
            self.may_send = data.rfind(XON) > data.rfind(XOFF)
            self._stopped_at = len(self.output) + max(0, data.rfind(XOFF))
            data = data.replace(bytes([XOFF]), b"").replace(bytes([XON]), b"")
        if self._log:
            try:
                self._log.write(data)
            except OSError as error:
                self._errors += f"the log {self.log_path} is cut short: {error.strerror}\n".encode()
                self._log = None
        if self._listener:
            self._listener(data)
        with self.changed:
            self.output += data
            self.last_output = time.monotonic()
            self._scan()
            self.changed.notify_all()

    def _scan(self, final: bool = False) -> None:
        """Look for events in the lines that are complete."""
        end = len(self.output) if final else self.output.rfind(b"\n") + 1
        if end <= self._scanned:
            return
        for line in plain(bytes(self.output[self._scanned:end])).splitlines():
            line = line.lstrip(b"\r")
            for number, first, last in EVENTS:
                if self.event is None and first.search(line):
                    self.event = number
                    self.event_line = line.decode(errors="replace")
                    self.event_time = time.monotonic()
                if self.event == number and last and last.search(line):
                    self.report_complete = True
        self._scanned = end

    def _read_errors(self) -> None:
        assert self.process.stderr
        while data := self.process.stderr.read(4096):
            self._errors += data

    @property
    def errors(self) -> str:
        """What QEMU said on its standard error, but for its echo of our own stop()."""
        return "".join(line for line in self._errors.decode(errors="replace").splitlines(True)
                       if f"terminating on signal 15 from pid {os.getpid()} " not in line)

    def tail(self, lines: int = 15) -> str:
        """The last lines of the console, for messages."""
        text = plain(bytes(self.output[-16384:])).decode(errors="replace").replace("\r", "")
        return "\n".join(f"  | {line}" for line in text.splitlines()[-lines:]) or "  | (no output)"

    def event_told(self) -> bool:
        """An event happened and its report is complete, or has been silent for a while."""
        if self.event is None:
            return False
        now = time.monotonic()
        return (self.report_complete or self.closed or now - self.event_time > _REPORT_LONGEST
                or now - self.last_output > _REPORT_SILENCE)

    def wait(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        """Until `condition` holds (looked at after each output, and every 100 ms)."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self.changed:
            while not condition():
                rest = 0.1 if deadline is None else min(0.1, deadline - time.monotonic())
                if rest <= 0:
                    return False
                self.changed.wait(rest)
        return True

    # -- input --------------------------------------------------------------------------------

    def write(self, data: bytes, heed: bool = False) -> None:
        """Send to the console. With `heed`, in small pieces and not between XOFF and XON."""
        step = 256 if heed else 4096
        with self._write_lock:
            for start in range(0, len(data), step):
                if heed and not self.may_send:
                    self._wait_for_xon()
                piece = data[start:start + step]
                try:
                    while piece:
                        piece = piece[os.write(self._input, piece):]
                except (BrokenPipeError, OSError):
                    return      # QEMU has gone; its status will tell

    def _wait_for_xon(self) -> None:
        def prompt_waits() -> bool:
            # A shell that came to its prompt since reads: the XOFF was something that a program printed.
            tail = bytes(self.output[max(self._stopped_at - 1, len(self.output) - 200):])
            return time.monotonic() - self.last_output > 2 and bool(PROMPT.search(plain(tail)))
        while not self.wait(lambda: self.may_send or self.closed or prompt_waits(), 3600):
            pass
        self.may_send = True

    # -- end ----------------------------------------------------------------------------------

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Kill QEMU if it runs, and collect what is left of its output."""
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for thread in self._readers:
            if thread is not threading.current_thread():
                thread.join(2)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                if stream:
                    stream.close()
            except OSError:
                pass
        if self._log:
            self._log.close()
            self._log = None


class Session:
    """A boot for tests: `with Session(Boot(...), log=PATH) as session: session.shell("uname -r")`.

    Every failure is a ConsoleError that names what was awaited and the last lines of the log. An
    EL2 crash, a firmware crash or a host panic ends each waiting at once, unless it is awaited.
    """

    def __init__(self, boot: qemu.Boot | list[str], log: str | Path | None = None,
                 timeout: float = 60.0):
        self.boot = boot if isinstance(boot, qemu.Boot) else None
        self.command = boot if isinstance(boot, list) else qemu.command_line(boot)
        self.timeout = timeout
        kept = (self.boot.ram,) if self.boot and self.boot.ram is not None else ()
        self.machine = Machine(self.command, log, descriptors=kept)
        self._position = 0      # behind what the last expect() matched
        self._count = 0
        self._at_prompt = False

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind, value, trace) -> None:
        self.close()

    @property
    def text(self) -> str:
        """The whole console so far, without escape sequences and carriage returns."""
        return plain(bytes(self.machine.output)).decode(errors="replace").replace("\r", "")

    def _fail(self, what: str) -> ConsoleError:
        machine = self.machine
        reasons = [what]
        if machine.event is not None:
            reasons.append(f"{status.WORDS[machine.event]}: {machine.event_line}")
        if machine.closed:
            reasons.append(f"QEMU ended with status {machine.process.wait()}")
        if machine.errors.strip():
            reasons.append(f"QEMU says: {machine.errors.strip()}")
        where = f" (log: {machine.log_path})" if machine.log_path else ""
        return ConsoleError("; ".join(reasons) + f"{where}\n{machine.tail()}\n  {show(self.command)}")

    def expect(self, pattern: str, timeout: float | None = None) -> re.Match[str]:
        """Wait for `pattern` (with re.MULTILINE) behind the last match, in the output without escape
        sequences and carriage returns."""
        compiled = re.compile(pattern.encode(), re.M)
        machine, seconds = self.machine, self.timeout if timeout is None else timeout
        found: list[re.Match[bytes]] = []

        def search() -> bool:
            text = plain(bytes(machine.output[self._position:])).replace(b"\r", b"")
            match = compiled.search(text)
            if match:
                found.append(match)
            return bool(match) or machine.closed or machine.event_told()

        machine.wait(search, seconds)
        if not found:
            raise self._fail(f"awaited /{pattern}/ for {seconds:g} s in vain")
        match = found[-1]
        self._position = self._raw_position(match.end())
        decoded = re.compile(pattern, re.M).search(match.string[match.start():].decode(errors="replace"))
        if decoded is None:     # a lookbehind, or bytes that are no text
            decoded = re.match(r"(?s).*", match.group(0).decode(errors="replace"))
        assert decoded
        return decoded

    def _raw_position(self, plain_end: int) -> int:
        """The offset in the raw output that belongs to an offset in the plain text behind _position."""
        raw = bytes(self.machine.output[self._position:])
        low, high = plain_end, len(raw)
        while low < high:
            middle = (low + high) // 2
            if len(plain(raw[:middle]).replace(b"\r", b"")) < plain_end:
                low = middle + 1
            else:
                high = middle
        return self._position + low

    def send(self, text: str | bytes) -> None:
        """Type `text` on the console."""
        self.machine.write(text.encode() if isinstance(text, str) else text, heed=True)

    def wait_ready(self, timeout: float | None = None) -> None:
        """Until the host's shell shows its first prompt."""
        if self._at_prompt:
            return
        self.expect(r"^host: ready: ", timeout)
        self.expect(r"^host# ", 10)
        # Without echo, and with lines instead of characters, nothing that is sent can be cut.
        self.send("stty -echo ixoff\n")
        self.expect(r"^host# ", 10)
        self._at_prompt = True

    def restarted(self) -> None:
        """The host starts anew (a reset, another kernel): its shell will show a first prompt again."""
        self._at_prompt = False

    def shell(self, command: str, timeout: float | None = None) -> tuple[int, str]:
        """Run a command line in the host's shell; its exit status and what it printed."""
        self.wait_ready(timeout)
        self._count += 1
        begin, end = f"<begin {self._count}>", f"<end {self._count}>"
        half = len(begin) // 2
        self.send(f"echo '{begin[:half]}''{begin[half:]}'\n{command}\n"
                  f"echo \"<end\"\" {self._count}> $?\"\n")
        self.expect(rf"^(?:host# )*{re.escape(begin)}\n", timeout)
        start = self._position
        match = self.expect(rf"{re.escape(end)} (\d+)\n", timeout)
        raw = plain(bytes(self.machine.output[start:self._position])).decode(errors="replace")
        text = raw.replace("\r", "")
        text = text[:text.rfind(end)]
        text = re.sub(r"^host# ", "", text)
        text = re.sub(r"(?:host# )+$", "", text)
        self.expect(r"host# ", timeout)
        return int(match[1]), text

    def wait_exit(self, timeout: float | None = None) -> int:
        """Until QEMU ends by itself (the host powered off); its exit status."""
        seconds = self.timeout if timeout is None else timeout
        if not self.machine.wait(lambda: self.machine.closed or self.machine.event_told(), seconds) \
                or not self.machine.closed:
            raise self._fail(f"awaited the end of QEMU for {seconds:g} s in vain")
        return self.machine.process.wait()

    def close(self) -> None:
        self.machine.stop()
