# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: the run ends early, its children with it, and its last line is still true."""
from __future__ import annotations

import signal
import threading

from . import processes


class Interruption:
    """Installs handlers; `number` is the signal that ended the run, or None."""

    def __init__(self, say):
        self.say = say
        self.number: int | None = None
        self._stopper: threading.Thread | None = None

    def install(self) -> None:
        # A run started in the background of a non-interactive shell has SIGINT ignored: handle it too.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number, _frame) -> None:
        if self.number is not None:
            processes.hurry()
            return
        self.number = number
        # stop_all() waits for children; a handler must not.
        self._stopper = threading.Thread(target=self._stop)
        self._stopper.start()

    def _stop(self) -> None:
        self.say(f"interrupted by {signal.Signals(self.number).name}: stopping what runs")
        processes.stop_all()

    def wait(self) -> None:
        if self._stopper:
            self._stopper.join()

    def status(self) -> int:
        return 128 + self.number if self.number else 0
