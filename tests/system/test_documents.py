# SPDX-License-Identifier: Apache-2.0
"""Every command that README.md, CONTRIBUTING.md and docs/ show is run, and prints what is shown.

A block is run as one shell script in a folder that has all of the checkout in it and may be written
to. Those that a test may not run as they are stand in INSTEAD, with what is run in their place and why.
"""
from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import documents  # noqa: E402
from command import artefacts, main, packages, qemu  # noqa: E402
from command.console import Session  # noqa: E402
from documents import CONSOLE, PYTHON, SHELL, Block, Command  # noqa: E402

RUN = Path(os.environ.get("PORTCULLIS_RUN", ROOT / "build" / "run")) / "documents"
PATIENCE = 150      # seconds for one command, most of which boot a machine on a busy one
READY = 120

# What is shown -> (what is run in its place, why).
INSTEAD = {
    "./portcullis test":
        ("./portcullis test --dry-run", "this test is part of it"),
    "./portcullis test --list":
        ("./portcullis test --list --only 'check/*'", "collecting all tests would collect this one again"),
    "./portcullis test --off-target --list":
        ("./portcullis test --off-target --list --only 'check/*'", "as above"),
    "./portcullis scenario":
        ("./portcullis scenario --dry-run", "its cells are tests of their own"),
    "./portcullis scenario ffa-version":
        ("./portcullis scenario ffa-version --dry-run", "its cells are tests of their own"),
    "./portcullis scenario ffa":
        ("./portcullis scenario ffa --dry-run", "its cells are a test of their own"),
    "./portcullis scenario xen":
        ("./portcullis scenario xen --dry-run", "two slow boots that test Xen rather than Portcullis"),
    "./portcullis who-owns 0x40200000":
        ("./portcullis who-owns 0x40200000 --dry-run", "no machine runs, or several; test_inspection asks one"),
    "./portcullis who-owns 0x40000000..0x60000000 --json":
        ("./portcullis who-owns 0x40000000..0x60000000 --json --dry-run", "as above"),
    "./portcullis stats":
        ("./portcullis stats --dry-run", "as above"),
    "./portcullis bench boot":
        ("./portcullis bench boot --dry-run", "minutes; the counts have a test of their own"),
    "./portcullis bench ledger":
        ("./portcullis bench ledger --dry-run", "as above"),
    "./portcullis bench ffa":
        ("./portcullis bench ffa --dry-run", "as above"),
}


def documented() -> list[str]:
    """The documents, as paths from the root."""
    names = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
    return sorted(name for name in names if (ROOT / name).is_file())


BLOCKS = [block for name in documented() for block in documents.blocks(ROOT, name)]
RUNNABLE = [block for block in BLOCKS if block.language in (SHELL, CONSOLE)]
COMMANDS = [(block, command) for block in RUNNABLE for command in block.commands]
HERE = [block for block in RUNNABLE
        if any(command.where == "" and not command.interactive for command in block.commands)]
INTERACTIVE = [(block, command) for block, command in COMMANDS if command.where == "" and command.interactive]
WITH_HOST = sorted({block.document for block, command in COMMANDS if command.where == "host"})
IN_UBOOT = [block for block in RUNNABLE if any(command.where == "uboot" for command in block.commands)]


def identifier(value) -> str | None:
    return value.name if isinstance(value, Block) else None


# -- what is shown, by reading --------------------------------------------------------------------


@pytest.mark.off_target
def test_every_block_says_what_it_is():
    known = (SHELL, CONSOLE, PYTHON, *documents.OTHERS)
    assert [f"{block.name}: «{block.language}»" for block in BLOCKS if block.language not in known] == []


@pytest.mark.off_target
def test_every_block_that_is_run_has_a_command():
    assert [block.name for block in RUNNABLE if not block.commands] == []


@pytest.mark.off_target
def test_no_command_hides_where_nothing_is_run():
    """In a block of another kind, or indented as one."""
    found = [f"{block.name}: {line.strip()}" for block in BLOCKS if block not in RUNNABLE
             for line in block.lines if documents.HIDDEN.match(line)]
    for name in documented():
        found += [f"{name}:{number}: {line.strip()}" for number, line in documents.prose(ROOT, name)
                  if line.startswith("    ") and documents.HIDDEN.match(line)]
    assert found == []


