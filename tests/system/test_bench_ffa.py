# SPDX-License-Identifier: Apache-2.0
"""What a call of FF-A costs: the promises are kept, the record holds; and, without QEMU, how calls are cut
into groups and rounds, and the table."""
from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts  # noqa: E402
from command.bench import counts, ffa, ffa_table, record  # noqa: E402
from command.status import Problem  # noqa: E402

off_target = pytest.mark.off_target


@pytest.fixture(scope="module")
def column():
    directory = Path(os.environ.get("PORTCULLIS_RUN") or artefacts.build_directory() / "bench") / "ffa"
    directory.mkdir(parents=True, exist_ok=True)
    artefacts.build(*ffa.TARGETS)
    return ffa.measure("portcullis", artefacts.qemu(newest=True), directory)


def test_a_direct_request_costs_no_more_than_promised(column):
    assert 0 < column["direct"]["worst"] <= ffa.BUDGET["direct"]


def test_pages_in_one_piece_cost_no_more_than_promised_and_live_transactions_nothing(column):
    assert 0 < column["further"]["page"] <= ffa.BUDGET["page"]
    # alone it splits a block as well
    assert column["share-1-live"]["median"] <= column["round-1"]["median"]


def test_nothing_was_refused(column):
    assert column["refused"] == {}


def test_the_record_still_holds(column):
    recorded = record.load(ffa.NAME)
    counted = {"bench": ffa.NAME, "columns": {"portcullis": column}}
    assert record.differences(recorded, counted) == [], (
        f"recorded on {recorded['date']} at {recorded['commit']} with {recorded['conditions']}; "
        "./portcullis bench ffa --readme records anew")


# -- without QEMU -------------------------------------------------------------------------------------


def call(function: int, instructions: int) -> counts.Call:
    return counts.Call(0, "smc", True, (function, 0, 0), (0x84000061, 0, 0), instructions, 0)


def given(share: int, reclaim: int, *fragments: int) -> list[counts.Call]:
    return [call(ffa.SHARE, share), *(call(ffa.FRAG_TX, more) for more in fragments), call(ffa.RECLAIM, reclaim)]


CONSOLE = "exercise: group direct 2\r\nexercise: group share-16 2\r\nexercise: group end 0\r\n"
MARK = call(ffa.ID_GET, 50)
OTHERS = call(0x84000050, 999)      # of the kernel's own, between ours


@off_target
def test_groups_begin_where_the_program_says():
    calls = [call(ffa.MAP, 7), MARK, MARK, call(ffa.DIRECT, 180), OTHERS, call(ffa.DIRECT, 190), MARK,
             *given(100, 50), *given(100, 60), MARK]
    found = ffa.groups(calls, CONSOLE)
    assert list(found) == ["direct", "share-16", "end"]
    assert [one.instructions for one in found["direct"]] == [180, 190]
    assert len(found["share-16"]) == 4 and found["end"] == []


@off_target
def test_groups_that_do_not_fit_the_console_are_a_fault():
    with pytest.raises(Problem, match="0 groups of calls, 3 on the console"):
        ffa.groups([MARK], CONSOLE)


@off_target
def test_a_round_is_a_share_with_its_fragments_and_the_reclaim():
    found = ffa.evaluate({"share-16": given(100, 50, 10, 20) + given(100, 60, 10, 20) + given(101, 50, 10, 20)})
    assert found["share-16"] == {"median": 130, "worst": 131, "rounds": 3}
    assert found["reclaim-16"] == {"median": 50, "worst": 60, "rounds": 3}
    assert found["round-16"] == {"median": 181, "worst": 190, "rounds": 3}


@off_target
def test_a_share_that_was_not_taken_back_is_no_round():
    found = ffa.evaluate({"share-1": [call(ffa.SHARE, 5), *given(100, 50)]})
    assert found["share-1"]["rounds"] == 1


@off_target
def test_a_further_page_is_the_difference_over_240_pages():
    column = ffa.evaluate({"share-16": given(600, 400), "share-256": given(2000, 1400),
                           "scattered-16": given(1000, 1000), "scattered-256": given(9000, 9000)})
    assert ffa.further(column) == {"page": 10.0, "scattered page": 66.7}


PROMISED = {**{row: {"median": value, "worst": value, "rounds": 2}
               for row, value in (("direct", 190), ("map", 3000), ("round-1", 1600), ("share-1-live", 1600))},
            "further": {"page": 30, "scattered page": 120}}


@off_target
@pytest.mark.parametrize("row,value", [("direct", 191), ("map", 3001), ("round-1", 1601), ("share-1-live", 1633)])
def test_one_instruction_beyond_a_promise_is_told(row, value):
    assert ffa.beyond({"columns": {"portcullis": PROMISED}}) == []
    broken = {**PROMISED, row: {"median": value, "worst": value, "rounds": 2}}
    assert ffa.beyond({"columns": {"portcullis": broken}})


@off_target
@pytest.mark.parametrize("what", ["page", "scattered page"])
def test_a_page_beyond_its_promise_is_told(what):
    broken = {**PROMISED, "further": {**PROMISED["further"], what: ffa.BUDGET[what] + 0.1}}
    assert ffa.beyond({"columns": {"portcullis": broken}})


@off_target
@pytest.mark.parametrize("row", ["direct", "map", "round-1", "share-1-live"])
def test_what_was_not_counted_keeps_no_promise(row):
    assert ffa.beyond({"columns": {"portcullis": {name: value for name, value in PROMISED.items() if name != row}}})


@off_target
def test_the_table_shows_what_was_refused_and_what_is_missing():
    column = ffa.evaluate({"direct": [call(ffa.DIRECT, 1234), call(ffa.DIRECT, 1300)]})
    column["refused"] = {"scattered-4096": "FFA_ERROR -3"}
    lines = ffa_table.markdown({"columns": {"portcullis": column, "pkvm": {"missing": "no"}}}).splitlines()
    assert lines[0] == "| instructions at EL2, median (worst) | Portcullis | pKVM |"
    assert "| direct request and answer | 1,234 (1,300) | – |" in lines
    assert "| share 4,096 pages, each a range of its own | FFA_ERROR -3 | – |" in lines
