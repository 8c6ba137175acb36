# SPDX-License-Identifier: Apache-2.0
"""The runner itself: counting, the skip list, selection, interruption, verdicts on boots, sabotage.

Most of it runs a small project that is made here, with programs whose results are known; none of it
needs QEMU.
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command.runner import cases, checks, sabotage, skips, system, unit  # noqa: E402
from command.scenarios import cell, initramfs, reading, table  # noqa: E402

pytestmark = pytest.mark.off_target

COUNT = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")

UNIT = """
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
%s
int main(void)
{
	const struct CMUnitTest tests[] = {%s};
	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
"""


class Project:
    """A checkout with the real command and made-up tests."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copytree(ROOT / "command", root / "command",
                        ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("tests/check", "tests/system", "build/tests/unit"):
            (root / name).mkdir(parents=True)
        (root / "Makefile").write_text("all unit build/tests/unit:\n\t@true\n")

    def unit(self, name: str, **bodies: str) -> None:
        functions = "".join(f"static void {case}(void **state)\n{{\n(void)state;\n{body}\n}}\n"
                            for case, body in bodies.items())
        source = self.root / f"{name}.c"
        source.write_text(UNIT % (functions, ", ".join(f"cmocka_unit_test({case})" for case in bodies)))
        subprocess.run(["cc", "-o", self.root / "build/tests/unit" / name, source, "-lcmocka"], check=True)

    def check(self, name: str, body: str) -> None:
        path = self.root / "tests/check" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def system(self, name: str, body: str) -> None:
        (self.root / "tests/system" / name).write_text(body)

    def command(self, *words: str) -> list[str]:
        return ["/usr/bin/python3", str(self.root / "command/main.py"), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("PORTCULLIS_")}
        return subprocess.run(self.command(*words), cwd=self.root, env=environment, text=True,
                              capture_output=True, timeout=120, check=False)

    def counts(self, *words: str) -> tuple[tuple[int, ...], int, str]:
        done = self.run("test", "--off-target", *words)
        match = COUNT.match(done.stdout.splitlines()[-1]) if done.stdout else None
        assert match, done.stdout + done.stderr
        return tuple(map(int, match.groups())), done.returncode, done.stdout


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")


# --- counting -------------------------------------------------------------------------------------


def test_all_pass(project):
    project.unit("test_a", one="", two="")
    project.check("good", "exit 0")
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "@pytest.mark.parametrize('n', [1, 2])\ndef test_p(n): pass\n")
    counted, status, output = project.counts()
    assert (counted, status) == ((5, 0, 0), 0)
    assert re.search(r"^seed \d+$", output, re.MULTILINE)


def test_each_failure_counts_and_names_its_log(project):
    project.unit("test_a", good="", bad="assert_int_equal(1, 2);", late="")
    project.check("bad", "echo it went wrong here; exit 3")
    counted, status, output = project.counts()
    assert (counted, status) == ((2, 2, 0), 1)
    assert "it went wrong here" in output and "0x1 != 0x2" in output
    logs = re.findall(r"^  log: (.*)$", output, re.MULTILINE)
    assert len(logs) == 2 and all(Path(log).is_file() for log in logs)


def test_a_program_that_dies_fails_its_case_and_the_rest(project):
    project.unit("test_a", first="", dies="abort();", never="")
    counted, status, output = project.counts()
    assert (counted, status) == ((1, 2, 0), 1)
    assert "test_a::dies" in output and "signal 6" in output and "did not run" in output


def test_a_program_that_fails_after_its_cases_is_no_pass(project):
    project.unit("test_a", only="atexit(abort);")
    counted, status, _ = project.counts()
    assert counted[1] == 1 and status == 1


def test_a_test_with_a_failing_teardown_fails_once(project):
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "@pytest.fixture\ndef broken():\n    yield\n    raise OSError('gone')\n"
                                "def test_t(broken): pass\n")
    assert project.counts()[:2] == ((0, 1, 0), 1)


def test_a_file_that_cannot_be_collected_fails(project):
    project.system("test_s.py", "import nothing_of_this_name\n")
    assert project.counts()[:2] == ((0, 1, 0), 1)


