# SPDX-License-Identifier: Apache-2.0
"""run --trace: one record for each call of the host, as many as a plugin of QEMU counts in the same run, by CPU
and function; and the counters of exits beside the same plugin."""
from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts, exits, functions, image, monitor, qemu, trace  # noqa: E402
from command.bench import counts  # noqa: E402
from command.ram import Ram  # noqa: E402
import boots  # noqa: E402

PORTCULLIS = str(ROOT / "portcullis")
CPU = "cortex-a72"          # of which the newest QEMU, which has the plugin's interface, needs no time for ciphers


@pytest.fixture(scope="module", autouse=True)
def _built(request):
    if any(not item.get_closest_marker("off_target") for item in request.session.items):
        boots.build("bench/entries.so", "payloads/idle.bin", "payloads/probe.bin", "payloads/donor.bin",
                    "payloads/smccall.bin", "payloads/restart.bin")


def folder(request) -> Path:
    path = boots.log_of(request).parent
    path.mkdir(parents=True, exist_ok=True)
    return path


def traced(request, *words: str, name: str = "calls.json", given: str = "", plugin: bool = True,
           cpus: int = 1, status: int = 0) -> tuple[list[dict], dict, str]:
    """`portcullis run --trace` with the plugin: records, what the plugin wrote, standard error."""
    path = folder(request) / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name)}-{name}"
    out = path.with_suffix(".plugin")
    command = [PORTCULLIS, "run", "--no-build", "--trace", str(path), "--cpus", str(cpus), "--memory", "512M",
               "--cpu", CPU, "--log", str(path.with_suffix(".log")), "--timeout", "200", *words]
    if plugin:
        counts.remove(out)
        command += ["--qemu", "newest", "--", *counts.words(out, 512 << 20)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == status, done.stdout[-3000:] + done.stderr
    entries = list(trace.read(str(path))) if name.endswith(".json") else []
    return entries, json.loads(out.read_text()) if plugin else {}, done.stderr


def by_cpu_and_function(entries: list[dict]) -> Counter:
    return Counter((entry["cpu"], int(entry["x"][0], 0)) for entry in entries)


def check_against(entries: list[dict], plugin: dict) -> list[dict]:
    """The records of a run are the calls that the plugin saw, each once."""
    calls = [entry for entry in entries if "number" in entry]
    assert entries[-1] == {"end": True, "records": len(calls), "lost": 0}
    assert len(entries) == len(calls) + 1, "a loss, or a note"
    numbers = sorted(entry["number"] for entry in calls)
    assert numbers == list(range(1, len(calls) + 1))
    wanted: Counter = Counter()
    for cpu in plugin["cpus"]:
        calls_of = [entry for entry in calls if entry["cpu"] == cpu["cpu"]]
        for conduit in ("smc", "hvc"):
            assert cpu["entries"][conduit] == sum(entry["conduit"] == conduit for entry in calls_of), (cpu, conduit)
        if not cpu["other_functions"]:
            wanted.update({(cpu["cpu"], int(x0, 0)): number for x0, number in cpu["functions"].items()})
    if all(not cpu["other_functions"] for cpu in plugin["cpus"]):
        assert by_cpu_and_function(calls) == wanted
    return calls


@pytest.mark.parametrize("cpus", [1, 4])
def test_linux_as_many_records_as_the_plugin_counts(request, cpus):
    entries, plugin, _ = traced(request, given="cat /proc/uptime\npoweroff -f\n", cpus=cpus)
    calls = check_against(entries, plugin)
    names = Counter(entry["name"] for entry in calls)
    assert names["PSCI_VERSION"] == names["PSCI_SYSTEM_OFF"] == 1 and names["PSCI_CPU_ON"] == cpus - 1
    # The first instruction of the host is before its first call; the last one ends the machine.
    assert min(calls, key=lambda entry: entry["number"])["name"] == "PSCI_VERSION"
    last = max(calls, key=lambda entry: entry["number"])
    assert (last["name"], last["verdict"], last["answer"]) == ("PSCI_SYSTEM_OFF", "open", None)
    for entry in calls:
        if entry["name"] == "PSCI_CPU_ON":
            assert (entry["verdict"], entry["answer"][0], entry["words"]) == ("forwarded", "0x0", "SUCCESS")
            assert entry["firmware_calls"] == 1 and entry["rule"] is None
    # What the plugin saw go from EL2 to EL3 during a call is what the records tell, but for the last call.
    direct = sum(entry["firmware_calls"] for entry in calls)
    assert 0 < direct <= sum(cpu["firmware_calls"] for cpu in plugin["cpus"])


@pytest.mark.parametrize("cpus", [1, 4])
def test_the_probe_as_many_records_as_the_plugin_counts(request, cpus):
    """Forty thousand calls as fast as they can be made: a CPU waits for the file, nothing is lost."""
    entries, plugin, _ = traced(request, "--kernel", str(artefacts.payload("probe")), "--initrd", "none", "--append",
                                "payload.rounds=2 payload.races=2", "--trace-records", "256", cpus=cpus)
    calls = check_against(entries, plugin)
    assert len(calls) > 10_000
    verdicts = Counter(entry["verdict"] for entry in calls)
    assert all(verdicts[verdict] > 10 for verdict in ("answered", "forwarded", "refused")), verdicts
    rules = {entry["rule"] for entry in calls}
    assert {"immediate", "reserved", "closed", "function", "status", "ledger"} <= rules, rules


def test_each_field_is_what_the_host_gave_and_got(request):
    """The payload prints what it got; a call of the ledger has its rule, firmware's answer its words."""
    words = "payload.fid=0xc6000021 payload.x1=0x40200000 payload.count=3"
    entries, _, _ = traced(request, "--kernel", str(artefacts.payload("smccall")), "--initrd", "none", "--append",
                           words, plugin=False)
    made = [entry for entry in entries if entry.get("fid") == "0xc6000021"]
    assert len(made) == 3
    for entry in made:
        assert entry["name"] == "MEM_DONATE" and entry["conduit"] == "smc" and entry["cpu"] == 0
        assert entry["x"][:4] == ["0xc6000021", "0x40200000", "0x0", "0x0"]
        assert entry["words"].startswith("INVALID_PARAMETERS (RANGE)")
        assert (entry["verdict"], entry["rule"], entry["range"]) == ("refused", "ledger", "vendor hypervisor")
        assert int(entry["answer"][0], 0) == 2 ** 64 - 2 and entry["firmware_calls"] == 0
    times = [entry["time"] for entry in sorted(made, key=lambda entry: entry["number"])]
    assert times == sorted(times) and times[0] > 0
    text = trace.line(made[0])
    assert re.search(r"^ +\d+ +\d+\.\d{6} cpu0 smc MEM_DONATE 0xc6000021 x1=0x40200000( x\d=0x[0-9a-f]+)* -> 0xf+e "
                     r"INVALID_PARAMETERS \(RANGE\); refused: a rule of the ledger, [\d.]+ us$", text), text


def test_text_is_for_people(request):
    traced(request, "--kernel", str(artefacts.payload("smccall")), "--initrd", "none", "--append",
           "payload.count=5", name="calls.txt", plugin=False)
    text = next(folder(request).glob("test-text-is-for-people-*.txt")).read_text()
    assert len(re.findall(r"^ +\d+ +[\d.]+ cpu0 smc PSCI_MIGRATE_INFO_TYPE 0x84000006( x\d=0x[0-9a-f]+)* "
                          r"-> 0x\d; forwarded, [\d.]+ us$", text, re.M)) == 5, text
    assert re.search(r"PSCI_SYSTEM_OFF 0x84000008( x\d=0x[0-9a-f]+)* -> did not come back$", text, re.M)
    assert re.search(r"^# end: \d+ calls, 0 lost\n\Z", text, re.M)


def test_a_reset_ends_no_recording(request):
    """The machine boots a second time; the calls of both boots are there, numbered on."""
    entries, plugin, _ = traced(request, "--kernel", str(artefacts.payload("restart")), "--initrd", "none")
    notes = [entry for entry in entries if "note" in entry]
    assert len(notes) >= 1
    calls = check_against([entry for entry in entries if "note" not in entry], plugin)
    assert sum(entry["name"].startswith("PSCI_SYSTEM_RESET") for entry in calls) == len(notes)


def donor(path: Path) -> pexpect.spawn:
    """A recorded run, on a terminal, of the payload that calls when it is told to."""
    run = pexpect.spawn(PORTCULLIS, ["run", "--no-build", "--trace", str(path), "--cpus", "1", "--memory", "512M",
                                     "--kernel", str(artefacts.payload("donor")), "--initrd", "none", "--log",
                                     "/dev/null", "--timeout", "100"], encoding="utf-8", timeout=60)
    run.logfile_read = io.StringIO()
    run.expect("donor: ready")
    return run


def give(run: pexpect.spawn, calls: int) -> None:
    """So many calls of the payload, one after the other."""
    for count in range(calls):
        letter = "r" if count % 2 else "d"
        run.sendline(f"{letter} 50000000 1")
        run.expect(f"donor: {letter} 0x50000000 1: 0")


def ended(run: pexpect.spawn) -> tuple[int, str]:
    """Exit status, and all that was said."""
    run.expect(pexpect.EOF)
    run.close()
    return run.exitstatus, run.logfile_read.getvalue()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_recorded_outlives_qemu(request, number):
    """QEMU is killed in the middle: every call until then is there, and the recording has its end."""
    path = folder(request) / f"killed-{int(number)}.json"
    run = donor(path)
    give(run, 7)
    child = int(Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()[-1])
    os.kill(child, number)
    assert ended(run)[0] in (14, 0)
    entries = list(trace.read(str(path)))
    assert sum(entry.get("name") in ("MEM_DONATE", "MEM_RETURN") for entry in entries) == 7
    assert entries[-1]["end"] and entries[-1]["lost"] == 0


def test_what_was_recorded_before_a_crash_is_there(request):
    artefacts.build("VARIANT=breaker", "hypervisor-breaker/portcullis.img")
    breaker = artefacts.build_directory() / "hypervisor-breaker" / "portcullis.img"
    entries, _, _ = traced(request, "--hypervisor", str(breaker), "--kernel", str(artefacts.payload("smccall")),
                           "--initrd", "none", "--append", "hv.break=call-80000000 payload.fid=0x80000000",
                           plugin=False, status=11)
    calls = sorted((entry for entry in entries if "number" in entry), key=lambda entry: entry["number"])
    assert calls and calls[-1]["name"] == "SMCCC_VERSION" and calls[-1]["verdict"] == "open"


def test_losses_are_counted(request):
    """Nobody takes the records: as many as there is room for are left, and the others are told."""
    boot = qemu.Boot(kernel=artefacts.payload("smccall"), initrd="none", cpus=1, memory="512M", cpu=CPU,
                     append="hv.trace=64 payload.count=1000")
    ram = Ram(512 << 20)
    boot.ram = ram.descriptor
    with boots.session(request, boot, 60) as host:
        host.expect(r"^smccall: done: 1000 calls")
        assert host.wait_exit() == 0
    rings = trace.Rings(ram, image.Image(artefacts.elf(), qemu.HYPERVISOR_ADDRESS))
    assert rings.capacity == 64
    entries = list(rings.take(final=True))
    lost = sum(entry.get("lost", 0) for entry in entries)
    calls = [entry for entry in entries if "number" in entry]
    assert len(calls) == 64 and [entry["number"] for entry in calls] == list(range(lost + 1, lost + 65))
    assert 1000 < lost + 64 < 1100
    assert list(rings.take(final=True)) == []
    ram.close()


@pytest.mark.parametrize("path,reason", [("/nowhere/calls.json", "No such file"), ("/dev/full", "No space left")])
def test_a_file_that_cannot_be_written_is_told_at_once(path, reason):
    done = subprocess.run([PORTCULLIS, "run", "--no-build", "--trace", path], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 2 and reason in done.stderr and "--trace" in done.stderr, done.stderr


def test_a_disk_that_gets_full_ends_the_recording_and_not_the_run(tmp_path):
    """From some moment on no file of the process may grow: the calls until then are whole lines, the reason is
    told, and the machine goes on to its end."""
    path = tmp_path / "calls.json"
    run = donor(path)
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (4096, 4096))
    give(run, 20)
    run.sendline("q")
    code, text = ended(run)
    assert code == 1, text
    assert re.search(r"the trace .*calls\.json is cut short after \d+ calls: File too large", text), text
    whole = [line for line in path.read_text().splitlines(True) if line.endswith("\n")]
    assert 0 < len(whole) < 20 and all(json.loads(line) for line in whole)


@pytest.mark.parametrize("cpus", [1, 4])
def test_exit_counters_are_what_the_plugin_counts(request, cpus):
    """By CPU and reason, at the end of the same run, read from what is left of the machine's memory."""
    out = boots.log_of(request).with_suffix(".plugin")
    out.parent.mkdir(parents=True, exist_ok=True)
    counts.remove(out)
    ram = Ram(512 << 20)
    boot = boots.probe("payload.rounds=2", "payload.races=2", cpus=cpus, cpu=CPU, qemu=artefacts.qemu(newest=True),
                       ram=ram.descriptor, extra=counts.words(out, 512 << 20))
    with boots.session(request, boot) as host:
        text = boots.check_probe(host, 240)
    layout = image.Image(artefacts.elf(), qemu.HYPERVISOR_ADDRESS)
    found = exits.collect(ram.read, layout, 8 * 64)
    plugin = json.loads(out.read_text())["cpus"]
    assert sorted(found) == [cpu["cpu"] for cpu in plugin] == list(range(cpus))
    for cpu in plugin:
        mine, seen = found[cpu["cpu"]], cpu["entries"]
        assert sum(mine["calls"].values()) == seen["hvc"] + seen["smc"], cpu["cpu"]
        assert mine["hvc"] == seen["hvc"]
        assert mine["aborts"] == seen["ram"] + seen["gic"] + seen["device"] + seen["abort"], (mine, seen)
        assert mine["traps"] == seen["sysreg"] + seen["wfx"] + seen["other"], (mine, seen)
        assert seen["interrupt"] == seen["serror"] == 0
    check_report(text, plugin)
    ram.close()


def check_report(text: str, plugin: list[dict]) -> None:
    """What the log says at power-off, by CPU, reason and function."""
    told: dict[int, Counter] = {}
    for cpu, words in re.findall(r"hv: host: \[stats\] cpu(\d+):((?: \w+=\d+)+)$", text, re.M):
        told.setdefault(int(cpu), Counter()).update({name: int(number) for name, number in
                                                     re.findall(r" (\w+)=(\d+)", words)})
    for cpu in plugin:
        seen, mine = cpu["entries"], told[cpu["cpu"]]
        assert mine["hvc"] == seen["hvc"] and mine["calls"] == seen["hvc"] + seen["smc"]
        assert mine["aborts"] == seen["ram"] + seen["gic"] + seen["device"] + seen["abort"]
        assert mine["traps"] == seen["sysreg"] + seen["wfx"] + seen["other"]
        assert mine["calls"] == sum(number for name, number in mine.items() if re.fullmatch("[0-9a-f]{8}|others", name))
        if cpu["other_functions"]:
            continue
        wanted: Counter = Counter()
        for x0, number in cpu["functions"].items():
            fid = functions.identifier(int(x0, 0))
            # Power calls count by number, both forms as one; of those with another immediate QEMU tells nothing.
            if fid & 0xbfffffe0 == 0x84000000:
                fid &= 0xbfffffff
            wanted[f"{fid:08x}"] += number
        for name, number in mine.items():
            if re.fullmatch("[0-9a-f]{8}", name) and not name.startswith(("84", "c4")):
                assert number == wanted[name], name
    if len(plugin) > 1:
        line = re.search(r"hv: host: \[stats\] \d+ CPUs came here for (\d+) calls \(\d+ of them CPU_SUSPEND, "
                         r"(\d+) by HVC\), (\d+) aborts, (\d+) traps", text)
        assert line and [int(line[n]) for n in (1, 2, 3, 4)] == [
            sum(one[name] for one in told.values()) for name in ("calls", "hvc", "aborts", "traps")]
    else:
        assert "CPUs came here" not in text


# -- the verb ---------------------------------------------------------------------------------------


def show(*words: str, status: int = 0) -> subprocess.CompletedProcess:
    done = subprocess.run([PORTCULLIS, "trace", *words], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture(name="recording")
def _recording(tmp_path) -> Path:
    def entry(number, cpu, x0, verdict, answer, rule=None, us=5.0):
        return {"number": number, "cpu": cpu, "time": number / 10, "conduit": "smc",
                "fid": f"{functions.identifier(x0):#010x}", "name": functions.name(x0), "immediate": 0,
                "x": [hex(x0)] + ["0x0"] * 7, "verdict": verdict, "firmware_calls": int(verdict == "forwarded"),
                "answer": answer, "rule": rule, "range": "standard secure",
                "words": functions.words(x0, [int(value, 0) for value in answer]) if answer else "",
                "us": us if answer else None}
    path = tmp_path / "calls.json"
    entries = [entry(2, 1, 0xc4000003, "forwarded", ["0x0"] * 4), entry(1, 0, 0x84000000, "answered", ["0x10001"] * 4),
               entry(3, 0, 0x84000064, "refused", ["0x84000060", "0x0", "0xffffffff", "0x0"], "status", 15.0),
               entry(4, 0, 0x84000008, "open", None), {"lost": 7, "cpu": 0}]
    path.write_text("".join(json.dumps(one) + "\n" for one in entries))
    return path


@pytest.mark.off_target
def test_trace_shows_and_chooses(recording):
    lines = show(str(recording)).stdout.splitlines()
    assert [int(line.split()[0]) for line in lines[:4]] == [1, 2, 3, 4]
    assert "PSCI_VERSION 0x84000000 -> 0x10001 1.1; answered, 5 us" in lines[0]
    assert "FFA_FEATURES 0x84000064 -> 0x84000060 FFA_ERROR NOT_SUPPORTED; refused: the function's own " in lines[2]
    assert lines[4:] == ["# 7 calls were lost", "# the recording is cut short"]
    for words, wanted in ((["--cpu", "1"], [2]), (["--function", "PSCI_"], [1, 2, 4]),
                          (["--function", "PSCI_CPU_ON"], [2]), (["--function", "0xc4000003"], [2]),
                          (["--function", "FFA_FEATURES", "--function", "PSCI_VERSION"], [1, 3]),
                          (["--verdict", "open"], [4]), (["--verdict", "refused", "--cpu", "1"], [])):
        shown = show(str(recording), "--json", *words).stdout.splitlines()
        assert [json.loads(line)["number"] for line in shown] == wanted, words


@pytest.mark.off_target
def test_trace_sums_up(recording):
    text = show(str(recording), "--summary").stdout
    assert re.search(r"^ +1 +15\.0 +15\.0  FFA_FEATURES by smc, refused$", text, re.M), text
    assert re.search(r"^ +1 +0\.0 +0\.0  PSCI_SYSTEM_OFF by smc, open$", text, re.M), text


@pytest.mark.off_target
def test_trace_says_what_is_wrong(recording, tmp_path):
    assert "No such file" in show(str(tmp_path / "none"), status=2).stderr
    other = tmp_path / "other.txt"
    other.write_text("# no JSON\n")
    assert "no JSON object" in show(str(other), status=2).stderr
    assert "neither the name" in show(str(recording), "--function", "PSCI_CPU_UN", status=2).stderr
    # The last line may be half: the process that wrote it was killed.
    recording.write_text(recording.read_text() + '{"number": 5, "cp')
    show(str(recording))


@pytest.mark.off_target
def test_answers_in_words():
    for x0, answer, wanted in ((0xc4000003, [2 ** 64 - 3], "DENIED"), (0x84000003, [0xfffffffc], "ALREADY_ON"),
                               (0x84000063, [0x10001], "1.1"), (0x84000063, [0xffffffff], "NOT_SUPPORTED"),
                               (0x80000000, [0x10002], "1.2"), (0x8600ff01, [0x98a5b34a], ""),
                               (0x84000053, [0xfffffffd], "NO_ENTROPY"), (0x84000050, [0x10000], "1.0"),
                               (0xc6000021, [2 ** 64 - 3, 3, 0, 0], "DENIED (OWNER)"), (0xc6000022, [0], "SUCCESS"),
                               (0x84000064, [0x84000061], "FFA_SUCCESS"), (0x84000006, [2], ""),
                               (0xc2000000, [2 ** 64 - 1], "NOT_SUPPORTED")):
        assert functions.words(x0, answer + [0] * (4 - len(answer))) == wanted, hex(x0)


def test_an_interrupt_leaves_a_whole_file(tmp_path):
    """Ctrl-a x, with which a person leaves."""
    path = tmp_path / "calls.json"
    run = donor(path)
    give(run, 3)
    run.send("\x01x")
    assert ended(run)[0] == 130
    entries = list(trace.read(str(path)))
    assert sum(entry.get("name") in ("MEM_DONATE", "MEM_RETURN") for entry in entries) == 3 and entries[-1]["end"]
