# SPDX-License-Identifier: Apache-2.0
"""pytest plugin: writes one JSON line for each thing that happens, as it happens.

Loaded with `-p runner.events`; the file is named by PORTCULLIS_EVENTS. A file of events survives a
pytest that is killed, which a report written at the end does not, and it carries node ids unchanged.
What a test records with record_property() goes into its result, and so into --json.
"""
import json
import os

MARKERS = ("off_target: needs no QEMU", "long: takes minutes; only with --long",
           "alone: measures time; nothing runs beside it")


def emit(**event):
    with open(os.environ["PORTCULLIS_EVENTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_collection_finish(session):
    for item in session.items:
        emit(event="collected", name=item.nodeid,
             markers=sorted({mark.name for mark in item.iter_markers()}))


def pytest_collectreport(report):
    if report.failed:
        emit(event="broken", name=report.nodeid, text=str(report.longrepr))
    elif report.skipped:
        emit(event="module-skipped", name=report.nodeid, reason=_reason(report))


def pytest_runtest_logstart(nodeid):
    emit(event="start", name=nodeid)


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        expected = hasattr(report, "wasxfail")
        outcome = report.outcome
        reason = _reason(report) if report.skipped else ""
        if expected:
            # Neither an expected failure nor a surprising pass counts as a pass.
            outcome = "skipped" if report.skipped else "failed"
            reason = f"expected to fail: {report.wasxfail}"
        emit(event="result", name=report.nodeid, when=report.when, outcome=outcome, reason=reason,
             seconds=report.duration, text=report.longreprtext if report.failed else reason,
             data=dict(report.user_properties))


def _reason(report):
    if isinstance(report.longrepr, tuple):
        text = report.longrepr[2]
    else:
        text = str(report.longrepr)
    return text.removeprefix("Skipped: ").splitlines()[0] if text else ""