def test_a_pytest_that_dies_fails_what_it_had_to_run(project):
    project.system("test_s.py", "import os, pytest\npytestmark = pytest.mark.off_target\n"
                                "def test_a(): pass\ndef test_b(): os._exit(0)\ndef test_c(): pass\n")
    counted, status, output = project.counts()
    assert (counted, status) == ((1, 2, 0), 1)
    assert "ended during this test" in output


def test_nothing_selected_is_a_failure(project):
    project.unit("test_a", one="")
    counted, status, output = project.counts("--only", "nothing/*")
    assert (counted, status) == ((0, 1, 0), 1) and "no test matches" in output


def test_a_failing_build_is_a_failure(project):
    (project.root / "Makefile").write_text("all unit:\n\t@echo no such compiler; false\n")
    counted, status, output = project.counts()
    assert (counted, status) == ((0, 1, 0), 1) and "no such compiler" in output


def test_junit_and_json_agree_with_the_last_line(project):
    project.unit("test_a", good="", bad="fail();")
    project.check("odd", "printf 'a \\001 <b> & c\\n'; exit 1")
    report = project.root / "junit.xml"
    done = project.run("test", "--off-target", "--json", "--junit", str(report), "--seed", "7")
    told = json.loads(done.stdout)
    assert (told["passed"], told["failed"], told["skipped"], told["seed"]) == (1, 2, 0, 7)
    suite = xml.etree.ElementTree.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    assert len(suite.findall("testcase")) == 3 and len(suite.findall("testcase/failure")) == 2
    assert COUNT.match(done.stderr.splitlines()[-1])


def test_what_a_test_records_is_in_its_result(project):
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "def test_p(record_property): record_property('seen', [1, {'a': None}])\n"
                                "def test_q(): pass\n")
    told = json.loads(project.run("test", "--off-target", "--json").stdout)
    data = {test["name"]: test.get("data") for test in told["tests"]}
    assert data == {"system/test_s.py::test_p": {"seen": [1, {"a": None}]}, "system/test_s.py::test_q": None}


def test_a_word_stands_for_the_file_of_that_name():
    names = ["system/test_attacker.py::test_a[x]", "unit/test_attacker::case", "system/test_attacks.py::test_attacker",
             "check/attacker", "system/test_attacker.py"]
    assert [cases.selected(name, ["attacker"]) for name in names] == [True, True, False, False, True]


def test_the_seed_reaches_the_tests(project):
    project.check("seeded", '[ "$PORTCULLIS_SEED" = 4242 ]')
    assert project.counts("--seed", "4242")[0] == (1, 0, 0)
    assert project.counts("--seed", "4243")[0] == (0, 1, 0)


# --- skips ----------------------------------------------------------------------------------------


def test_an_unlisted_skip_fails_and_says_its_reason(project):
    project.check("later", "echo working; echo no gdb here; exit 77")
    counted, status, output = project.counts()
    assert (counted, status) == ((0, 1, 0), 1) and "no gdb here" in output


def test_a_listed_skip_is_counted_as_one(project):
    project.check("later", "echo no gdb here; exit 77")
    project.unit("test_a", one='print_message("no luck\\n"); skip();')
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "@pytest.mark.skip(reason='one of those days')\ndef test_t(): pass\n")
    (project.root / "tests/skips").write_text(
        "# comment\n\ncheck/later  no gdb here\nunit/test_a::*  no luck\n"
        "system/test_s.py::test_t  one of *\n")
    counted, status, output = project.counts()
    assert (counted, status) == ((0, 0, 3), 0) and "no gdb here" in output


def test_another_reason_is_not_covered(project):
    project.check("later", "echo no disk; exit 77")
    (project.root / "tests/skips").write_text("check/later  no gdb here\n")
    assert project.counts()[:2] == ((0, 1, 0), 1)


def test_an_expected_failure_is_no_pass(project):
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "@pytest.mark.xfail(reason='known')\ndef test_t(): assert False\n")
    assert project.counts()[:2] == ((0, 1, 0), 1)


def test_an_entry_that_is_not_needed_is_told(project):
    project.check("now", "exit 0")
    (project.root / "tests/skips").write_text("check/now  no gdb here\n")
    counted, status, output = project.counts()
    assert (counted, status) == ((1, 0, 0), 0) and "its entry can go" in output


def test_an_entry_without_a_reason_is_refused(tmp_path, project):
    (project.root / "tests/skips").write_text("check/later\n")
    done = project.run("test", "--off-target")
    assert done.returncode == 2 and "tests/skips:1:" in done.stderr


