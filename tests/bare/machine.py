# SPDX-License-Identifier: Apache-2.0
"""A bare machine: a root that was unpacked into a directory, and commands that run in it.

enclose() puts the program into namespaces of its own for mounts and processes: whatever ends it, its
mounts and all that runs in the roots end with it.
"""
from __future__ import annotations

import fcntl
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from command import console, process
from command.runner import processes
from command.status import Problem

_ENCLOSED = "PORTCULLIS_ENCLOSED"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def enclose() -> None:
    """Start this program again, as first process of its own namespaces, and end with its status. There
    it does nothing. Needs root."""
    if os.environ.get(_ENCLOSED):
        return
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
               "--propagation", "private", sys.executable, *sys.argv]
    # Ctrl-C reaches the inner one by itself; unshare holds back what else is meant for it.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        child = subprocess.Popen(command, env=dict(os.environ, **{_ENCLOSED: "1"}),
                                 preexec_fn=console.die_with_parent)
    except OSError as error:
        raise Problem(f"this command failed: {process.show(command)}\n{error.strerror}",
                      "As root: apt-get install util-linux") from error

    def interrupt(*_words) -> None:
        for pid in processes.descendants(child.pid)[:1]:
            os.kill(pid, signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    sys.exit(child.wait())


@dataclass
class Outcome:
    """What came of a command. Times are seconds since its start."""
    status: int                         # negative: the signal that ended it; -9 also for our time-out
    seconds: float
    pieces: list[tuple[float, str]]     # (time, output) as it came
    timed_out: bool
    cpu_seconds: float                  # of all its processes

    @property
    def text(self) -> str:
        return "".join(piece for _, piece in self.pieces).replace("\r\n", "\n")

    def line(self, pattern: str) -> str | None:
        """The first line that matches."""
        return next((line.strip() for line in re.split(r"[\r\n]+", self.text) if re.search(pattern, line)),
                    None)

    def time_of(self, pattern: str) -> float | None:
        """When the output that first matches was complete."""
        text = ""
        for seconds, piece in self.pieces:
            text += piece
            if re.search(pattern, text, re.M):
                return seconds
        return None

    def tail(self, lines: int = 12) -> str:
        return "\n".join(self.text.splitlines()[-lines:])


class Machine:
    """`with Machine(directory, tarball) as machine: machine.run("uname -a")`."""

    def __init__(self, directory: Path, tarball: Path, variables: dict[str, str],
                 size: str | None = None):
        """`size` gives the machine a disk of that many bytes («400m»), in memory."""
        self.directory = directory
        self.variables = variables
        self._mounted: list[Path] = []
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True)
        try:
            if size:
                self.mount("tmpfs", directory, f"size={size},mode=755")
            process.run(["tar", "-C", str(directory), "--numeric-owner", "-xf", str(tarball)],
                        written=directory)
            self._fit_out()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, kind, value, trace) -> None:
        for path in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", str(path)], check=False, stderr=subprocess.DEVNULL)
        # What could not be unmounted ends with our namespace; nothing is deleted through it.
        if str(self.directory) + "/" not in Path("/proc/self/mountinfo").read_text():
            shutil.rmtree(self.directory, ignore_errors=True)

    def mount(self, kind: str, path: Path, options: str) -> None:
        path.mkdir(parents=True, exist_ok=True)
        process.run(["mount", "-t", kind, "-o", options, kind, str(path)])
        self._mounted.append(path)

    def resize(self, path: str, size: str) -> None:
        """Another size for the tmpfs at `path` in the root."""
        process.run(["mount", "-o", f"remount,size={size}", str(self.directory / path.lstrip("/"))])

    def _fit_out(self) -> None:
        root = self.directory
        self.mount("proc", root / "proc", "nosuid,nodev,noexec")
        self.mount("tmpfs", root / "dev", "size=1m,mode=755")
        for name in _DEVICES:
            (root / "dev" / name).touch()
            process.run(["mount", "--bind", f"/dev/{name}", str(root / "dev" / name)])
            self._mounted.append(root / "dev" / name)
        self.mount("devpts", root / "dev/pts", "newinstance,ptmxmode=0666,mode=620,gid=5")
        (root / "dev/ptmx").symlink_to("pts/ptmx")
        for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"),
                             ("stderr", "fd/2")):
            (root / "dev" / name).symlink_to(target)
        for name in ("resolv.conf", "hosts"):
            if Path("/etc", name).exists():
                (root / "etc" / name).unlink(missing_ok=True)
                shutil.copy(Path("/etc", name), root / "etc" / name)

    def path(self, name: str) -> Path:
        """Where a path of the machine is on ours."""
        return self.directory / name.lstrip("/")

    def apt_setting(self, name: str, value: str | None) -> None:
        """A line of apt.conf; None takes it away."""
        path = self.path(f"/etc/apt/apt.conf.d/zz-{name.replace(':', '-')}")
        if value is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(f'{name} "{value}";\n')

    def run(self, command: str, *, user: str = "root", network: bool = True, terminal: bool = False,
            stdin: bytes = b"", log: Path | None = None, timeout: float = 300.0,
            variables: dict[str, str] | None = None,
            when: tuple[str | Callable[[], bool], Callable[["Running"], None]] | None = None) -> Outcome:
        """Run a line of sh in the user's home directory.

        `when` is (pattern of the output or a condition, what to do once with the Running).
        Without `network` there is not even a loopback interface that is up.
        """
        home = "/root" if user == "root" else f"/home/{user}"
        words = [] if network else ["unshare", "--net", "--"]
        words += ["chroot", *([f"--userspec={user}"] if user != "root" else []), str(self.directory),
                  "/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                  f"HOME={home}", f"USER={user}", "TERM=xterm", "LANG=C.UTF-8",
                  *(f"{name}={value}" for name, value in {**self.variables, **(variables or {})}.items()),
                  # Ctrl-C is meant for the command; this shell lives on to tell its status.
                  "/bin/sh", "-c", f"trap : INT; cd {home} && {command}"]
        running = Running(words, terminal, stdin, log)
        try:
            return running.follow(timeout, when)
        finally:
            running.kill()      # an interruption of ours, too, leaves nothing behind that runs


