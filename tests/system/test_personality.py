# SPDX-License-Identifier: Apache-2.0
"""Personalities: the language, its messages, and what compiled scripts do.

What they do is asked of the firmware's own rules.c, compiled for this machine with sanitizers
(tests/unit/firmware/player.c). None of it needs QEMU.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import artefacts, personality, status  # noqa: E402
from command.personality import PersonalityError  # noqa: E402
from command.scenarios import setting  # noqa: E402
from player import ALL_ONES, CANARY, Firmware  # noqa: E402

pytestmark = pytest.mark.off_target

SCRIPTS = sorted((ROOT / "firmware" / "personalities").glob("*.script"))
DOCUMENT = ROOT / "docs" / "firmware.md"
REQUIRED = """absent-w32 absent-x64 absent-garbage v1.0 v1.1 v1.2 v1.3-newer-minor garbage-above-v1.1
refuses-higher-minor always-1.2 locked-1.1 own-version-records-nothing major-2 bit31 zero minus-two error-fid
oscillates late smccc-1.0 smccc-1.1 clobbers unknown-is-w32 dirty returns-from-off cpu-on-denied
suspend-fails""".split()

VERSION, FEATURES, ID_GET = 0x84000063, 0x84000064, 0x84000069
ERROR, SUCCESS = 0x84000060, 0x84000061
NOT_SUPPORTED = 0xffffffff
# What the player's own functions answer.
OWN_PSCI, OWN_SMCCC = 0x0e11c0de, 0x0e11a4c4


@pytest.fixture(name="script")
def script_in_a_file(tmp_path):
    """Writes a script; returns its path."""
    def write(text: str, name: str = "own.script") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)
    return write


# -- messages ----------------------------------------------------------------------------------------

WRONG = [
    ("FFA_VERSON answers x0 = 1", 1, "'FFA_VERSON' is no function; is FFA_VERSION meant?"),
    ("# a comment\n\nFFA_VERSION anwers x0 = 1", 3, "answers or passes or hangs is missing before 'anwers'"),
    ("FFA_VERSION answers", 1, "an assignment, a status or 'delay' is missing before the end"),
    ("FFA_VERSION", 1, "is missing before the end"),
    ("FFA_VERSION answers x18 = 1", 1, "x18 is no register of a call"),
    ("FFA_VERSION answers x00 = 1", 1, "x00 is no register"),
    ("FFA_VERSION answers w0 = 0x100000000", 1, "0x100000000 does not fit into 32 bits"),
    ("FFA_VERSION answers w0 = -0x80000001", 1, "does not fit into 32 bits"),
    ("FFA_VERSION answers x0 = 0x1_00000000_00000000", 1, "does not fit into 64 bits"),
    ("FFA_VERSION answers x0 = 012", 1, "012 is no number"),
    ("FFA_VERSION answers x0 = 1.70000", 1, "1.70000 is no version"),
    ("FFA_VERSION answers x0 = $", 1, "'$' is no word of the language"),
    ("FFA_VERSION answers x0", 1, "'=' is missing after 'x0', before the end"),
    ("FFA_VERSION answers x0 = 1 x1 = 2", 1, "',' or '; then' is missing before 'x1'"),
    ("FFA_VERSION answers x0 = 1,", 1, "a status or 'delay' is missing before the end"),
    ("FFA_VERSION passes,; then x0 = 1", 1, "is missing before ';'"),
    ("FFA_VERSION answers x0 = 1; x0 = 2", 1, "'then' is missing after ';'"),
    ("FFA_VERSION answers x0 = 1; then repeat", 1, "'then repeat' needs two steps"),
    ("FFA_VERSION answers x0 = 1; then", 1, "is missing before the end"),
    ("FFA_VERSION answers x4-x3 = 1", 1, "x4-x3 is no run of registers"),
    ("FFA_VERSION answers x4-w7 = 1", 1, "x4-w7 is no run of registers"),
    ("FFA_VERSION answers upper w1 = 1", 1, "'upper' goes with x registers"),
    ("FFA_VERSION answers upper x1 = 0x100000000", 1, "does not fit into 32 bits"),
    ("FFA_VERSION answers x0 = PSCI_CPU_ON", 1, "two numbers: write PSCI_CPU_ON_32 or PSCI_CPU_ON_64"),
    ("FFA_VERSION answers x0 = lock", 1, "'lock' is neither a number, a register, a state nor a function"),
    ("state locked = 0\nFFA_VERSION answers x0 = loked", 2, "is locked meant?"),
    ("FFA_VERSION answers FFA_ERROR DENYED", 1, "'DENYED' is no status of FFA_ERROR: NOT_SUPPORTED"),
    ("FFA_VERSION answers PSCI NO_MEMORY", 1, "'NO_MEMORY' is no status of PSCI"),
    ("FFA_VERSION answers x0 = 1, delay 5", 1, "'ms' is missing or 'us' after the delay"),
    ("FFA_VERSION answers x0 = 1, delay 61000 ms", 1, "a delay of more than 60 s"),
    ("FFA_VERSION answers x0 = 1, delay -1 us", 1, "a delay is not negative"),
    ("FFA_VERSION passes, x0 = 1", 1, "only 'delay' and 'set' go with 'passes' and 'hangs'"),
    ("FFA_VERSION answers x0 = 1, set a = 1", 1, "'a' is no state: declare it first"),
    ("FFA_VERSION with w1 answers x0 = 1", 1, "one of = != < <= > >= is missing before 'answers'"),
    ("FFA_VERSION with q = 1 answers x0 = 1", 1, "'q' is neither a register nor a state"),
    ("FFA_VERSION with w1[32] = 1 answers x0 = 1", 1, "[32:32] is no range of bits within 32"),
    ("FFA_VERSION with w1[0:3] = 1 answers x0 = 1", 1, "[0:3] is no range of bits"),
    ("FFA_VERSION with w1[3:0] = 16 answers x0 = 1", 1, "0x10 does not fit into 4 bits"),
    ("FFA_VERSION with w1 > 1..2 answers x0 = 1", 1, "a range stands after '=' only"),
    ("FFA_VERSION with w1 = 1.1..1.0 answers x0 = 1", 1, "ends before it starts"),
    ("the 2th FFA_VERSION answers x0 = 1", 1, "2th: 2nd is meant?"),
    ("the 0th FFA_VERSION answers x0 = 1", 1, "calls are counted from 1st"),
    ("the 3rd to 2nd FFA_VERSION answers x0 = 1", 1, "the occurrences end before they start"),
    ("the 3rd to 5 FFA_VERSION answers x0 = 1", 1, "an ordinal is missing after 'to'"),
    ("any other call, FFA_VERSION answers x0 = 1", 1, "'any … call' stands alone"),
    ("any FFA call answers x0 = 1", 1, "'call' is missing before 'FFA'"),
    ("0x84000063..0x84000060 answers x0 = 1", 1, "ends before it starts"),
    ("FFA_VERSION answers x0 = 1\nFFA_VERSION with w1 = 1.1 answers x0 = 2", 2,
     "never reached: line 1 takes all these calls before"),
    ("any FF-A call answers x0 = 1\nFFA_MEM_SHARE answers x0 = 2", 2, "never reached: line 1"),
    ("state x0 = 1", 1, "'x0' cannot be the name of a state"),
    ("state delay = 1", 1, "'delay' cannot be the name of a state"),
    ("state a = 1\nstate a = 2", 2, "the state 'a' is there already"),
    ("at boot fill ram with 256", 1, "RAM is filled with a byte"),
    ("at boot fill ram with 1\nat boot fill ram with 2", 2, "RAM is filled already"),
    ("at boot fill registers with 0", 1, "at boot fill registers with garbage"),
    ("every return answers x0 = 1", 1, "changes is missing before 'answers'"),
    ("FFA_VERSION changes x0 = 1", 1, "answers or passes or hangs is missing before 'changes'"),
    ("expect ffa maybe", 1, "expect ffa absent|unsteady|unasked|MAJOR.MINOR, not 'maybe'"),
    ("expect ffa 1.1\nexpect ffa 1.1", 2, "'expect ffa' stands twice"),
    ("expect cpus 0", 1, "expect cpus NUMBER"),
    ("expect log (", 1, "'(' is no regular expression"),
    ("expect log", 1, "expect log REGULAR-EXPRESSION"),
    ("expect no-call FFA_VERSON", 1, "is FFA_VERSION meant?"),
    ("expect fa 1.1", 1, "expect ffa|cpus|log|no-log|call|no-call|refused|stays-on"),
    ("expect refused PSCI_CPU_ON SUCCESS", 1, "expect refused PSCI_CPU_OFF|"),
    ("expect refused PSCI_VERSION DENIED", 1, "STATUS, not 'PSCI_VERSION DENIED'"),
    ("spmc 1.4", 1, "the SPMC speaks 1.0, 1.1, 1.2 or 1.3"),
    ("spmc", 1, "a number is missing before the end"),
    ("spmc 1.1\nspmc 1.1", 2, "the SPMC is there already"),
    ("spmc 1.1 with", 1, "a property of the SPMC is missing at the end"),
    ("spmc 1.1 with strid = 24", 1, "'strid' is no property of the SPMC; is stride meant?"),
    ("spmc 1.1 with version = 1.2", 1, "'version' is no property of the SPMC"),
    ("spmc 1.1 with stride = 24, stride = 48", 1, "stride stands twice"),
    ("spmc 1.1 with stride = 25", 1, "0x19 is no value for stride"),
    ("spmc 1.1 with sri = 7", 1, "0x7 is no value for sri"),
    ("spmc 1.1 with locked = 2.0", 1, "is no value for locked"),
    ("spmc 1.1 with like = xen", 1, "like is standard or tfa or hafnium or optee, not 'xen'"),
    ("spmc 1.1 with donate = 1", 1, "donate is no or yes, not '1'"),
    ("spmc 1.1 with donate", 1, "'=' is missing after 'donate'"),
    ("spmc 1.1 stride = 48", 1, "'stride' is not understood"),
    ("FFA_VERSION with result x1 = 1 answers x0 = 1", 1, "'result' stands in 'every return"),
    ("FFA_VERSION answers x0 = result x1", 1, "'result' stands in 'every return"),
    ("every return changes x0 = result cpu", 1, "a register is missing after 'result'"),
    ("FFA_VERSION answers x0 = 1 # fine\n  , x1 = 2\n  , x2 = $", 1, "'$' is no word"),
]


@pytest.mark.parametrize("text,line,needle", WRONG, ids=[text.split("\n")[-1] for text, _, _ in WRONG])
def test_mistakes_are_named_with_file_and_line(script, text, line, needle):
    path = script(text + "\n")
    with pytest.raises(PersonalityError) as caught:
        personality.compile(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: "), message
    assert needle in message


def test_all_mistakes_are_named_at_once(script):
    path = script("FFA_VERSON answers x0 = 1\nFFA_ID_GET answers x0 = 1\nFFA_RUN answer x0 = 1\n")
    with pytest.raises(PersonalityError) as caught:
        personality.compile(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["1", "3"]


def test_unreadable_scripts(tmp_path):
    with pytest.raises(PersonalityError, match="No such file"):
        personality.compile(str(tmp_path / "none.script"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    with pytest.raises(PersonalityError, match="no UTF-8"):
        personality.compile(str(tmp_path / "binary"))


def test_limits_are_told(script):
    many = "".join(f"FFA_VERSION with w1 = {n} answers x0 = {n}\n" for n in range(600))
    with pytest.raises(PersonalityError, match=r":513: more than 512 rules"):
        personality.compile(script(many))
    with pytest.raises(PersonalityError, match=r":65: more than 64 states"):
        personality.compile(script("".join(f"state s{n} = 0\n" for n in range(65))))
    steps = "; then ".join(f"x0-x17 = {n}, x1 = {n + 1}" for n in range(1200))
    with pytest.raises(PersonalityError, match="more than 65536 bytes"):
        personality.compile(script(f"FFA_VERSION answers {steps}\n"))


def test_the_command_refuses_a_bad_script_before_the_start(script):
    path = script("expect ffa absent\nFFA_VERSON answers x0 = 1\n")
    done = subprocess.run([ROOT / "portcullis", "run", "--no-build", "--firmware", path, "--dry-run"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status.USAGE, done.stderr
    assert f"{path}:2: 'FFA_VERSON' is no function" in done.stderr
    assert "Traceback" not in done.stderr


def test_checking_and_compiling_by_hand(script, tmp_path):
    def run(*words):
        return subprocess.run([sys.executable, "-m", "command.personality", *map(str, words)], cwd=ROOT,
                              capture_output=True, text=True, timeout=60, check=False)
    good = script("FFA_VERSION answers w0 = 1.1\n")
    assert run(good, tmp_path / "blob").returncode == 0
    assert (tmp_path / "blob").read_bytes() == personality.compile(good)
    bad = script("FFA_VERSION\n", "bad.script")
    done = run(bad)
    assert done.returncode == 1 and done.stderr.startswith(f"{bad}:1: ")
    assert run().returncode == 2


# -- the compiled form -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_shipped_scripts(path):
    """Each compiles, says by hand what is expected of it, and tells which firmware is like it."""
    assert len(personality.compile(str(path))) > 32
    assert re.fullmatch(r"absent|unsteady|unasked|1\.[012]", personality.expectations(str(path))["ffa"])
    comment = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert comment[0] == "# SPDX-License-Identifier: Apache-2.0" and len(" ".join(comment[1:])) > 60


def test_all_that_are_promised_are_there():
    assert set(REQUIRED) <= {path.stem for path in SCRIPTS}
    assert set(artefacts.personality_names()) == {path.stem for path in SCRIPTS}


def test_no_two_shipped_scripts_have_the_same_rules():
    kept, doubles = setting.distinct(str(ROOT), [path.stem for path in SCRIPTS])
    assert doubles == [] and len(kept) == len(SCRIPTS)


def test_compiling_is_deterministic():
    line = "import sys; from command import personality; " \
           "print(''.join(personality.compile(path).hex() for path in sys.argv[1:]))"
    results = {subprocess.run([sys.executable, "-c", line, *map(str, SCRIPTS)], cwd=ROOT, check=True,
                              capture_output=True, env=dict(os.environ, PYTHONHASHSEED=seed)).stdout
               for seed in ("1", "2", "77")}
    assert len(results) == 1


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_renamed_copy_is_the_same_firmware(path, script):
    copy = script(path.read_text("utf-8"), "a-name-of-my-own")
    assert personality.compile(copy) == personality.compile(str(path))


def test_comments_names_and_expectations_do_not_make_other_rules(script):
    one = script("expect ffa 1.1\nstate lock = 0\n"
                 "FFA_VERSION with w1 = 0x10001 answers w0 = lock, set lock = w1\n", "one")
    two = script("# more\n\n\nexpect  ffa 1.1   # by hand\nstate version = 0x0\nFFA_VERSION with w1 = 1.1   # it\n"
                 "\tanswers w0 = version,\n\tset version = w1\n", "two")
    assert personality.identity(one) == personality.identity(two)
    assert personality.compile(one) != personality.compile(two)     # the log tells other lines
    assert setting.distinct(str(ROOT), [one, two]) == ([one], [(two, one)])
    # Who expects something else of the same rules is wrong, and is not to be passed over.
    three = script(Path(one).read_text("utf-8").replace("ffa 1.1", "ffa 1.0"), "three")
    assert personality.identity(three) == personality.identity(one)
    assert setting.distinct(str(ROOT), [one, three]) == ([one, three], [])


@pytest.mark.parametrize("change", [("w0 = 1.1", "w0 = 1.0"), ("w0 = -1", "x0 = -1"), ("w1[31] = 1", "w1[30] = 1"),
                                    ("w2 = 0", "w2 = 1"), ("NOT_SUPPORTED", "DENIED"),
                                    ("any other FF-A call", "any other call")])
def test_an_edited_answer_is_another_firmware(script, change):
    text = (ROOT / "firmware/personalities/v1.1.script").read_text("utf-8")
    assert change[0] in text
    edited = script(text.replace(*change))
    assert personality.identity(edited) != personality.identity(script(text, "as-it-is"))


# -- what compiled scripts do ------------------------------------------------------------------------


@pytest.fixture(name="player", scope="session")
def player_program():
    """rules_player, which the run of the tests has built already."""
    program = artefacts.build_directory() / "tests" / "unit" / "rules_player"
    if not program.exists():
        artefacts.build("tests/unit/rules_player")
    return program


@pytest.fixture(name="firmware")
def firmware_of_a_script(player, script, tmp_path):
    started = []

    def start(text: str) -> Firmware:
        started.append(Firmware(player, personality.compile(script(text)), tmp_path))
        assert started[-1].loaded.startswith("loaded"), started[-1].loaded
        return started[-1]
    yield start
    for one in started:
        one.end()


def test_without_rules_the_firmware_answers_by_itself(firmware):
    fw = firmware("# nothing\n")
    assert fw.loaded == "loaded -1 0"
    assert fw.call(VERSION, 0x10002) == [ALL_ONES, 0x10002, *CANARY[2:]]
    assert fw.call(0x84000000) == [OWN_PSCI, *CANARY[1:]]
    assert "line" not in fw.line


def test_the_sentence_of_the_manual(firmware):
    fw = firmware("the 2nd FFA_VERSION with w1 = 0x10002 answers x0 = 0x10001, x1 = 7; then x0 = 3\n"
                  "any other FF-A call answers FFA_ERROR BUSY, delay 50 µs\n")
    busy = [ERROR, 0, 0xfffffffc, 0, 0, 0, 0, 0, *CANARY[8:]]
    assert fw.call(VERSION, 0x10002) == busy and fw.waited == 50
    assert "FFA_VERSION" in fw.line and fw.line.endswith("(line 2)")
    assert fw.call(VERSION, 0x10001) == busy
    assert fw.call(VERSION, 0x10002) == [0x10001, 7, *CANARY[2:]] and fw.waited == 0
    assert fw.line == "call cpu0 FFA_VERSION x0=0x84000063 x1=0x10002 " + \
        " ".join(f"x{n}={CANARY[n]:#x}" for n in range(2, 8)) + " -> x0=0x10001 x1=0x7 (line 1)"
    assert fw.call(VERSION, 0x10002) == busy
    assert fw.call(0x84000000) == [OWN_PSCI, *CANARY[1:]]


def test_occurrences(firmware):
    fw = firmware("1st FFA_VERSION answers x0 = 1\nthe 2nd to the 3rd FFA_VERSION answers x0 = 2\n"
                  "the 5th and later FFA_VERSION answers x0 = 5\n")
    assert [fw.x0(VERSION) for _ in range(7)] == [1, 2, 2, ALL_ONES, 5, 5, 5]


def test_occurrences_are_counted_by_arguments_and_whoever_answers(firmware):
    fw = firmware("the 1st FFA_VERSION answers x0 = 1\nthe 2nd FFA_VERSION with w1 = 5 answers x0 = 2\n"
                  "the 3rd FFA_VERSION answers x0 = 3\n")
    # call: 1st of all and 1st with 5; another; 3rd of all but 2nd with 5, whose rule comes first
    assert [fw.x0(VERSION, w1) for w1 in (5, 6, 5, 5)] == [1, ALL_ONES, 2, ALL_ONES]


def test_sequences(firmware):
    fw = firmware("FFA_VERSION answers w0 = 1; then w0 = 2; then repeat\n"
                  "FFA_ID_GET answers w0 = 1; then passes; then answers w0 = 3\n")
    assert [fw.x0(VERSION) for _ in range(5)] == [1, 2, 1, 2, 1]
    assert [fw.x0(ID_GET) for _ in range(5)] == [1, ALL_ONES, 3, 3, 3]


def test_conditions(firmware):
    fw = firmware("""
