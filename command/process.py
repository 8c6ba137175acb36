# SPDX-License-Identifier: Apache-2.0
"""Commands that are run, and what is said when one of them fails."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from command import progress
from command.status import MISSING, Problem

# Set by --dry-run: commands are printed, not run.
dry_run = False

_CAUSES = (
    (r"No space left on device|enough free space|ENOSPC",
     lambda directory: f"The disk is full: {free_space(directory)}. Make room, then start again; "
                       "what was fetched completely is kept."),
    (r"Temporary failure resolving|Could not (connect|resolve)|Unable to connect|"
     r"Network is unreachable|[Cc]onnection timed out|No route to host",
     lambda _: "The package mirror cannot be reached. Check the network and apt's proxy "
               "(apt-config dump Acquire), then start again; what was fetched completely is kept."),
    (r"\b40[137]  ?[A-Z]|Proxy Authentication Required",
     lambda _: "The mirror, or a proxy on the way to it, refused. See apt's proxy and credentials "
               "(apt-config dump Acquire; /etc/apt/auth.conf.d, which must be readable for you)."),
    (r"NO_PUBKEY|keyring|signatures? (were|was) (invalid|not)|is not signed",
     lambda _: "The archive's signature could not be checked with Debian's keyring: "
               "install or update the package debian-archive-keyring."),
    (r"Permission denied",
     lambda directory: f"Not permitted: see who owns {directory}."),
)


def free_space(directory: str | Path) -> str:
    """«N MiB free in DIRECTORY», for messages."""
    path = Path(directory)
    while not path.exists():
        path = path.parent
    return f"{shutil.disk_usage(path).free >> 20} MiB free in {path}"


def advice(text: str, directory: str | Path) -> str:
    """What to do about a failed command, judged by what it printed; '' when nothing is known."""
    for pattern, words in _CAUSES:
        if re.search(pattern, text):
            return words(directory)
    return ""


def _full(text: str) -> bool:
    """A command printed that there was no room: then nothing else is worth doing first."""
    return bool(re.search(_CAUSES[0][0], text))


def show(command: Sequence[str], directory: str | Path | None = None,
         variables: dict[str, str] | None = None) -> str:
    """The command as a person would type it."""
    words = [f"{name}={shlex.quote(value)}" for name, value in (variables or {}).items()]
    line = " ".join(words + [shlex.quote(str(word)) for word in command])
    return f"(cd {shlex.quote(str(directory))} && {line})" if directory else line


def run(command: Sequence[str], *, directory: str | Path | None = None, status: int = MISSING,
        variables: dict[str, str] | None = None, todo: str = "",
        percent: Callable[[float], None] | None = None, written: str | Path = "/",
        each_line: Callable[[str], None] | None = None) -> str:
    """Run `command` and return what it printed (both streams).

    `directory` is where it runs, `written` where it writes (for «disk full»). Its standard input is
    empty: ours belongs to the guest. Raises Problem, with the command, its last lines and what to
    do, when it cannot be started or ends with another status than 0. With --dry-run the command is
    printed and '' returned.
    """
    if dry_run:
        print(show(command, directory, variables), flush=True)
        return ""
    environment = dict(os.environ, LC_ALL="C.UTF-8", **(variables or {}))
    reader = writer = -1
    words = [str(word) for word in command]
    if percent:
        reader, writer = os.pipe()
        words[1:1] = ["-o", f"APT::Status-Fd={writer}"]
    try:
        child = subprocess.Popen(words, cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 errors="replace", pass_fds=[writer] if percent else [])
    except OSError as error:
        for descriptor in (reader, writer):
            if descriptor >= 0:
                os.close(descriptor)
        raise Problem(f"this command failed: {show(command, directory)}\n{error.strerror}",
                      todo or f"Is the package that has «{words[0]}» installed?", status) from error
    lines: list[str] = []
    try:
        if percent:
            os.close(writer)
            _follow(reader, percent)
        assert child.stdout is not None
        for line in child.stdout:
            lines.append(line.rstrip("\n"))
            if each_line:
                each_line(lines[-1])
        code = child.wait()
    except BaseException:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    text = "\n".join(lines)
    if code != 0:
        tail = "\n".join(f"  {line}" for line in lines[-12:])
        ended = f"ended by signal {-code}" if code < 0 else f"exit status {code}"
        raise Problem(f"this command failed ({ended}): {show(command, directory, variables)}\n{tail}",
                      todo if todo and not _full(text) else advice(text, written), status)
    return text


def measured(command: Sequence[str], output, **options) -> tuple[int, float]:
    """The status of a command, as subprocess has it, and the seconds of a CPU that it took, which do not
    depend on what else the machine does. Both its streams go to the file `output`."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        _, status, used = os.wait4(child.pid, 0)
    except BaseException:
        child.kill()
        child.wait()
        raise
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_utime + used.ru_stime


def _follow(reader: int, percent: Callable[[float], None]) -> None:
    """Read apt's status lines (dlstatus:N:PERCENT:TEXT) in a thread until apt closes its end."""
    import threading

    def read() -> None:
        with os.fdopen(reader, errors="replace") as lines:
            for line in lines:
                fields = line.split(":", 3)
                if len(fields) == 4 and fields[0] in ("dlstatus", "pmstatus"):
                    try:
                        percent(float(fields[2]))
                    except ValueError:
                        pass

    threading.Thread(target=read, daemon=True).start()


def say_disk_problem(error: OSError, what: str, directory: str | Path) -> Problem:
    """An OSError of our own writing, as a Problem."""
    if error.errno == 28:    # ENOSPC
        return Problem(f"{what} failed: no space left on the device",
                       f"The disk is full: {free_space(directory)}. Make room, then start again.")
    progress.say(f"{what}: {error}")
    return Problem(f"{what} failed: {error}", f"See that {directory} can be written.")
