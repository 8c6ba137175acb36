# SPDX-License-Identifier: Apache-2.0
"""A host that attacks: every attack is stopped by the rule that it is listed for, and with the guard of
that rule taken away it succeeds, or it would be none. `./portcullis test --only attacker --json` lists
number, rule, outcome, and outcome on the control."""
from __future__ import annotations

import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), os.path.dirname(os.path.abspath(__file__))]

from command import artefacts  # noqa: E402
import attacks  # noqa: E402
import boots  # noqa: E402
from attacks import Machine  # noqa: E402

# CPU models of the matrix, with one and with four CPUs, both GICs, and two QEMUs; those of the newest one.
MACHINES = [
    Machine("a53", 1, 3), Machine("a53", 4, 2, newest=True), Machine("a72", 1, 2, newest=True), Machine("a72", 4, 3),
    Machine("n1", 1, 3, newest=True),
    Machine("n1", 4, 2), Machine("max", 1, 2, newest=True), Machine("max", 4, 3),
    Machine("neoverse-v1", 4, 3, newest=True), Machine("neoverse-n2", 1, 3, newest=True),
    Machine("max,pauth-impdef=on", 4, 3, newest=True, tags=True),
]
MORE = [Machine(cpu, cpus, gic, firmware=firmware, thorough=True)
        for cpu in boots.MODELS for cpus in (1, 4) for gic in (2, 3) for firmware in (attacks.WILLING, "none", "dirty")]
FEW = [Machine("a53", 1, 3), Machine("max", 4, 3)]      # with the walks of `checked` in an ordinary run
NEEDED = 80             # attacks that count: of no rule more than PER_RULE, and with an effect that was seen
PER_RULE = 4
# An emulator has no cache that could lose a write, no BRBE, no SPE, no trace unit, no MPAM, no activity monitors:
# only hardware can show these.
NOT_EMULATED = {"invalidate_sets", "invalidate_lines", "invalidate_image", "record_branches", "profile_into_given_page",
                "trace_into_given_page", "trace_hypervisor", "move_partition", "write_activity"}
BRIEF = "payload.rounds=60 payload.numbers=16 payload.sweep=512"      # each exit is followed by a look at everything
ENTROPY = ("-device", "virtio-rng-device")      # writes memory by itself; the other machines have no such device

ATTACKS = attacks.listed()


@pytest.fixture(scope="module", autouse=True)
def _built(request):
    if any(not item.get_closest_marker("off_target") for item in request.session.items):
        boots.build("payloads/attacker.bin")
        artefacts.build("VARIANT=breaker", f"{attacks.BREAKER}/portcullis.img")


# --- the lists ------------------------------------------------------------------------------------

@pytest.mark.off_target
def test_numbers_and_names_are_unique():
    assert len({entry.number for entry in ATTACKS}) == len({entry.name for entry in ATTACKS}) == len(ATTACKS)
    assert all(entry.modes for entry in ATTACKS)


def counted(attacks_made: list) -> list:
    """Of each rule the first four."""
    seen: Counter[str] = Counter()
    found = []
    for entry in attacks_made:
        seen[entry.rule] += 1
        if seen[entry.rule] <= PER_RULE:
            found.append(entry)
    return found


@pytest.mark.off_target
def test_no_rule_is_counted_more_than_four_times():
    assert max(Counter(entry.rule for entry in counted(ATTACKS)).values()) == PER_RULE
    assert {entry.rule for entry in counted(ATTACKS)} == {entry.rule for entry in ATTACKS}


@pytest.mark.off_target
def test_each_guard_is_of_one_rule_and_has_an_attack():
    """A rule may have several guards, each for a part of what it keeps; a guard has no other rule. What a CPU
    writes into a page that was given away meets the rule about such pages, and one of the CPU's own."""
    assert {entry.guard for entry in ATTACKS if entry.guarded} == set(attacks.guards())
    rules = {guard: {entry.rule for entry in ATTACKS if entry.guard == guard} for guard in attacks.guards()}
    assert {guard: found for guard, found in rules.items() if len(found) > 1} == {
        "ledger_pages": {"given", "cpu-buffers"}}


@pytest.mark.off_target
def test_the_document_has_each_rule_with_its_attacks():
    told = attacks.rules()
    for rule in {entry.rule for entry in ATTACKS}:
        assert rule in told, f"docs/security.md has no rule {rule}"
        for path in re.findall(r"`([\w/]+\.\w+)`", told[rule].place):
            assert (ROOT / "hypervisor" / path).is_file(), f"{rule}: hypervisor/{path}"
        own = [entry for entry in ATTACKS if entry.rule == rule]
        assert told[rule].numbers == ", ".join(str(entry.number) for entry in own), rule
        # what is judged by the instruction alone is named in the column of the evidence
        weak = [entry.number for entry in own if not entry.effect]
        assert re.findall(r"\b\d+\b", told[rule].evidence) == [str(number) for number in weak], rule
    assert set(told) == {entry.rule for entry in ATTACKS}


