# SPDX-License-Identifier: Apache-2.0
"""Runs jobs on a few workers; those that want the machine for themselves come last, one by one."""
from __future__ import annotations

import threading
import traceback

from . import processes
from .cases import FAILED, Context, Job, Result
from .system import SystemJob


def run(jobs: list[Job], context: Context, workers: int) -> list[str]:
    """Run all jobs; returns the names of tests that did not come to run (after an interruption)."""
    pending = sorted((job for job in jobs if not job.exclusive), key=lambda job: -job.weight)
    alone = [job for job in jobs if job.exclusive]
    lock = threading.Lock()
    left: list[str] = []

    def worker() -> None:
        while not processes.stopping():
            with lock:
                if not pending:
                    return
                job = pending.pop(0)
            _one(job, context, left, lock)

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        # join() with a timeout lets the main thread see a signal
        while thread.is_alive():
            thread.join(0.2)
    while alone and not processes.stopping():
        _one(alone.pop(0), context, left, lock)
    return left + [name for job in pending + alone for name in job.names]


def _one(job: Job, context: Context, left: list[str], lock: threading.Lock) -> None:
    try:
        results = job.run(context)
    except processes.Stopped:
        known = {result.name for result in context.report.results}
        with lock:
            left += [name for name in job.names if name not in known]
        return
    except Exception:   # a defect of the runner must be a failure of the run, not a lost job
        text = traceback.format_exc()
        results = [Result(name, FAILED, detail=text) for name in job.names]
    context.report.finished(job.title, results, isinstance(job, SystemJob))
