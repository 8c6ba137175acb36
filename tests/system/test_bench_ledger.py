# SPDX-License-Identifier: Apache-2.0
"""The cost of moving pages: the promises are kept, the record holds; and, without QEMU, the tables, the
comparison, and what is read from the peer's kernel."""
import copy
import json
import struct
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import qemu  # noqa: E402
from command.bench import counts, ledger, ledger_table, measurement, peer, record  # noqa: E402
from command.status import Problem  # noqa: E402
from command.verbs import bench  # noqa: E402

off_target = pytest.mark.off_target
by_call = pytest.mark.parametrize("call", ledger.CALLS)


# -- what is counted ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(program, runs):
    """2 GiB."""
    return ledger.machine(*ledger.MACHINES[0], program, runs)


@pytest.fixture(scope="module")
def large(program, runs):
    """1 TiB."""
    return ledger.machine(*ledger.MACHINES[-1], program, runs)


@pytest.fixture(scope="module")
def rows(small, large):
    return {**small["operations"], **{row: large["operations"][row] for row in ledger.LARGE_ROWS}}


@by_call
def test_a_further_page_costs_no_more_than_promised(rows, call):
    found = ledger.further(rows)
    assert 0 < found["page"][call] <= ledger.BUDGET["page"]
    assert 0 < found["page beyond"][call] <= ledger.BUDGET["page"]


@by_call
def test_a_whole_block_costs_as_a_block_not_by_page(rows, call):
    """512 pages of it would cost more than ten times as much."""
    assert 0 < ledger.further(rows)["block"][call] <= ledger.BUDGET["block"]
    one, pages = (rows[row][call]["instructions"] for row in ("blocks-1", "pages-1"))
    assert one <= 1.25 * pages
    assert rows["gigabyte"][call]["instructions"] <= one + 511 * ledger.BUDGET["block"]


@by_call
def test_cost_does_not_grow_with_ram(small, large, call):
    for row, calls in small["operations"].items():
        few, many = calls[call]["instructions"], large["operations"][row][call]["instructions"]
        assert many <= ledger.BUDGET["growth"] * few, row


def test_each_call_that_takes_access_away_drops_tlb_entries_and_no_other_does(rows):
    for row, calls in rows.items():
        assert calls["donate"]["tlb"] > 0, row
        assert (calls["share"]["tlb"], calls["unshare"]["tlb"]) == (0, 0), row


def test_the_host_pays_nothing_for_a_block_that_is_split(program, runs):
    found = ledger.split(program, runs)
    assert found == {"blocks": ledger.SPLIT_BLOCKS, "pages": ledger.SPLIT_BLOCKS * 511, "ram_faults": 0}


def test_what_is_set_aside_is_a_share_of_ram(small, large):
    """0.05 % for tables and half of that for records, beside the image and the entries of the blocks."""
    for memory, found in (("2G", small), ("1024G", large)):
        ram = qemu.memory_bytes(memory) / 1024
        fixed, entries = 2048, ram / 2048 * 4 / 1024
        assert 0.00075 * ram <= found["kept_kib"] <= 0.00075 * ram * 1.02 + fixed + entries


def test_the_record_still_holds(program, runs, small, large, rows):
    recorded = record.load(ledger.NAME)
    counted = {"bench": ledger.NAME, "operations": rows, "further": ledger.further(rows),
               "refusals": ledger.refused(program, runs), "machines": {"2G-1": small, "1024G-1": large}}
    assert record.differences(recorded, counted) == [], (
        f"recorded on {recorded['date']} at {recorded['commit']} with {recorded['conditions']}; "
        "./portcullis bench ledger --readme records anew")


@pytest.mark.long
def test_the_peers_calls_are_counted(program, runs):
    found = peer.measure(program, runs)
    recorded = record.load(ledger.NAME)["pkvm"]
    for name in peer.CALLS:
        assert found["calls"][name]["calls"] >= peer.GUESTS
        assert not record.apart(recorded["calls"][name]["least"], found["calls"][name]["least"], 0.1)


# -- the record ---------------------------------------------------------------------------------------