class Running:
    """A command that runs, with its output as it comes."""

    def __init__(self, words: list[str], terminal: bool, stdin: bytes, log: Path | None):
        self.begin, self._used = time.monotonic(), _cpu_seconds()
        self.pieces: list[tuple[float, str]] = []
        self._log = open(log, "ab") if log else None
        if self._log:
            self._log.write(f"# {process.show(words)}\n".encode())
        if terminal:
            self._ours, theirs = os.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")
            self.child = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs,
                                          start_new_session=True, preexec_fn=_take_terminal)
            os.close(theirs)
            if stdin:
                os.write(self._ours, stdin)
        else:
            reader, self._writer = os.pipe()
            self._ours, theirs = os.pipe()
            self.child = subprocess.Popen(words, stdin=reader, stdout=theirs, stderr=theirs,
                                          start_new_session=True)
            os.close(reader)
            os.close(theirs)
            os.write(self._writer, stdin)
            os.close(self._writer)

    def send(self, data: bytes) -> None:
        """Type on the terminal."""
        os.write(self._ours, data)

    def interrupt(self) -> None:
        """As Ctrl-C does: SIGINT to every process of the terminal's foreground group."""
        os.killpg(self.child.pid, signal.SIGINT)

    def kill(self) -> None:
        """As a power cut does, for all processes at once, those that the command left running among them."""
        _kill_session(self.child.pid)
        self.child.wait()

    def follow(self, timeout: float, when) -> Outcome:
        deadline = self.begin + timeout
        text, timed_out, open_ = "", False, True
        while open_ or self.child.poll() is None:
            now = time.monotonic()
            if now >= deadline:
                timed_out = True
                self.kill()
                break
            if when and (when[0]() if callable(when[0]) else re.search(when[0], text, re.M)):
                action, when = when[1], None
                action(self)
            data = self._read(0.1) if open_ else b""
            if data is None:
                open_ = False
            elif data:
                piece = data.decode(errors="replace")
                text = text[-20000:] + piece
                self.pieces.append((time.monotonic() - self.begin, piece))
            elif not open_:
                time.sleep(0.05)
        self.child.wait()
        os.close(self._ours)
        if self._log:
            self._log.write(f"# status {self.child.returncode}\n\n".encode())
            self._log.close()
        return Outcome(self.child.returncode, time.monotonic() - self.begin, self.pieces, timed_out,
                       _cpu_seconds() - self._used)

    def _read(self, seconds: float) -> bytes | None:
        """What there is; b'' when nothing came in time, None at the end."""
        if not select.select([self._ours], [], [], seconds)[0]:
            # A child of the command may hold its output open for ever.
            return None if self.child.poll() is not None else b""
        try:
            data = os.read(self._ours, 65536)
        except OSError:     # a terminal that nobody has open any more
            return None
        if self._log:
            self._log.write(data)
            self._log.flush()
        return data or None


def _cpu_seconds() -> float:
    """Processor time of all children so far that have ended and been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _kill_session(leader: int) -> None:
    """SIGKILL for all processes of a session, and for all that descend from them."""
    below = processes.descendants(leader)
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            below += [int(name), *processes.descendants(int(name))]
    for pid in set(below) - {os.getpid()}:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