def test_the_project_lists_only_what_exists():
    """An entry for a name that no test has would hide a typing error."""
    entries = skips.read(str(ROOT / "tests" / "skips"))
    for entry in entries:
        assert entry.name.split("/")[0] in ("unit", "check", "system", "scenario"), entry.place


# --- selection ------------------------------------------------------------------------------------


def test_list_names_everything_and_runs_nothing(project):
    project.unit("test_a", one="abort();", two="")
    project.check("touch", "touch ran; exit 0")
    done = project.run("test", "--off-target", "--list")
    assert done.stdout.splitlines() == ["unit/test_a::one", "unit/test_a::two", "check/touch"]
    assert done.returncode == 0 and not (project.root / "ran").exists()
    told = json.loads(project.run("test", "--off-target", "--list", "--json").stdout)
    assert told["tests"] == done.stdout.splitlines()


def test_every_listed_name_selects_itself_alone(project):
    project.unit("test_a", one="", two="")
    project.check("good", "exit 0")
    project.system("test_s.py", "import pytest\npytestmark = pytest.mark.off_target\n"
                                "@pytest.mark.parametrize('n', [1, 2])\ndef test_p(n): pass\n")
    names = project.run("test", "--off-target", "--list").stdout.splitlines()
    assert len(names) == 5
    for name in names:
        assert project.counts("--only", name)[0] == (1, 0, 0), name
    assert project.counts("--only", "unit/*", "--only", "check/g*")[0] == (3, 0, 0)


def test_off_target_leaves_out_what_needs_qemu(project):
    project.check("boots", "# needs: qemu\nexit 1")
    project.check("quick", "exit 0")
    project.system("test_s.py", "def test_boot(): assert False\n")
    assert project.counts()[:2] == ((1, 0, 0), 0)


def test_long_only_on_request(project):
    project.check("slow", "# takes: long\nexit 0")
    project.check("quick", "exit 0")
    assert project.counts()[0] == (1, 0, 0)
    assert project.counts("--long")[0] == (2, 0, 0)


@pytest.mark.parametrize("words", [
    ["test", "--nonsense"], ["test", "--seed", "minus"], ["test", "--seed", "-1"], ["test", "--jobs", "0"],
    ["scenario", "no-such-scenario"], ["scenario", "--expect", "("], ["scenario", "--cpus", "9"],
    ["scenario", "--timeout", "0"], ["scenario", "--kernel", "/no/such/file", "--expect", "x"],
    ["firmware", "--cpus", "0"]], ids=" ".join)
