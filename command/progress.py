# SPDX-License-Identifier: Apache-2.0
"""What is being done, on standard error: a line that moves on a terminal, plain lines elsewhere."""
from __future__ import annotations

import shutil
import sys
import threading
import time

_lock = threading.Lock()
_moving = 0     # width of the line that is being rewritten, 0 for none


def terminal() -> bool:
    return sys.stderr.isatty()


def say(text: str) -> None:
    """One line, kept. May be called by any thread."""
    global _moving
    with _lock:
        if _moving:
            sys.stderr.write("\r" + " " * _moving + "\r")
            _moving = 0
        for line in text.split("\n"):
            sys.stderr.write(f"portcullis: {line}\n")
        sys.stderr.flush()


def _rewrite(text: str) -> None:
    global _moving
    with _lock:
        text = text[:max(20, shutil.get_terminal_size().columns - 1)]
        sys.stderr.write("\r" + text + " " * max(0, _moving - len(text)))
        sys.stderr.flush()
        _moving = len(text)


class Step:
    """A step that may take long: `with Step("fetching X") as step: step.percent(12.5)`."""

    def __init__(self, what: str):
        self.what = what
        self._done = threading.Event()
        self._percent: float | None = None
        self._thread: threading.Thread | None = None
        self._begin = time.monotonic()

    def __enter__(self) -> "Step":
        if terminal():
            self._thread = threading.Thread(target=self._move, daemon=True)
            self._thread.start()
        else:
            say(f"{self.what} ...")
        return self

    def percent(self, value: float) -> None:
        self._percent = value

    def _move(self) -> None:
        while not self._done.wait(0.2):
            percent = "" if self._percent is None else f" {self._percent:3.0f} %"
            tail = f" ...{percent} ({time.monotonic() - self._begin:.0f} s)"
            # On a narrow terminal the name is cut, not what moves.
            room = max(10, shutil.get_terminal_size().columns - 1 - len("portcullis: ") - len(tail))
            _rewrite(f"portcullis: {self.what[:room]}{tail}")

    def __exit__(self, kind, value, trace) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()
        seconds = time.monotonic() - self._begin
        if kind is None and (terminal() or seconds >= 2):
            say(f"{self.what}: done in {seconds:.1f} s")
        elif kind is not None and terminal():
            say(f"{self.what}: not done")