@pytest.mark.off_target
def test_every_exception_is_still_shown():
    shown = {command.text for _, command in COMMANDS}
    assert [text for text in INSTEAD if text not in shown] == []


@pytest.mark.off_target
def test_a_person_is_needed_only_where_the_test_can_be_one():
    unknown = [f"{block.name}: {command.text}" for block, command in INTERACTIVE
               if command.text not in INSTEAD and part_of(command) is None]
    assert unknown == []


@pytest.mark.off_target
def test_verbs_and_options_within_sentences_exist():
    wrong = []
    for name in documented():
        for number, text in documents.inline(ROOT, name):
            words = text.split()[1:]
            if not words or words[0] in ("VERB", "--help"):
                continue
            if words[0] not in main.verbs():
                wrong.append(f"{name}:{number}: {text}: no such verb")
                continue
            parser = main.parser_of(words[0], main.load(words[0]))
            options = {option for action in parser._actions for option in action.option_strings}
            wrong += [f"{name}:{number}: {text}: no option {word}" for word in words[1:]
                      if word.startswith("--") and word != "--" and word.split("=")[0] not in options]
    assert wrong == []


@pytest.mark.off_target
@pytest.mark.parametrize("shown,real,missing", [
    (["a 1", "b"], "x\na 2\nb\ny\n", None),
    (["a 1", "c"], "a 2\nb\nc\n", "c"),
    (["a 1", "...", "c"], "a 2\nb\nc\n", None),
    (["a ..."], "a and more\n", None),
    (["[    0.1] x"], "[   12.345] x\n", None),
    (["word"], "other\n", "word"),
])
def test_shown_output_is_compared_but_for_numbers(shown, real, missing):
    assert documents.missing_line(shown, real) == missing


@pytest.mark.off_target
def test_commands_are_found_in_all_their_forms(tmp_path):
    (tmp_path / "x.md").write_text("```sh\n# only a comment\na \\\n  b  # exit status 3\n\nc # d\n```\n"
                                   "text `./portcullis run\n--json`\n"
                                   "```console\n$ e \\\n>   f  # interactive\none\nhost# two\n```\n"
                                   "```console\nhost# g\nthree\n```\n")
    first, second, third = documents.blocks(tmp_path, "x.md")
    assert [(c.text, c.status) for c in first.commands] == [("a \\\n  b", 3), ("c # d", 0)]
    assert [(c.text, c.where, c.interactive, c.output) for c in second.commands] == [
        ("e \\\n  f", "", True, ["one", "host# two"])]
    assert [(c.text, c.where, c.output) for c in third.commands] == [("g", "host", ["three"])]
    assert documents.inline(tmp_path, "x.md") == [(8, "./portcullis run --json")]


# -- what is shown, by doing it -------------------------------------------------------------------


def scratch(path: Path) -> Path:
    """A folder that looks like the checkout: a person's files go there, builds to where builds go."""
    path.mkdir(parents=True, exist_ok=True)
    for entry in ROOT.iterdir():
        if entry.name not in (".git", "build") and not (path / entry.name).is_symlink():
            (path / entry.name).symlink_to(entry)
    artefacts.build_directory().mkdir(parents=True, exist_ok=True)
    if not (path / "build").is_symlink():
        (path / "build").symlink_to(artefacts.build_directory().resolve())
    return path


def variables() -> dict[str, str]:
    return dict(os.environ, PORTCULLIS_BUILD=str(artefacts.build_directory().resolve()), TERM="dumb")


def script(block: Block) -> tuple[str, list[Command]]:
    """A bash script that does what the block shows; each command leaves status.N and output.N."""
    lines = ["set -o pipefail", "cd -- \"$1\"", "left=$2"]
    run = [command for command in block.commands if command.where == "" and not command.interactive]
    for number, command in enumerate(run):
        text = INSTEAD[command.text][0] if command.text in INSTEAD else command.text
        lines += [f"{{ {text}\n}} >\"$left/output.{number}\" 2>&1 </dev/null",
                  f"echo $? >\"$left/status.{number}\"",
                  f"[ \"$(cat \"$left/status.{number}\")\" = {command.status} ] || exit 1"]
    return "\n".join(lines) + "\n", run