@off_target
def test_the_tables_in_the_documents_are_those_of_the_record():
    figures = record.load(ledger.NAME)
    documents = record.documents(ledger.NAME)
    assert [path.name for path in documents] == ["README.md", "memory.md"]
    for document, text in zip(documents, bench.tables(figures)):
        assert record.split(ledger.NAME, document)[1] == "\n" + text


@off_target
def test_the_record_is_complete_and_keeps_the_promises():
    figures = record.load(ledger.NAME)
    assert ledger.beyond(figures) == []
    assert set(figures["operations"]) == {*ledger.ROWS, *ledger.LARGE_ROWS}
    assert all(set(calls) == set(ledger.CALLS) for calls in figures["operations"].values())
    assert set(figures["refusals"]) == set(ledger.REFUSALS)
    assert set(figures["machines"]) == {f"{memory}-{cpus}" for memory, cpus in ledger.MACHINES}
    assert "missing" not in figures["pkvm"]


# -- without QEMU -------------------------------------------------------------------------------------


def sample() -> dict:
    """Figures as a run leaves them, made up: 400 for a call, 20 for a page, 30 for a block."""
    def cost(instructions, tlb=1):
        return {"instructions": instructions, "tlb": tlb}

    def calls(instructions):
        return {call: cost(instructions) for call in ledger.CALLS}

    rows = {row: calls(5000) for row in ledger.ROWS}
    rows.update({f"pages-{pages}": calls(400 + 20 * pages) for pages in ledger.PAGES})
    rows.update({f"blocks-{blocks}": calls(400 + 30 * blocks) for blocks in ledger.BLOCKS})
    both = {**rows, **{row: calls(9000) for row in ledger.LARGE_ROWS}}

    def machine(operations):
        return {"operations": copy.deepcopy(operations), "setup": 800_000, "kept_kib": 2000.0, "ram_faults": 0}

    spread = {"calls": 30, "least": 1000, "median": 1500, "most": 9000, "tlb": 1}
    return {"bench": "ledger", "date": "2026-01-01", "commit": "0123456789ab", "conditions": {
                "qemu": "QEMU 10", "machine": "-M virt", "kernel": "linux 6.12", "append": "nokaslr",
                "pkvm": "p", "compiler": "gcc"},
            "machines": {"2G-1": machine(rows), "2G-4": machine(rows), "64G-1": machine(both),
                         "1024G-1": machine(both)},
            "operations": both, "further": ledger.further(both),
            "full": {memory: {"kept_kib": 4000.0, "setup": 800_000} for memory in ("2G", "64G", "1024G")},
            "refusals": {key: cost(300, 0) for key in ledger.REFUSALS},
            "split": {"blocks": 16, "pages": 8176, "ram_faults": 0},
            "pkvm": {"calls": {**dict.fromkeys(peer.CALLS, spread), peer.CALLS[1]: {
                         **spread, "least": 1500, "most": 1500}},
                     "ram_faults": {"visits": 1000, "instructions": 1, "least": 1400, "most": 1700}}}


@off_target
def test_marginal_costs_are_those_of_the_rows():
    assert sample()["further"] == {what: dict.fromkeys(ledger.CALLS, value) for what, value in
                                   (("page", 20), ("page beyond", 20), ("block", 30))}