FFA_VERSION with w1 = 1.1 answers x0 = 1
FFA_VERSION with x1 = -1 answers x0 = 2
FFA_VERSION with w1[31:16] = 5, w1[0] = 1 answers x0 = 3
FFA_VERSION with w1 = 100..200 answers x0 = 4
FFA_VERSION with w1 >= 0xfffffff0 answers x0 = 5
FFA_VERSION with w1 < 3 answers x0 = 6
FFA_VERSION with w1 = w2 answers x0 = 7
FFA_VERSION with w3 != 0, cpu = 2 answers x0 = 8
FFA_VERSION with w1 = FFA_ID_GET answers x0 = 9
""")
    assert fw.x0(VERSION, 0x10001) == 1
    assert fw.x0(VERSION, 0xdeadbeef_00010001) == 1
    assert fw.x0(VERSION, ALL_ONES) == 2
    assert fw.x0(VERSION, 0x50001) == 3
    assert fw.x0(VERSION, 0x50002, 0, 0) == ALL_ONES
    assert [fw.x0(VERSION, w1, 0, 0) for w1 in (99, 100, 200, 201)] == [ALL_ONES, 4, 4, ALL_ONES]
    assert fw.x0(VERSION, 0xfffffff0) == 5
    assert [fw.x0(VERSION, w1, 1000, 0) for w1 in (2, 3)] == [6, ALL_ONES]
    assert fw.x0(VERSION, 77, 0xffffffff_0000004d) == 7
    assert [fw.x0(VERSION, 3, 4, 5, cpu=cpu) for cpu in (1, 2)] == [ALL_ONES, 8]
    assert fw.x0(VERSION, ID_GET) == 9


def test_states(firmware):
    fw = firmware("""