@pytest.mark.off_target
def test_the_machines_have_each_model_with_one_and_with_four_cpus():
    assert {(machine.cpu, machine.cpus) for machine in MACHINES} >= {(cpu, n) for cpu in boots.MODELS for n in (1, 4)}
    assert {machine.gic for machine in MACHINES} == {2, 3}


# --- the verdict ----------------------------------------------------------------------------------

def console(outcome: str, but: dict[int, str] | None = None, without: int = 0, more: str = "") -> str:
    """What the attacker prints when all its attacks end as `outcome`, `but` some, and one is not made."""
    words = [(entry, mode, (but or {}).get(entry.number, outcome if entry.guarded else
                                           "stopped" if entry.stoppable else "absent"))
             for entry in ATTACKS for mode in entry.modes if entry.number != without]
    lines = [f"attacker: {entry.number} {entry.name} mmu-{mode} {word}: seen" for entry, mode, word in words]
    seen = Counter(word for _, _, word in words)
    return "\r\n".join([*lines, *filter(None, [more]),
                        f"attacker: done {len(words)} stopped {seen['stopped']} succeeded {seen['succeeded']} "
                        f"absent {seen['absent']} broken {1 if more else 0}", ""])


VERDICTS = [("good", {}, {}, True), ("absent-on-both", {"but": {1: "absent"}}, {"but": {1: "absent"}}, True),
            ("success", {"but": {1: "succeeded"}}, {}, False), ("no-attack", {}, {"but": {1: "stopped"}}, False),
            ("absent-on-one", {"but": {1: "absent"}}, {}, False), ("left-out", {"without": 1}, {}, False),
            ("left-out-on-the-control", {}, {"without": 1}, False),
            ("broken", {"more": "attacker: broken 1: cpu1 is lost"}, {}, False)]