_done: set[tuple] = set()


def tries(block: Block) -> int:
    """A Linux whose pKVM failed goes on with EL2 stacks that it freed, and hangs now and then (see
    command/scenarios/version.py): what such a command shows may take a second boot. All others have
    one try."""
    return 3 if any("kvm-arm.mode=protected" in command.text and "absent-w32" in command.text
                    for command in block.commands) else 1


@pytest.mark.parametrize("block", HERE, ids=identifier)
def test_commands_do_what_is_shown(block, tmp_path):
    if block.key in _done:
        return      # the same block, in another place
    for left in range(tries(block), 0, -1):
        try:
            do_block(block, tmp_path / f"try-{left}")
            break
        except AssertionError:
            if left == 1:
                raise
    _done.add(block.key)


def do_block(block: Block, tmp_path: Path) -> None:
    text, run = script(block)
    left = tmp_path / "left"
    left.mkdir(parents=True)
    child = subprocess.Popen(["bash", "-c", text, "document", str(scratch(tmp_path / "checkout")), str(left)],
                             env=variables(), start_new_session=True, stdin=subprocess.DEVNULL)
    try:
        child.wait(PATIENCE * len(run))
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(20)
    for number, command in enumerate(run):
        output = (left / f"output.{number}").read_text("utf-8", "replace") \
            if (left / f"output.{number}").exists() else ""
        where = f"{block.document}:{command.line}: {command.text}\n{output[-3000:]}"
        status = left / f"status.{number}"
        assert status.exists(), f"did not end: {where}"
        assert int(status.read_text()) == command.status, f"exit status {status.read_text().strip()}: {where}"
        if command.text not in INSTEAD:
            missing = documents.missing_line(command.output, output)
            assert missing is None, f"shown, but not printed: {missing}\n{where}"


@pytest.mark.parametrize("document", WITH_HOST)
def test_commands_in_the_host_do_what_is_shown(document):
    """One boot for all of a document."""
    artefacts.build("hypervisor/portcullis.img", "firmware/firmware.bin")
    log = RUN / f"host-{Path(document).stem}.log"
    with Session(qemu.Boot(), log=log, timeout=60) as boot:
        boot.wait_ready(READY)
        for block, command in COMMANDS:
            if block.document != document or command.where != "host":
                continue
            status, output = boot.shell(command.text)
            where = f"{document}:{command.line}: {command.text}\n{output}"
            assert status == command.status, where
            missing = documents.missing_line(command.output, output)
            assert missing is None, f"shown, but not printed: {missing}\n{where}"


def boot_loader(block: Block) -> tuple[list[str], list[str]]:
    """QEMU's command line for Debian's U-Boot, and what is typed there. The machine has no disk: a
    `load virtio 0:1 ADDRESS FILE` is done by QEMU before the start, and leaves what it would leave."""
    files = {"portcullis.img": artefacts.image(), "Image": artefacts.kernel(), "initrd.gz": artefacts.initrd()}
    program = packages.fetch_arm64("u-boot-qemu").directory / "usr/lib/u-boot/qemu_arm64/u-boot.bin"
    words = [artefacts.qemu(), "-M", "virt,virtualization=on", "-cpu", qemu.DEFAULT_CPU, "-smp", "2", "-m", "1G",
             "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-bios", str(program)]
    typed = []
    for command in block.commands:
        match = re.fullmatch(r"load virtio 0:1 (0x[0-9a-f]+) (\S+)", command.text)
        if match:
            file = files[match[2]]
            words += ["-device", f"loader,file={file},addr={match[1]},force-raw=on"]
            typed.append(f"setenv filesize {file.stat().st_size:x}")
        else:
            typed.append(command.text)
    return words, typed


@pytest.mark.parametrize("block", IN_UBOOT, ids=identifier)
def test_commands_in_uboot_start_the_host(block):
    artefacts.build("hypervisor/portcullis.img")
    words, typed = boot_loader(block)
    with Session(words, log=RUN / "uboot.log", timeout=60) as boot:
        boot.expect(r"Hit any key to stop autoboot")
        boot.send("\r")
        for text in typed:
            boot.expect(r"^=> ")
            boot.send(text + "\r")
        boot.expect(r"hv: boot: \[enter\]")
        boot.expect(r"^host: hypervisor below: portcullis", READY)
        boot.wait_ready(READY)
        assert boot.shell("nproc") == (0, "2\n")
        boot.send("poweroff\n")
        assert boot.wait_exit(30) == 0