@off_target
def test_every_row_is_made_by_the_steps_and_the_blocks_are_whole_afterwards():
    """The steps are replayed on a map of pages; each is what its row says."""
    steps = ledger.operations(True)
    changed: dict[str, set[int]] = {"donate": set(), "share": set()}
    for step in steps:
        pages = set(range(step.base // ledger.PAGE, step.base // ledger.PAGE + step.pages))
        if step.call in changed:
            assert not any(pages & taken for taken in changed.values()), step
            changed[step.call] |= pages
        else:
            taken = changed[{"return": "donate", "unshare": "share"}[step.call]]
            assert pages <= taken, step
            taken -= pages
    assert changed == {"donate": set(), "share": set()}
    for call in ledger.CALLS:
        made = {step.key for step in steps if step.call == call and step.key}
        assert made == {*ledger.ROWS, *ledger.LARGE_ROWS}


@off_target
def test_the_details_have_a_line_for_each_row_refusal_and_machine():
    text = ledger_table.details(sample())
    for words in (*ledger.ROWS.values(), *ledger.LARGE_ROWS.values(), *ledger.REFUSALS.values()):
        assert text.count(f"| {words} |") == 1, words
    assert "| … each further page, up to 64 | 20 | 20 | 20 | 20 |" in text
    assert "| 1 TiB, 1 CPU | 420 | 5,000 | 430 | 5,000 | 800,000 |" in text
    assert "| share 1 page with EL2 | 420 (1); 5,000 (1) where it splits a block | 1,000 to 9,000 |" \
        in text
    assert "| … and end that | 420 (1); 5,000 (1) where it joins a block | 1,500 |" in text
    assert "1,000 faults of 1,400 to 1,700" in text
    assert "2026-01-01 at commit 0123456789ab" in text
    for table in text.split("\n\n"):
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1


@off_target
def test_a_peer_that_could_not_be_measured_leaves_empty_cells():
    figures = {**sample(), "pkvm": {"missing": "ledger-pkvm: no such boot"}}
    text = ledger_table.summary(figures)
    assert f"| share 1 page with EL2 | 420 (1); 5,000 (1) where it splits a block | {ledger_table.NOTHING} |" \
        in text
    assert "pKVM was not measured: ledger-pkvm: no such boot." in ledger_table.details(figures)


@off_target
@pytest.mark.parametrize("change,words", [
    (lambda f: f["further"]["page"].update(donate=30.1), "donate, a further page: 30.1"),
    (lambda f: f["further"]["page beyond"].update(share=31), "share, a further page beyond"),
    (lambda f: f["further"]["block"].update({"return": 151}), "return, a further block"),
    (lambda f: f["machines"]["1024G-1"]["operations"]["ends"]["share"].update(instructions=5051),
     "ends of share, 1024G-1: 1.01 times"),
    (lambda f: f["split"].update(ram_faults=1), "1 faults of the host"),
])
def test_each_broken_promise_is_told(change, words):
    figures = sample()
    assert ledger.beyond(figures) == []
    change(figures)
    found = ledger.beyond(figures)
    assert len(found) == 1 and words in found[0]


@off_target
def test_the_comparison_allows_two_percent_and_no_more():
    recorded, counted = sample(), sample()
    counted["operations"]["split-1"]["donate"]["instructions"] = 5100
    counted["pkvm"] = {"missing": "no boot"}
    del counted["machines"]["64G-1"]
    assert record.differences(recorded, counted) == []
    counted["operations"]["split-1"]["donate"]["instructions"] = 5101
    counted["operations"]["split-1"]["donate"]["tlb"] = 2
    counted["split"]["ram_faults"] = 1
    counted["refusals"]["late"]["instructions"] = 200
    del recorded["refusals"]["ram"]
    assert [line.partition(":")[0] for line in record.differences(recorded, counted)] == [
        "operations, split-1, donate, instructions", "operations, split-1, donate, tlb",
        "refusals, ram, instructions", "refusals, ram, tlb", "refusals, late, instructions",
        "split, ram_faults"]


def call(function: int, x1: int = 0, x2: int = 0, *, status: int = 0, rule: int = 0,
         instructions: int = 500) -> counts.Call:
    return counts.Call(0, "hvc", False, (function, x1, x2), (status % (1 << 64), rule, 0), instructions, 1)


@off_target
@pytest.mark.parametrize("made,words", [
    ([], "not the call that was counted"),
    ([call(0xc6000021, ledger.AREA, 2)], "not the call that was counted"),
    ([call(0xc6000022, ledger.AREA, 1)], "not the call that was counted"),
    ([call(0xc6000021, ledger.AREA, 1, status=-3, rule=4)], "answered with -3, rule 4"),
])
def test_an_answer_that_is_not_the_expected_one_is_no_figure(monkeypatch, tmp_path, made, words):
    def boot_payload(*_, **__):
        return measurement.Measurement(counts.Counts(), "", calls=made)

    monkeypatch.setattr(measurement, "boot_payload", boot_payload)
    step = ledger.Step("split-1", "donate", ledger.AREA, 1)
    assert step.typed == "d 50000000 1\n"
    with pytest.raises(Problem, match=words):
        ledger.run_steps([step], "2G", 1, "qemu", tmp_path, "label")
    made[:] = [call(0x84000000), call(0xc6000021, ledger.AREA, 1)]
    _, found = ledger.run_steps([step], "2G", 1, "qemu", tmp_path, "label")
    assert ledger.by_row([step], found) == {"split-1": {"donate": {"instructions": 500, "tlb": 1}}}


@off_target
def test_a_refusal_that_is_told_in_the_log_is_no_figure(monkeypatch, tmp_path):
    def run_steps(steps, *_):
        """Each fourth call is told."""
        return None, [call(1, instructions=6000 if number % 4 == 0 else 400) for number in range(len(steps))]

    monkeypatch.setattr(ledger, "run_steps", run_steps)
    found = ledger.refused("qemu", tmp_path)
    assert found == {key: {"instructions": 400, "tlb": 1} for key in ledger.REFUSALS if key != "sets"}


@off_target
def test_calls_are_read_as_the_plugin_writes_them(tmp_path):
    path = tmp_path / "some.calls"
    path.write_text(json.dumps({"cpu": 1, "cause": "smc", "forwarded": True, "x": [1, 2, 3],
                                "answers": [(1 << 64) - 3, 4, 5], "instructions": 6,
                                "tlb_maintenance": 7}) + "\n")
    assert counts.read_calls(path) == [
        counts.Call(1, "smc", True, (1, 2, 3), ((1 << 64) - 3, 4, 5), 6, 7)]
    assert (counts.read_calls(path)[0].function, counts.read_calls(path)[0].status) == (1, -3)
    path.write_text("{\n")
    with pytest.raises(Problem, match="left no calls"):
        counts.read_calls(path)
    with pytest.raises(Problem, match="left no calls"):
        counts.read_calls(tmp_path / "none.calls")


def btf(enum: str) -> bytes:
    """Type information as a compiler leaves it: an integer, a structure of one member, an enum of two."""
    names = ["", "int", "pair", "first", enum, peer.PREFIX + "__one", peer.PREFIX + "__two"]
    strings, at = b"", {}
    for name in names:
        at[name] = len(strings)
        strings += name.encode() + b"\0"
    types = struct.pack("<4I", at["int"], 1 << 24, 4, 32)
    types += struct.pack("<6I", at["pair"], 4 << 24 | 1, 4, at["first"], 1, 0)
    types += struct.pack("<7I", at[enum], 6 << 24 | 2, 4, at[names[5]], 1, at[names[6]], 9)
    head = peer._MAGIC + struct.pack("<5I", 24, 0, len(types), len(types), len(strings))
    return head + types + strings


@off_target
def test_the_peers_functions_are_those_that_its_kernel_names():
    decoy = peer._MAGIC + bytes(range(20))
    assert peer.functions(b"code" + decoy + btf(peer.ENUM) + b"more") == {
        0xc6000001: "__one", 0xc6000009: "__two"}
    for image in (b"", b"code", btf("another")):
        with pytest.raises(Problem, match="no enum"):
            peer.functions(image)


@off_target
def test_the_peers_calls_are_told_by_their_names():
    names = {number: name for number, name in enumerate(peer.CALLS, 1)}
    made = [call(number, instructions=1000 * number + guest) for guest in range(peer.GUESTS)
            for number in names] + [call(1, instructions=7), call(99)]
    found = peer.evaluate(made, names)
    assert found["__pkvm_host_share_hyp"] == {"calls": 11, "least": 7, "median": 1004, "most": 1009, "tlb": 1}
    assert found["__pkvm_teardown_vm"] == {"calls": 10, "least": 5000, "median": 5004, "most": 5009, "tlb": 1}
    with pytest.raises(Problem, match="__pkvm_init_vm 9 times"):
        peer.evaluate([one for one in made if one.instructions != 3000], names)