@pytest.mark.off_target
@pytest.mark.parametrize("normal,control,good", [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_the_verdict_notices_what_is_wrong(normal, control, good):
    told = attacks.read(console("stopped", **normal)), attacks.read(console("succeeded", **control))
    recorded = {}
    if good:
        check(recorded.__setitem__, MACHINES[0], *told)
    else:
        with pytest.raises(AssertionError):
            check(recorded.__setitem__, MACHINES[0], *told)


@pytest.mark.off_target
def test_a_console_that_contradicts_itself_is_no_result():
    good = console("stopped")
    for text in (good.replace("attacker: done", "attacker: gone"), good.replace("broken 0", "broken 1"),
                 good.replace(" stopped: seen", " absent: seen", 1), good + good):
        with pytest.raises(AssertionError):
            attacks.read(text)


# --- the attacks ----------------------------------------------------------------------------------

RUNS: dict[Machine, tuple[attacks.Run, attacks.Run]] = {}


def runs(request, machine: Machine) -> tuple[attacks.Run, attacks.Run]:
    """The attacker above the hypervisor as it is, and above the control. Once for each machine."""
    if machine not in RUNS:
        log = boots.log_of(request).parent / f"{machine.name}.log"
        RUNS[machine] = (attacks.attack(log, machine, attacks.image()),
                         attacks.attack(log.with_suffix(".control.log"), machine, attacks.image("breaker"),
                                        "payload.control=1"))
    return RUNS[machine]


def check(record_property, machine: Machine, normal: attacks.Run, control: attacks.Run) -> None:
    wanted = {(entry.number, mode) for entry in ATTACKS for mode in entry.modes}
    assert set(normal.told) == set(control.told) == wanted
    table = attacks.as_table(ATTACKS, normal, control)
    record_property("machine", machine.name)
    record_property("attacks", table)
    assert not normal.broken and not control.broken, (normal.broken, control.broken)
    for text in (normal.text, control.text):
        assert "hv: crash" not in text and "fw: crash" not in text
    assert not [entry for entry in table if entry["outcome"] == "succeeded"]
    assert not [entry for entry in ATTACKS if not entry.guarded and control.outcome(entry) == "succeeded"]
    # what does not succeed without its guard is no attack, unless it cannot be made on this machine
    assert not [entry for entry in table if entry["control"] == "stopped"]
    absent = {key for key, (outcome, _) in normal.told.items() if outcome == "absent"}
    assert absent == {key for key, (outcome, _) in control.told.items() if outcome == "absent"}


@pytest.mark.parametrize("machine", MACHINES, ids=[machine.name for machine in MACHINES])
def test_each_attack_is_stopped_and_succeeds_on_its_control(request, record_property, machine):
    check(record_property, machine, *runs(request, machine))


@pytest.mark.long
@pytest.mark.parametrize("machine", MORE, ids=[machine.name for machine in MORE])
def test_each_attack_is_stopped_on_more_machines(request, record_property, machine):
    check(record_property, machine, *runs(request, machine))


def test_enough_attacks_count(request, record_property):
    """Over all machines: stopped wherever it can be made, and successful on each control there."""
    told, good = [], []
    for entry in ATTACKS:
        seen = [(normal.outcome(entry), control.everywhere(entry))
                for normal, control in (runs(request, machine) for machine in MACHINES)]
        made = [pair for pair in seen if pair != ("absent", "absent")]
        outcome = "succeeded" if any(pair[0] == "succeeded" for pair in made) else "stopped" if made else "absent"
        control = "absent" if not made else "stopped" if any(pair[1] != "succeeded" for pair in made) else "succeeded"
        if not entry.guarded:
            control = "none"
        if (outcome, control) == ("stopped", "succeeded"):
            good.append(entry)
        told.append({"number": entry.number, "name": entry.name, "rule": entry.rule, "outcome": outcome,
                     "control": control, "effect": entry.effect, "machines": len(made),
                     "absent": len(seen) - len(made)})
    counts = {entry.number for entry in counted([entry for entry in good if entry.effect])}
    for line in told:
        line["counts"] = line["number"] in counts
    record_property("successful_on_the_control", len(good))
    record_property("counted", len(counts))
    record_property("attacks", told)
    assert {line["name"] for line in told if line["outcome"] == "absent"} == NOT_EMULATED | {
        entry.name for entry in ATTACKS if not entry.stoppable}
    assert {entry.name for entry in ATTACKS} - {entry.name for entry in good} == NOT_EMULATED | {
        entry.name for entry in ATTACKS if not entry.guarded}
    assert len(counts) >= NEEDED


def test_what_is_not_protected_is_reached(request):
    """A device that writes memory by itself, on a machine without an SMMU: as docs/security.md and the boot say."""
    machine = Machine("max", 1, 3, devices=ENTROPY)
    chosen = [entry for entry in ATTACKS if not entry.stoppable]
    numbers = ",".join(str(entry.number) for entry in chosen)
    run = attacks.attack(boots.log_of(request), machine, attacks.image(), f"payload.only={numbers}")
    assert {run.outcome(entry) for entry in chosen} == {"succeeded"}
    assert not run.broken and "DMA: not protected" in run.text


@pytest.mark.parametrize("machine", [pytest.param(machine, id=machine.name, marks=[] if machine in FEW else
                                                  [pytest.mark.long]) for machine in MACHINES])
def test_the_invariants_hold_after_each_attack(request, record_property, machine):
    """The test build that walks ledger and stage 2 with each memory call, as the attacker makes one after each
    attack, and looks for locks that are held: it would have crashed."""
    artefacts.build("VARIANT=checked", "hypervisor-checked/portcullis.img")
    run = attacks.attack(boots.log_of(request), machine, attacks.image("checked"), BRIEF)
    normal, _ = runs(request, machine)
    assert {key: outcome for key, (outcome, _) in run.told.items()} == {
        key: outcome for key, (outcome, _) in normal.told.items()}
    assert not run.broken
    walks = re.search(r"\[audit\] \d+ exits looked at, (\d+) of them with a walk .*; all invariants held", run.text)
    assert walks and int(walks[1]) >= sum(outcome != "absent" for outcome, _ in run.told.values())
    record_property("walks", int(walks[1]))


def test_a_guard_is_off_for_a_whole_boot(request):
    """By hand, as docs/debugging.md shows it: the option, and the attacks of that guard alone."""
    chosen = [entry for entry in ATTACKS if entry.guard == "stage2_tables"]
    numbers = ",".join(str(entry.number) for entry in chosen)
    run = attacks.attack(boots.log_of(request), Machine("max", 1, 3), attacks.image("breaker"),
                         f"hv.unprotect=stage2_tables payload.only={numbers}")
    assert set(run.told) == {(entry.number, mode) for entry in chosen for mode in entry.modes}
    assert all(outcome == "succeeded" for outcome, _ in run.told.values()), run.told
    assert not run.broken


def test_the_normal_image_takes_no_guard_away(request):
    """The call of the test build is none there, and no name of a guard is in it."""
    machine = Machine("max", 1, 3)
    run = attacks.attack(boots.log_of(request), machine, attacks.image(), "payload.control=1 payload.only=1")
    assert not run.told and run.broken
    normal, breaker = (Path(attacks.image(variant)).read_bytes() for variant in ("", "breaker"))
    for guard in attacks.guards():
        assert guard.encode() in breaker and b"\0" + guard.encode() + b"\0" not in normal, guard