state version = 0
FFA_VERSION with version = 0 answers w0 = 1.1, set version = w1
FFA_VERSION with w1 = version answers w0 = version
FFA_VERSION answers w0 = -1
FFA_ID_GET with version = 0 answers FFA_ERROR DENIED
FFA_RUN passes, set version = 0
FFA_YIELD answers x0 = version, set version = 5, x1 = version
""")
    assert fw.call(ID_GET)[:3] == [ERROR, 0, 0xfffffffa]
    assert [fw.x0(VERSION, w1) for w1 in (0x10000, 0x10001, 0x10000)] == [0x10001, NOT_SUPPORTED, 0x10000]
    assert fw.x0(ID_GET) == ALL_ONES
    assert fw.x0(0x8400006d) == ALL_ONES
    assert fw.x0(ID_GET) == ERROR
    assert fw.call(0x8400006c)[:3] == [0, 5, CANARY[2]]


def test_register_widths(firmware):
    fw = firmware("FFA_VERSION answers w0 = -1, x1 = -1, upper x2 = 0xdead, w3-w4 = x1,\n"
                  " x5 = w1, x6 = x1[47:32]\n")
    assert fw.call(VERSION, 0x1234_89ab_cdef) == [0xffffffff, ALL_ONES, 0x0000dead_00000002, 0x89abcdef,
                                                  0x89abcdef, 0x89abcdef, 0x1234, *CANARY[7:]]


def test_statuses(firmware):
    fw = firmware("PSCI_CPU_ON answers PSCI ALREADY_ON\nFFA_FEATURES answers FFA_SUCCESS w2 = 9\n"
                  "FFA_ID_GET answers FFA_SUCCESS\nFFA_RUN answers FFA_SUCCESS_64 x2 = -1, x8 = 1\n"
                  "SMCCC_ARCH_FEATURES answers SMCCC NOT_REQUIRED\nFFA_YIELD answers FFA_ERROR -77\n")
    assert fw.call(0xc4000003) == [ALL_ONES - 3, *CANARY[1:]]
    assert fw.x0(0x84000003) == ALL_ONES - 3
    assert fw.call(FEATURES) == [SUCCESS, 0, 9, 0, 0, 0, 0, 0, *CANARY[8:]]
    assert fw.call(ID_GET) == [SUCCESS, 0, 0, 0, 0, 0, 0, 0, *CANARY[8:]]
    assert fw.call(0x8400006d) == [0xc4000061, 0, ALL_ONES, 0, 0, 0, 0, 0, 1, *CANARY[9:]]
    assert fw.x0(0x80000001) == ALL_ONES - 1
    assert fw.call(0x8400006c)[2] == 0x100000000 - 77


def test_names_stand_for_both_forms(firmware):
    fw = firmware("FFA_MEM_SHARE_64 answers x0 = 64\nFFA_MEM_SHARE answers x0 = 32\n"
                  "0x32000000..0x320000ff answers x0 = 5\n0xb2000001, FFA_RUN answers x0 = 6\n")
    assert [fw.x0(function) for function in (0xc4000073, 0x84000073, 0x32000000, 0x320000ff, 0x32000100,
                                             0xb2000001, 0x8400006d)] == [64, 32, 5, 5, ALL_ONES, 6, 6]


@pytest.mark.parametrize("group,inside,outside", [
    ("SMCCC", [0x80000000, 0xc0000003, 0x8000ffff], [0x80010000, 0x84000000, 0]),
    ("PSCI", [0x84000000, 0xc4000003, 0x8400001f], [0x84000020, 0x84000063]),
    ("TRNG", [0x84000050, 0xc4000053], [0x8400004f, 0x84000060]),
    ("FF-A", [0x84000060, 0xc40000ff], [0x8400005f, 0x84000100, 0xc4000003]),
    ("SMC32", [0x80000000, 0x84000063, 0xbfffffff], [0xc0000000, 0x7fffffff]),
    ("SMC64", [0xc0000000, 0xffffffff], [0x84000063]),
    ("yielding", [0, 0x7fffffff], [0x80000000]),
    ("", [0, 0x80000000, 0xffffffff], []),
])
def test_groups(firmware, group, inside, outside):
    fw = firmware(f"any {group} call answers x0 = 1\n")
    # bit 16 of a fast call is the SVE hint and no part of the function
    assert [fw.x0(function) for function in inside] == [1] * len(inside)
    assert all(fw.x0(function) != 1 for function in outside if not function & 0x10000)


def test_unknown_calls(firmware):
    fw = firmware("any unknown PSCI call answers w0 = -1\nany other unknown call answers x0 = 5\n")
    assert fw.x0(0x84000000) == OWN_PSCI and fw.x0(0x80000000) == OWN_SMCCC
    assert fw.x0(0x84000001) == NOT_SUPPORTED
    assert fw.x0(VERSION) == 5 and fw.x0(0x32000000) == 5


def test_what_goes_back_is_changed_last(firmware):
    fw = firmware("FFA_VERSION answers w0 = 1.1\nFFA_ID_GET hangs\n"
                  "every return of the 2nd and later FFA_VERSION changes upper x0 = 0xdeadbeef\n"
                  "every return of PSCI_VERSION changes x4-x5 = 0; then x4 = 1, delay 3 us\n"
                  "every return with x1 = 99 changes x2 = 4\n"
                  "every return of PSCI_VERSION with cpu = 3 changes x2 = 5\n")
    assert fw.x0(VERSION) == 0x10001
    assert fw.x0(VERSION) == 0xdeadbeef00010001
    assert fw.call(0x84000000) == [OWN_PSCI, *CANARY[1:4], 0, 0, *CANARY[6:]]
    assert fw.call(0x84000000) == [OWN_PSCI, *CANARY[1:4], 1, *CANARY[5:]] and fw.waited == 3
    assert fw.call(0x84000000, 99, cpu=3)[2] == 5
    assert fw.call(ID_GET) == [] and fw.line.endswith("-> no return (line 2)")
    assert fw.x0(VERSION) == 0xdeadbeef00010001


def test_what_goes_back_can_be_looked_at(firmware):
    fw = firmware("state seen = 0\nFFA_VERSION answers w0 = w1, x2 = 0x1234_5678_9abc_def0\n"
                  "every return of FFA_VERSION with result w0 = 1.1\n"
                  "  changes x3 = result x2, set seen = result x2[31:16], x2 = result w2\n"
                  "every return of FFA_VERSION with result x2 < 0x100000000 changes x4 = result x3\n"
                  "FFA_ID_GET answers x0 = seen\n")
    assert fw.call(VERSION, 0x10000)[2:5] == [0x123456789abcdef0, *CANARY[3:5]]
    assert fw.call(VERSION, 0x10001)[2:5] == [0x9abcdef0, 0x123456789abcdef0, 0x123456789abcdef0]
    assert fw.x0(ID_GET) == 0x9abc


def test_unknown_calls_are_none_of_the_spmc(firmware):
    fw = firmware("spmc 1.1\nany unknown FF-A call answers x0 = 7\n")
    assert fw.x0(VERSION, 0x10001) == 0x10001
    assert fw.x0(ID_GET) == SUCCESS
    assert fw.x0(0xc400008d) == 7       # 1.2
    assert fw.x0(0x84000000) == OWN_PSCI


def test_garbage_is_another_number_each_time_and_the_same_in_each_run(firmware):
    text = "every return changes x4-x17 = garbage, upper x1-x3 = garbage\nFFA_VERSION answers w0 = garbage\n"
    first, second = firmware(text), firmware(text)
    one, two = first.call(VERSION), first.call(VERSION)
    assert one == second.call(VERSION) and two == second.call(VERSION)
    assert len(set(one[4:] + two[4:])) == 28 and one[0] >> 32 == 0 and one[0] != two[0]
    assert [value & 0xffffffff for value in one[1:4]] == [value & 0xffffffff for value in CANARY[1:4]]
    assert len({value >> 32 for value in one[1:4]}) == 3


def test_other_immediates_are_no_calls(firmware):
    fw = firmware("any call answers x0 = 1\nevery return changes x1 = 1\n")
    assert fw.call(VERSION, 5) == [1, 1, *CANARY[2:]]
    assert fw.call(VERSION, 5, immediate=1) == [ALL_ONES, 5, *CANARY[2:]]


def test_fills_at_boot(firmware):
    assert firmware("at boot fill ram with 0xa5\nat boot fill registers with garbage\n").loaded == "loaded 165 1"
    assert firmware("at boot fill ram with 0\n").loaded == "loaded 0 0"


def test_a_damaged_blob_is_refused(player, script, tmp_path):
    blob = personality.compile(script("FFA_VERSION answers w0 = 1.1\n"))
    for damaged in (blob[:-1], blob + b"\0", b"PCRULES2" + blob[8:], blob[:12] + b"\xff\xff" + blob[14:],
                    blob[:31], bytes(70000)):
        fw = Firmware(player, damaged, tmp_path)
        assert fw.loaded.startswith("refused: ")
        fw.end()


# -- what is expected by hand, against the rules -----------------------------------------------------


def conclude(fw: Firmware) -> str:
    """The end of a negotiation as docs/firmware.md and docs/ffa.md describe it, from 1.2 downwards."""
    psci = 0x84000000
    # PSCI_FEATURES came with PSCI 1.0; the player's own PSCI has neither, a rule may.
    version = fw.x0(psci)
    features = 0 if version == OWN_PSCI else version
    if features and features < 0x10000:
        return "unasked"
    if fw.x0(0x8400000a, 0x80000000) == ALL_ONES and "line" in fw.line:
        return "unasked"
    smccc = fw.x0(0x80000000)
    if smccc != OWN_SMCCC and smccc < 0x10002:
        return "unasked"
    minor, granted, ever = 2, 0, False
    for _ in range(6):
        word = fw.x0(VERSION, 0x10000 | minor, 0, 0) & 0xffffffff
        if word == NOT_SUPPORTED:
            granted = 0
            if minor == 0:
                break
            minor -= 1
        elif word >> 16 != 1:
            break
        elif word & 0xffff >= minor:
            ever = True
            granted += 1
            if granted == 2:
                return f"1.{minor}"
        else:
            minor, granted, ever = word & 0xffff, 1, True
    return "unsteady" if ever else "absent"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_expectations_follow_from_the_rules(path, player, tmp_path):
    fw = Firmware(player, personality.compile(str(path)), tmp_path)
    assert fw.loaded.startswith("loaded")
    assert conclude(fw) == personality.expectations(str(path))["ffa"]
    fw.end()


@pytest.mark.parametrize("name,asked,x0", [
    ("absent-w32", 0x10002, 0x00000000ffffffff), ("absent-x64", 0x10002, ALL_ONES),
    ("absent-garbage", 0x10002, 0xdeadbeefffffffff), ("garbage-above-v1.1", 0x10002, 0xdeadbeef00010001),
    ("bit31", 0x10001, 0x80010001), ("error-fid", 0x10002, 0x84000060), ("zero", 0x10002, 0),
    ("minus-two", 0x10002, 0xfffffffe), ("major-2", 0x10002, 0x20000), ("unknown-is-w32", 0x10002, 0xffffffff),
    ("v1.0", 0x10002, 0x10000), ("v1.1", 0x10002, 0x10001), ("v1.2", 0x10000, 0x10002),
    ("v1.3-newer-minor", 0x10002, 0x10003), ("always-1.2", 0x80000000, 0x10002), ("v1.1", 0x80010001, 0xffffffff),
    ("locked-1.1", 0x10000, 0x10001), ("refuses-higher-minor", 0x10001, 0xffffffff),
])
def test_raw_answers_of_shipped_scripts(name, asked, x0, player, tmp_path):
    path = ROOT / "firmware" / "personalities" / f"{name}.script"
    fw = Firmware(player, personality.compile(str(path)), tmp_path)
    assert fw.x0(VERSION, asked) == x0
    fw.end()


# -- scenarios and the manual ------------------------------------------------------------------------


def test_expectations_become_wants(script):
    path = script("expect ffa unasked\nexpect cpus 1\nexpect log a.b # not this\nexpect no-log c\n"
                  "expect call PSCI_CPU_ON\nexpect no-call FFA_VERSION\nexpect refused PSCI_CPU_OFF DENIED\n")
    said = personality.expectations(path)
    assert said == {"ffa": "unasked", "cpus": 1, "log": ["a.b"], "no-log": ["c"], "call": ["PSCI_CPU_ON"],
                    "no-call": ["FFA_VERSION"], "refused": {"PSCI_CPU_OFF": -3}}
    wants = setting.expected(said, 4)
    wanted = [want.pattern for want in wants if not want.absent]
    barred = [want.pattern for want in wants if want.absent]
    assert r"user: cpus online: 0$" in wanted and "a.b" in wanted and "c" in barred
    assert any(re.search(pattern, "fw: call cpu3 PSCI_CPU_ON x0=0x0") for pattern in wanted)
    assert any(re.search(pattern, "fw: call cpu0 FFA_VERSION x0=0x0") for pattern in barred)


@pytest.mark.parametrize("state,line", [
    ("absent", "hv: ffa: [ffa-none] no usable version after 3 questions: FF-A absent, going on without"),
    ("unasked", "hv: ffa: [ffa-none] FFA_VERSION not asked, it needs SMCCC 1.2: FF-A absent, going on without"),
    ("unsteady", "hv: ffa: [ffa-unsteady] firmware contradicted itself, no version held in 6 questions"),
    ("1.1", "hv: ffa: [ffa-version] FF-A 1.1 with firmware, confirmed and held"),
])
def test_each_state_is_told_from_the_others(state, line):
    for other in ("absent", "unasked", "unsteady", "1.1", "1.2"):
        wants = setting.ffa_wants(other)
        met = all(bool(re.search(want.pattern, line)) != want.absent for want in wants)
        assert met == (other == state)


def test_the_manual_names_every_personality_and_its_scripts_compile(script):
    text = DOCUMENT.read_text("utf-8")
    missing = [path.stem for path in SCRIPTS if f"`{path.stem}`" not in text]
    assert missing == []
    blocks = re.findall(r"^```personality\n(.*?)^```", text, re.M | re.S)
    assert blocks
    for block in blocks:
        personality.compile(script(block))


def test_the_manual_names_every_property_of_the_spmc():
    table = re.search(r"^### Properties\n(.*?)^### ", DOCUMENT.read_text("utf-8"), re.M | re.S)[1]
    assert [name for name in personality.SPMC if name != "version" and f"`{name}`" not in table] == []


def test_a_property_that_is_not_said_has_its_default(script):
    plain, all_said = personality.parse(script("spmc 1.2\n")), personality.parse(script(
        "spmc 1.2 with like = standard, stride = 0, wide = no, partitions = 3, services = 1, donate = yes,\n"
        "  handle = 0xffffffc0, handle_step = 1, sri = 8, lists = 20\n", "all"))
    assert plain.spmc == all_said.spmc and plain.spmc[0] == 0x10002
    other = personality.parse(script("spmc 1.2 with sri = 9, like = optee\n", "other"))
    assert [(name, one, two) for name, one, two in zip(personality.SPMC, plain.spmc, other.spmc)
            if one != two] == [("like", 0, 3), ("sri", 8, 9)]
