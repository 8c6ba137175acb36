# SPDX-License-Identifier: Apache-2.0
"""Where the input of a run comes from: a person's terminal, or a pipe that must wait for the shell."""
from __future__ import annotations

import os
import select
import sys
import termios
import threading
import time
import tty

from command import progress
from command.console import ANY_PROMPT, CONTINUED, PROMPT, READY, Machine, of_host

ESCAPE = 0x01       # Ctrl-a, as in QEMU and screen
ESCAPE_HELP = "Ctrl-a x leaves (QEMU is stopped), Ctrl-a a sends Ctrl-a, Ctrl-a h shows this"
# A line of a terminal in canonical mode: N_TTY_BUF_SIZE - 1 bytes with its end (drivers/tty/n_tty.c).
LONGEST_LINE = 4095

_CURSOR_QUESTION = b"\x1b[6n"
_TAIL = 65536           # bytes of the output in which the last prompt is looked for
_PROMPT_PATIENCE = 3.0      # seconds after which a command counts as one that reads input itself


class Screen:
    """Standard output (or standard error with --json), which can be muted for the handshake."""

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        self.muted = False
        self._held = b""
        self.answers = os.isatty(0) and os.isatty(descriptor)
        self.broken = threading.Event()

    def show(self, data: bytes) -> None:
        if not self.answers:
            data = self._without_question(data)
        if self.muted or self.broken.is_set():
            return
        try:
            while data:
                data = data[os.write(self.descriptor, data):]
        except OSError:
            self.broken.set()       # whoever read has gone

    def _without_question(self, data: bytes) -> bytes:
        """Without «where is the cursor?», which nobody would answer; it may come in two pieces."""
        data = (self._held + data).replace(_CURSOR_QUESTION, b"")
        keep = next((n for n in (3, 2, 1) if data.endswith(_CURSOR_QUESTION[:n])), 0)
        self._held = data[len(data) - keep:]
        return data[:len(data) - keep]


class Keyboard(threading.Thread):
    """A terminal in raw mode: every key goes to the host, except the escape."""

    def __init__(self, machine: Machine):
        super().__init__(daemon=True)
        self.machine = machine
        self.left = threading.Event()
        self._descriptor = sys.stdin.fileno()
        self._before: list | None = None
        self._escaped = False
        self._stopping = threading.Event()

    def __enter__(self) -> "Keyboard":
        self._before = termios.tcgetattr(self._descriptor)
        tty.setraw(self._descriptor)
        if os.isatty(1):
            # Output processing stays on: the lines of our own messages end in \n.
            now = termios.tcgetattr(self._descriptor)
            now[1] |= termios.OPOST
            termios.tcsetattr(self._descriptor, termios.TCSANOW, now)
        self.start()
        return self

    def __exit__(self, kind, value, trace) -> None:
        self._stopping.set()
        self.join(1)
        assert self._before is not None
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def run(self) -> None:
        while not self._stopping.is_set():
            ready, _, _ = select.select([self._descriptor], [], [], 0.1)
            if not ready:
                continue
            try:
                data = os.read(self._descriptor, 1024)
            except OSError:
                data = b""
            if not data:
                self.left.set()     # the terminal has gone
                return
            keys = self._keys(data)
            if keys:
                self.machine.write(keys)

    def _keys(self, data: bytes) -> bytes:
        """What of the input is the host's."""
        keys = bytearray()
        for byte in data:
            if not self._escaped:
                if byte == ESCAPE:
                    self._escaped = True
                else:
                    keys.append(byte)
                continue
            self._escaped = False
            if byte in b"xX":
                self.left.set()
            elif byte in b"hH?":
                progress.say(f"\n{ESCAPE_HELP}; Ctrl-C goes to the host")
            elif byte in (ESCAPE, ord("a")):
                keys.append(ESCAPE)
            else:
                keys += bytes([ESCAPE, byte])
        return bytes(keys)


class Pipe(threading.Thread):
    """Standard input that is no terminal: held until the host's shell is there, then handed on.

    The shell first gets «stty -echo ixoff»: its terminal then takes whole lines, says XOFF before its
    buffer overflows, and echoes nothing; the echo that one sees is ours. A line follows when the
    prompt is back, or, when a command reads input itself, as fast as XOFF lets it.
    """

    def __init__(self, machine: Machine, screen: Screen, own_initrd: bool):
        super().__init__(daemon=True)
        self.machine = machine
        self.screen = screen
        self.own_initrd = own_initrd
        self.ended = threading.Event()
        self.delivered = 0      # bytes
        self.held = True
        self._sent_at = 0       # length of the output when the last line was sent

    def run(self) -> None:
        try:
            data = os.read(0, 65536)
        except OSError:
            data = b""
        if data and self._handshake():
            self._deliver(data)
        self.ended.set()

    def _prompt(self) -> bool:
        output = self.machine.output
        # firmware that logs its calls may have written a lot since
        tail = of_host(bytes(output[max(self._sent_at, len(output) - _TAIL):]))
        if self.own_initrd:
            return bool(PROMPT.search(tail) or CONTINUED.search(tail))
        return bool(ANY_PROMPT.search(tail[-400:])) and time.monotonic() - self.machine.last_output > 0.3

    def _ready(self) -> bool:
        return bool(READY.search(of_host(bytes(self.machine.output[-_TAIL:]))))

    def _gone(self) -> bool:
        return self.machine.closed

    def _handshake(self) -> bool:
        """Wait for the shell and make its terminal fit for a pipe. False: QEMU has ended before."""
        machine = self.machine
        if self.own_initrd:
            while not machine.wait(lambda: self._ready() or self._gone(), 3600):
                pass
        while not machine.wait(lambda: self._prompt() or self._gone(), 3600):
            pass
        if self._gone():
            return False
        self.screen.muted = True
        self._sent_at = len(machine.output)
        machine.write(b"stty -echo ixoff\n")
        machine.wait(lambda: self._prompt() or self._gone(), 5)
        self.screen.muted = False
        self.held = False
        return not self._gone()

    def _deliver(self, data: bytes) -> None:
        rest, streaming, number = b"", False, 0
        while data and not self._gone():
            rest += data
            while b"\n" in rest and not self._gone():
                line, _, rest = rest.partition(b"\n")
                number += 1
                streaming = self._line(line + b"\n", streaming, number)
            try:
                data = os.read(0, 65536)
            except OSError:
                data = b""
        if rest and not self._gone():
            self._line(rest, streaming, number + 1)

    def _line(self, line: bytes, streaming: bool, number: int) -> bool:
        """Send one line; whether the command that runs now reads input itself."""
        if len(line) > LONGEST_LINE:
            progress.say(f"input line {number} has {len(line)} bytes; the host's terminal takes "
                         f"{LONGEST_LINE} in a line, the rest of it is lost")
        if streaming:
            streaming = not self._prompt()
        elif not self.machine.wait(lambda: self._prompt() or self._gone(), _PROMPT_PATIENCE):
            streaming = True
        self.screen.show(line.replace(b"\n", b"\r\n") if os.isatty(self.screen.descriptor) else line)
        self._sent_at = len(self.machine.output)
        self.machine.write(line, heed=True)
        self.delivered += len(line)
        return streaming