def test_bad_options_are_usage_errors(project, words):
    done = project.run(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr and "Traceback" not in done.stderr


# --- interruption ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_tells_the_truth_and_leaves_nothing(project, number):
    project.unit("test_a", one="", two="")
    # A grandchild in a session of its own, as QEMU under a pseudo terminal is.
    project.check("hangs", "setsid sleep 987 & echo $! >pid; wait")
    child = subprocess.Popen(project.command("test", "--off-target"), cwd=project.root, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    pid = project.root / "pid"
    while not (pid.exists() and pid.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    child.send_signal(number)
    output = child.communicate(timeout=30)[0]
    assert child.returncode == 128 + number, output
    assert output.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    assert "check/hangs" in output
    assert not Path("/proc", pid.read_text().strip()).exists()


# --- verdicts on boots ----------------------------------------------------------------------------


def boot(tmp_path, script, wants=(), timeout=10.0, **options):
    one = cell.Cell("name", "host", "hypervisor", "firmware", None,
                    list(wants) or [cell.Want("user space", cell.USERSPACE)], timeout, **options)
    return cell.run(one, ["sh", "-c", script], str(tmp_path / "log"))


def test_a_boot_with_all_lines_passes(tmp_path):
    verdict = boot(tmp_path, "echo PORTCULLIS-USERSPACE; echo 'hv: [key] text'",
                   [cell.Want("user", cell.USERSPACE), cell.Want("state", r"\[key\]", evidence=True)])
    assert (verdict.result, verdict.evidence) == (cell.OK, "hv: [key] text")


def test_a_missing_line_fails(tmp_path):
    verdict = boot(tmp_path, "echo almost")
    assert verdict.result == cell.FAILED and "almost" in verdict.evidence


def test_the_command_in_the_log_is_no_evidence(tmp_path):
    assert boot(tmp_path, ": PORTCULLIS-USERSPACE").result == cell.FAILED


def test_a_forbidden_line_fails(tmp_path):
    verdict = boot(tmp_path, "echo PORTCULLIS-USERSPACE; echo oops",
                   [cell.Want("user", cell.USERSPACE), cell.Want("no oops", "oops", absent=True)])
    assert verdict.result == cell.FAILED


@pytest.mark.parametrize("how, words", [("kill -9 $$", "signal 9"), ("exit 3", "status 3")])
def test_a_qemu_that_ends_badly_fails_even_after_the_lines(tmp_path, how, words):
    verdict = boot(tmp_path, f"echo PORTCULLIS-USERSPACE; {how}")
    assert verdict.result == cell.FAILED and words in verdict.evidence


def test_a_silent_boot_ends_at_its_time(tmp_path):
    begin = time.monotonic()
    verdict = boot(tmp_path, "sleep 60", timeout=1.0)
    assert verdict.result == cell.FAILED and time.monotonic() - begin < 10


def test_a_crash_ends_the_wait(tmp_path):
    begin = time.monotonic()
    verdict = boot(tmp_path, "echo '[    1.0] hv: crash: [end]'; sleep 60", timeout=60.0)
    assert verdict.result == cell.FAILED and time.monotonic() - begin < 10
    assert "crash" in verdict.evidence


def test_a_host_that_does_not_power_off_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(cell, "GRACE_FOR_POWER_OFF", 0.5)
    assert boot(tmp_path, "echo PORTCULLIS-USERSPACE; sleep 60").result == cell.FAILED
    assert boot(tmp_path, "echo PORTCULLIS-USERSPACE; sleep 60", power_off=False).result == cell.OK


def test_a_fixed_kernel_is_noted_not_failed(tmp_path):
    excuse = ("mode initialized", "this kernel is fixed")
    wants = [cell.Want("pKVM gives up", "error initializing Hyp mode: -95")]
    verdict = boot(tmp_path, "echo Protected mode initialized", wants, excuse=excuse)
    assert verdict.result == cell.NOTE and "fixed" in verdict.evidence
    assert boot(tmp_path, "echo something else", wants, excuse=excuse).result == cell.FAILED


def test_the_table_has_a_row_for_each_cell(tmp_path):
    verdict = boot(tmp_path, "echo PORTCULLIS-USERSPACE")
    lines = table.render([verdict, verdict]).splitlines()
    assert lines[0].split() == list(table.HEADINGS) and len(lines) == 4
    assert all(len(line) <= 60 for line in table.render([verdict] * 3, 60).splitlines())


def test_the_report_on_a_firmware_has_no_times():
    lines = ["[    0.001234] hv: firmware: [fw-psci] PSCI 1.1 (0x0000000000010001); functions",
             "[    0.001300] hv: firmware: [fw-smccc] SMCCC 1.2 (0x0000000000010002)",
             "[    0.001400] hv: ffa: [ffa-question] firmware answered 0x00000000ffffffff to 1.2: "
             "NOT_SUPPORTED (int32, upper half zero)",
             "[    0.001500] hv: ffa: [ffa-none] no usable version after 1 question: FF-A absent",
             "[    0.002000] hv: boot: [enter] host enters EL1 at 0x0000000041000000",
             "[    0.300000] hv: ffa: [ffa-host] host asked for 1.1"]
    found = reading.facts(lines)
    assert [fact.key for fact in found] == ["fw-psci", "fw-smccc", "ffa-question", "ffa-none"]
    assert "0.00" not in reading.as_text(found)
    told = reading.as_json(found)
    assert (told["psci"], told["smccc"], told["trng"], told["ffa"]) == ("1.1", "1.2", None, None)
    assert told["ffa_questions"] == [{"x0": "0x00000000ffffffff", "asked": "1.2",
                                      "reading": "NOT_SUPPORTED (int32, upper half zero)"}]


def test_the_initramfs_is_an_archive_that_cpio_reads(tmp_path):
    content = initramfs.archive({"init": (0o100755, b"abc"), "etc": (0o040755, b"")})
    done = subprocess.run(["cpio", "-t", "--quiet"], input=content, capture_output=True, check=True)
    assert done.stdout.split() == [b"init", b"etc"]


# --- sabotage -------------------------------------------------------------------------------------


VECTORS = {"schema": 1, "cases": [
    {"id": "A", "x1": "0x10001", "expect_x0": "0x10002", "also_acceptable_x0": ["0x10003"]},
    {"id": "B", "x1": "0x10001", "expect_x0": "0x10001", "valid": True}],
    "steps": [{"x": ["0x1"], "expect": {"x0": "0x10", "list": [1, "0x2"]}}]}


def test_only_expected_values_are_broken():
    assert sabotage.expected_places(VECTORS) == [
        ("cases", 1, "expect_x0"), ("cases", 1, "valid"),
        ("steps", 0, "expect", "x0"), ("steps", 0, "expect", "list", 0),
        ("steps", 0, "expect", "list", 1)]


@pytest.mark.parametrize("value", [True, False, 0, 7, "0x0000000000010002", "0xff", "1.2"])
def test_a_broken_value_differs_and_keeps_its_kind(value):
    broken = sabotage.break_value(value)
    assert broken != value and type(broken) is type(value)
    if isinstance(value, str):
        assert len(broken) == len(value)


CORE = """
int lower(int x)
{
	if (x < 0)
		return -1;
	return x;
}

int upper(int x, int y)
{
	if (x > 10 &&
	    (y > 3 || !y))
		return -2;
	if (x == 4)
		x++;
	return x;
}
"""


def test_a_dropped_check_is_the_named_one(tmp_path):
    (tmp_path / "a.c").write_text(CORE)
    words = sabotage.drop(tmp_path, "a.c", "upper", r"x > 10")
    text = (tmp_path / "a.c").read_text()
    assert "a.c:11" in words
    assert "if (0 && (x > 10 &&\n\t    (y > 3 || !y)))" in text and "if (x < 0)" in text
    with pytest.raises(sabotage.SabotageError):
        sabotage.drop(tmp_path, "a.c", "upper", "x == 4")   # no refusal
    with pytest.raises(sabotage.SabotageError):
        sabotage.drop(tmp_path, "a.c", "lower", "y > 3")    # in another function
    with pytest.raises(sabotage.SabotageError):
        sabotage.drop(tmp_path, "a.c", "middle", "x")


class FakeTree(sabotage.Tree):
    """Runs `script` with the tree as its directory in place of the copy's own tests."""

    def __init__(self, root, script):
        super().__init__(SimpleNamespace(build=str(root), root=str(root), seed=1, environment={}))
        self.root, self.script, self.ready = root, script, True

    def test(self, only, log, kill_qemu=False):
        Path(log).write_text("")
        status = subprocess.run(["sh", "-c", self.script], cwd=self.root, check=False).returncode
        outcome = {0: "passed", 3: "built"}.get(status, "failed")
        tests = [{"name": "test/build" if outcome == "built" else "unit/test_a::one", "detail": "",
                  "outcome": "failed" if outcome != "passed" else "passed"}]
        return {"tests": tests, "passed": int(status == 0), "status": int(status != 0)}


@pytest.mark.parametrize("script, outcome", [
    ("grep -q right hypervisor/core/value", cases.PASSED),                # notices the break
    ("true", cases.FAILED),                                              # notices nothing
    ("false", cases.FAILED),                                             # fails without a break as well
    ("grep -q right hypervisor/core/value || exit 3", cases.FAILED)],     # only the build noticed
    ids=["noticed", "unnoticed", "broken-before", "build-only"])
def test_a_break_must_be_noticed_by_a_test(tmp_path, script, outcome):
    core = tmp_path / "hypervisor/core"
    core.mkdir(parents=True)
    (core / "value").write_text("right\n")
    job = sabotage.SabotageJob(FakeTree(tmp_path, script), sabotage.Break(
        "value", ["unit/*"], lambda root: sabotage.replace(root, "hypervisor/core/value", "right", "wrong")))
    result = job.run(SimpleNamespace(run_directory=str(tmp_path / "run")))
    assert result[0].outcome == outcome, result
    assert (core / "value").read_text() == "right\n"


def test_every_kind_is_broken():
    context = SimpleNamespace(root=str(ROOT), build=str(ROOT / "build"), seed=random.randrange(2 ** 32))
    kinds = {one.name.split("/")[0] for one in sabotage.breaks(context)}
    assert kinds == {"vector", "check", "personality-answer", "log-line", "killed-qemu", "image-of-zeros"}
