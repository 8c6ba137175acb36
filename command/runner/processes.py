# SPDX-License-Identifier: Apache-2.0
"""Children of a run: started in a session of their own, and gone when the run is.

QEMU is often a grandchild in its own session (a pseudo terminal), so a process group is not enough:
the runner declares itself reaper of orphans and walks the tree of descendants.
"""
from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36     # linux/prctl.h

_children: set[subprocess.Popen] = set()
_lock = threading.Lock()
_stopping = threading.Event()
_hurry = threading.Event()


class Stopped(Exception):
    """The run is being stopped: no new child may start."""


def adopt_orphans() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stopping() -> bool:
    return _stopping.is_set()


def hurry() -> None:
    """Cut the time short that stop_all() grants."""
    _hurry.set()


def start(command: list[str], **options) -> subprocess.Popen:
    """As Popen(), in a session of its own, known to stop_all(). Raises Stopped during stop_all()."""
    options.setdefault("stdin", subprocess.DEVNULL)
    with _lock:
        if _stopping.is_set():
            raise Stopped()
        child = subprocess.Popen(command, start_new_session=True, **options)
        _children.add(child)
    return child


def finish(child: subprocess.Popen, timeout: float | None = None) -> int | None:
    """Wait; on timeout stop the child and what it started, and return None."""
    try:
        return child.wait(timeout)
    except subprocess.TimeoutExpired:
        stop(child)
        return None
    finally:
        with _lock:
            _children.discard(child)


def descendants(root: int) -> list[int]:
    """All processes below `root`, children before grandchildren."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(name))
    found, queue = [], [root]
    while queue:
        below = parents.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def _interrupt(child: subprocess.Popen) -> None:
    """SIGINT to the child and to what shares its session: a shell script passes nothing on."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGINT)
        except ProcessLookupError:
            pass


def stop(child: subprocess.Popen, grace: float = 3.0) -> None:
    """Interrupt, then kill, `child` and all that it started."""
    _interrupt(child)
    below = descendants(child.pid)
    deadline = time.monotonic() + grace
    while child.poll() is None and time.monotonic() < deadline:
        below = descendants(child.pid) or below
        time.sleep(0.05)
    # What is left of the tree; those that ended meanwhile may have handed their children to us.
    _signal(descendants(child.pid) + [pid for pid in below if _ours(pid)], signal.SIGKILL)
    if child.poll() is None:
        child.kill()
    child.wait()


def _ours(pid: int) -> bool:
    return pid in descendants(os.getpid())


def stop_all(grace: float = 5.0) -> None:
    """Stop every child of the run, and every descendant whatever its session. Then nothing starts."""
    _stopping.set()
    with _lock:
        children = list(_children)
    for child in children:
        _interrupt(child)
    deadline = time.monotonic() + grace
    # Children clean up after themselves; what outlives them was left behind.
    while time.monotonic() < deadline and not _hurry.is_set() and \
            any(child.poll() is None for child in children):
        _reap()
        time.sleep(0.05)
    _signal(descendants(os.getpid()), signal.SIGKILL)
    time.sleep(0.05)
    _reap()


def _reap() -> None:
    """Collect adopted orphans; children that Popen knows are left to it."""
    with _lock:
        known = {child.pid for child in _children}
    for pid in descendants(os.getpid()):
        if pid not in known:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