# -- a person at a terminal -----------------------------------------------------------------------


def person(command: Command, directory: Path, **options) -> pexpect.spawn:
    RUN.mkdir(parents=True, exist_ok=True)
    child = pexpect.spawn("bash", ["-c", command.text], cwd=str(directory), env=variables(), timeout=READY,
                          encoding="utf-8", codec_errors="replace", dimensions=(40, 200), **options)
    name = re.sub(r"\W+", "-", command.text.split("|")[0])[:60].strip("-")
    child.logfile_read = open(RUN / f"{name}.log", "w", encoding="utf-8")
    return child


def boots_and_powers_off(command: Command, directory: Path) -> None:
    child = person(command, directory)
    try:
        child.expect(r"host# ")
        child.sendline("poweroff")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == command.status


def part_of(command: Command):
    """How the test plays the person for this command: a function, or None when it cannot."""
    words = shlex.split(command.text)
    if words[:2] == ["./portcullis", "run"]:
        return debugged if "--gdb" in words else boots_and_powers_off
    if words[0] == "gdb-multiarch":
        return debugged
    return None


def debugged(command: Command, directory: Path) -> None:
    """Both commands of a debugger's session, whichever is asked for: `run --gdb`, and the debugger."""
    shown = [c for _, c in INTERACTIVE if part_of(c) is debugged]
    runs = next(c for c in shown if c.text.startswith("./portcullis"))
    machine = person(runs, directory)
    try:
        machine.expect(r"In another terminal:\s+(?:portcullis:\s+)?(gdb-multiarch[^\r\n]*)", timeout=PATIENCE)
        debugger = next((c for c in shown if c is command and c is not runs),
                        Command(0, machine.match[1].strip()))
        machine.expect("hv-log")
        terminal = person(debugger, directory)
        try:
            terminal.expect(r"\(gdb\) $")
            ask(terminal, "hbreak smccc_route", r"[Bb]reakpoint 1")
            ask(terminal, "continue", r"Breakpoint 1, smccc_route")
            ask(terminal, "hv-info", r"state +started")
            ask(terminal, "hv-cpus", r"cpu0 [^\n]*EL2[^\n]*smccc_route")
            ask(terminal, "hv-pt 0x40200000", r"hypervisor, stage 1: ")
            ask(terminal, "hv-log", r"hv: boot: \[enter\]")
            terminal.sendline("kill")
            terminal.expect(r"\(y or n\)|\(gdb\) $")
        finally:
            terminal.close(force=True)
    finally:
        machine.close(force=True)


def ask(terminal: pexpect.spawn, words: str, answer: str) -> None:
    terminal.sendline(words)
    terminal.expect(answer, timeout=60)
    terminal.expect(r"\(gdb\) $", timeout=60)


@pytest.mark.alone
@pytest.mark.parametrize("block,command", INTERACTIVE,
                         ids=[f"{block.document}:{command.line}" for block, command in INTERACTIVE])
def test_a_person_gets_what_is_shown(block, command, tmp_path):
    if ("interactive", command.text) in _done:
        return
    directory = scratch(tmp_path / "checkout")
    if command.text in INSTEAD:
        done = subprocess.run(["bash", "-c", INSTEAD[command.text][0]], cwd=directory, env=variables(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=PATIENCE)
        assert done.returncode == command.status, done.stdout[-2000:] + done.stderr[-2000:]
    else:
        part_of(command)(command, directory)
    _done.add(("interactive", command.text))


# -- examples in Python ---------------------------------------------------------------------------

EXAMPLES = [block for block in BLOCKS if block.language == PYTHON]


@pytest.mark.parametrize("block", EXAMPLES, ids=identifier)
def test_examples_in_python_pass(block, tmp_path):
    file = tmp_path / "test_example.py"
    file.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
    artefacts.build("hypervisor/portcullis.img", "firmware/firmware.bin")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
                          cwd=tmp_path, env=dict(variables(), PYTHONPATH=str(ROOT)), capture_output=True,
                          text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b[1-9]\d* passed", done.stdout)
