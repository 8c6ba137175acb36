# SPDX-License-Identifier: Apache-2.0
"""The command off-target: options, dry runs, prerequisites, the package cache and its recoveries, and
exit statuses. apt, dpkg and QEMU are programs made here, which fail when they are told to."""
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from command import cache, initramfs, packages, process, qemu, status  # noqa: E402
from command.status import Problem, UsageProblem  # noqa: E402

pytestmark = pytest.mark.off_target

PORTCULLIS = str(ROOT / "portcullis")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def image(path: Path) -> Path:
    """64 bytes that look like an arm64 Image."""
    head = bytearray(64)
    head[56:60] = b"ARM\x64"
    path.write_bytes(bytes(head))
    return path


def portcullis(*words: str, variables: dict | None = None, **options) -> subprocess.CompletedProcess:
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([PORTCULLIS, *words], capture_output=True, text=True, timeout=60, check=False,
                          env=dict(os.environ, **(variables or {})), **options)


# -- words on the command line ------------------------------------------------------------------


@pytest.mark.parametrize("words,needle", [
    (["run", "--cpus", "0"], "not in 1..8"),
    (["run", "--cpus", "9"], "not in 1..8"),
    (["run", "--cpus", "x"], "invalid int"),
    (["run", "--gic", "4"], "invalid choice"),
    (["run", "--memory", "2X"], "not a size"),
    (["run", "--memory", "0T"], "not a size"),
    (["run", "--memory", "128M"], "at least 256M"),
    (["run", "--kernel", "/nonexistent"], "no such file"),
    (["run", "--kernel", "/etc/passwd"], "no arm64 Image"),
    (["run", "--initrd", "/nonexistent"], "no such file"),
    (["run", "--firmware", "no-such-personality"], "neither a personality nor a file"),
    (["run", "--hypervisor", "no-such-image"], "neither portcullis nor none"),
    (["run", "--timeout", "0"], "not above 0"),
    (["run", "--gdb", "99999"], "not in 1..65535"),
    (["run", "--cpu", "max;reboot"], "not the name of a CPU model"),
    (["run", "--no-such-option"], "unrecognized"),
    (["no-such-verb"], "there is no verb"),
])
def test_wrong_words_are_usage(words, needle):
    done = portcullis(*words)
    assert done.returncode == status.USAGE, done.stderr
    assert needle in done.stderr
    assert "Traceback" not in done.stderr


def test_no_words_is_usage_and_shows_the_verbs():
    done = portcullis()
    assert done.returncode == status.USAGE
    assert re.search(r"^  run  ", done.stdout, re.M)


def test_help_documents_every_exit_status():
    done = portcullis("run", "--help")
    assert done.returncode == 0
    for number, words in status.WORDS.items():
        assert re.search(rf"^ +{number}  {re.escape(words)}$", done.stdout, re.M)


@pytest.mark.parametrize("verb", sorted(path.stem for path in (ROOT / "command/verbs").glob("[a-z]*.py")))
def test_every_verb_has_help(verb):
    done = portcullis(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert f"./portcullis {verb}" in done.stdout and "--dry-run" in done.stdout


def test_completion_offers_verbs_options_and_values():
    def offers(*words):
        return portcullis("completion", "--words", *words).stdout.split()
    assert "run" in offers("r")
    assert "--firmware" in offers("run", "--fi")
    assert offers("run", "--gic", "") == ["2", "3"]
    assert "none" in offers("run", "--firmware", "n")
    assert offers("run", "--kernel", "x") == ["<files>"]


def test_completion_script_is_valid_bash():
    text = portcullis("completion").stdout
    done = subprocess.run(["bash", "-c", text + '\nCOMP_WORDS=(' + PORTCULLIS + ' run --hyper)\n'
                           'COMP_CWORD=2; _portcullis; echo "${COMPREPLY[@]}"'],
                          capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "--hypervisor", done.stderr


# -- the QEMU command line ------------------------------------------------------------------------


def line_of(tmp_path, monkeypatch, **fields):
    """The words for a boot with made-up images."""
    monkeypatch.setenv("PORTCULLIS_QEMU", "qemu")
    monkeypatch.setenv("PORTCULLIS_BUILD", str(tmp_path))
    monkeypatch.setattr(qemu, "compiled_personality", lambda name: tmp_path / f"{name}.bin")
    if "kernel" not in fields:
        fields["kernel"] = image(tmp_path / "Image")
    fields.setdefault("initrd", "none")
    return qemu.command_line(qemu.Boot(**fields))


def test_full_boot_has_firmware_hypervisor_and_modules(tmp_path, monkeypatch):
    words = line_of(tmp_path, monkeypatch, cpus=2, memory="1G", gic=2, cpu="cortex-a53")
    text = " ".join(words)
    assert "-M virt,secure=on,virtualization=on,gic-version=2 " in text
    assert "-cpu cortex-a53 -smp 2 -m 1024M -nic none" in text
    assert f"-bios {tmp_path}/firmware/firmware.bin" in text
    assert f"loader,file={tmp_path}/hypervisor/portcullis.img,addr=0x40200000,force-raw=on" in text
    assert f"guest-loader,addr=0x41000000,kernel={tmp_path}/Image,bootargs=console=ttyAMA0" in text
    assert "string=entry=0x40200000" in text and "chosen=linux" not in text
    assert "initrd=" not in text


def test_without_hypervisor_the_firmware_enters_the_kernel(tmp_path, monkeypatch):
    text = " ".join(line_of(tmp_path, monkeypatch, hypervisor="none"))
    assert "string=entry=0x41000000 chosen=linux" in text and "portcullis.img" not in text


def test_without_firmware_qemu_starts_the_hypervisor(tmp_path, monkeypatch):
    words = line_of(tmp_path, monkeypatch, firmware="none")
    assert "virt,virtualization=on,gic-version=3" in words and "-bios" not in words
    assert words[words.index("-kernel") + 1] == f"{tmp_path}/hypervisor/portcullis.img"
    assert any(word.startswith("guest-loader,addr=0x41000000") for word in words)


def test_without_both_qemu_boots_linux(tmp_path, monkeypatch):
    words = line_of(tmp_path, monkeypatch, firmware="none", hypervisor="none", append="a,b")
    assert words[words.index("-append") + 1] == "console=ttyAMA0 a,b"


def test_commas_in_the_command_line_are_doubled_for_the_loader(tmp_path, monkeypatch):
    text = " ".join(line_of(tmp_path, monkeypatch, append="isolcpus=1,2"))
    assert "isolcpus=1,,2" in text


def test_more_memory_than_the_machine_has_is_not_reserved(tmp_path, monkeypatch):
    text = " ".join(line_of(tmp_path, monkeypatch, memory="4096G"))
    assert "reserve=off" in text and "memory-backend=ram" in text


def test_blobs_that_do_not_fit_are_refused(tmp_path, monkeypatch):
    initrd = tmp_path / "initrd"
    with open(initrd, "wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(UsageProblem, match="kernel and initrd end at"):
        line_of(tmp_path, monkeypatch, memory="256M", initrd=initrd)
    with open(tmp_path / "Image", "r+b") as file:
        file.truncate(180 << 20)
    with pytest.raises(UsageProblem, match="where the initrd lies"):
        line_of(tmp_path, monkeypatch, kernel=tmp_path / "Image", initrd=initrd)


def test_dry_run_prints_commands_and_starts_none(tmp_path):
    fake = script(tmp_path / "qemu", "#!/bin/sh\ntouch $0.started\n")
    done = portcullis("run", "--dry-run", "--hypervisor", "none", "--firmware", "none", "--kernel",
                      str(image(tmp_path / "Image")), "--initrd", "none", "--", "-rtc", "base=utc",
                      variables={"PORTCULLIS_QEMU": str(fake)})
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith(str(fake)) and last.endswith("-rtc base=utc")
    assert not fake.with_name("qemu.started").exists()


def test_dry_run_of_an_empty_cache_prints_what_would_be_fetched(tmp_path):
    done = portcullis("run", "--dry-run", "--hypervisor", "none", "--firmware", "none",
                      variables={"XDG_CACHE_HOME": str(tmp_path), "PORTCULLIS_QEMU": "qemu"})
    assert done.returncode == 0, done.stderr
    for needle in ("update", "download linux-image-cloud-arm64", "dpkg-deb --extract", "qemu "):
        assert needle in done.stdout
    assert not list(tmp_path.glob("portcullis/packages/*"))


# -- exit statuses, with a QEMU that is made here ---------------------------------------------------


def run_with(tmp_path, program: str, *words: str, stdin=subprocess.DEVNULL, **options):
    fake = script(tmp_path / "qemu", "#!/bin/sh\n" + program)
    return portcullis("run", "--hypervisor", "none", "--firmware", "none", "--kernel",
                      str(image(tmp_path / "Image")), "--initrd", "none", "--log",
                      str(tmp_path / "log"), *words, stdin=stdin,
                      variables={"PORTCULLIS_QEMU": str(fake)}, **options)


@pytest.mark.parametrize("program,expected", [
    ("echo hello; exit 0", status.POWERED_OFF),
    ("echo '[    1.000000] Kernel panic - not syncing: x'; echo '---[ end Kernel panic'; exec sleep 60",
     status.HOST_PANIC),
    ("echo '[    1.000000] Kernel panic - not syncing: no end'; exec sleep 60", status.HOST_PANIC),
    ("echo '[    0.1] hv: crash: [el2-sync] x'; echo '[ 0.2] hv: crash: [end]'; exec sleep 60",
     status.EL2_CRASH),
    ("echo '[    0.1] hv: crash: [el2-sync] x'; exit 0", status.EL2_CRASH),
    ("echo 'fw: crash: x'; exec sleep 60", status.FIRMWARE_CRASH),
    ("echo quoted: Kernel panic - not syncing; echo hv: crash, no key", status.POWERED_OFF),
    ("exit 1", status.QEMU_FAILED),
    ("kill -9 $$", status.QEMU_FAILED),
    ("echo \"unable to find CPU model 'max'\" >&2; exit 1", status.USAGE),
])
def test_exit_status_tells_how_it_ended(tmp_path, program, expected):
    begin = time.monotonic()
    done = run_with(tmp_path, program)
    assert done.returncode == expected, done.stderr
    assert time.monotonic() - begin < 20
    assert "Traceback" not in done.stderr


def test_timeout_has_its_own_status_and_names_the_log(tmp_path):
    done = run_with(tmp_path, "echo hello; exec sleep 60", "--timeout", "1")
    assert done.returncode == status.TIMEOUT
    assert str(tmp_path / "log") in done.stderr
    assert (tmp_path / "log").read_text() == "hello\n"


def test_qemu_that_cannot_be_started(tmp_path):
    done = portcullis("run", "--hypervisor", "none", "--firmware", "none", "--kernel",
                      str(image(tmp_path / "Image")), "--initrd", "none",
                      variables={"PORTCULLIS_QEMU": "/nonexistent/qemu"})
    assert done.returncode == status.QEMU_FAILED
    assert "/nonexistent/qemu" in done.stderr and "Traceback" not in done.stderr


def test_json_outcome_is_all_of_standard_output(tmp_path):
    done = run_with(tmp_path, "echo console; exit 0", "--json")
    result = json.loads(done.stdout)
    assert result["outcome"] == "powered off" and result["status"] == 0
    assert result["command"][0] == str(tmp_path / "qemu")
    assert "console" in done.stderr


def test_words_after_two_dashes_reach_qemu(tmp_path):
    done = run_with(tmp_path, 'for w in "$@"; do echo "<$w>"; done', "--", "-x", "a b", "--cpus")
    assert done.stdout.splitlines()[-3:] == ["<-x>", "<a b>", "<--cpus>"]


# A shell that loses what comes before its prompt, as a UART does, and then takes lines.
SHELL = r"""
trap '' PIPE
timeout 1 cat >$0.lost
printf '\r\nhost# '
while IFS= read -r line; do
	echo "$line" >>$0.got
	case $line in 'poweroff -f') exit 0 ;; esac
	sleep 0.05
	printf '\r\nhost# '
done
sleep 60
"""


def test_piped_input_is_held_until_the_prompt(tmp_path):
    lines = [f"line {number}" for number in range(12)] + ["poweroff -f"]
    with open(tmp_path / "in", "w+", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        file.seek(0)
        done = run_with(tmp_path, SHELL, "--timeout", "40", stdin=file)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "qemu.lost").read_bytes() == b""
    assert (tmp_path / "qemu.got").read_text().splitlines() == ["stty -echo ixoff", *lines]
    assert "stty" not in done.stdout


def test_a_prompt_is_seen_behind_what_firmware_logs(tmp_path):
    """Firmware writes to the host's console whenever it is called, also in the middle of a word."""
    program = r"""
call='fw: call cpu1 PSCI_CPU_SUSPEND x0=0xc4000001 x1=0x1 x2=0x40200120 -> x0=0x0'
printf 'host: re%s\r\nady: Linux\r\n' "$call"
for line in 1 2; do
	printf 'ho%s\r\nst# ' "$call"
	for again in 1 2 3 4 5 6 7 8 9 10; do printf '%s\r\n' "$call"; done
	IFS= read -r line; echo "$line" >>$0.got
done
"""
    with open(tmp_path / "in", "w+", encoding="utf-8") as file:
        file.write("end\n")
        file.seek(0)
        done = run_with(tmp_path, program, "--timeout", "20", stdin=file)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "qemu.got").read_text().splitlines() == ["stty -echo ixoff", "end"]


def test_input_stops_between_xoff_and_xon(tmp_path):
    """The guest says XOFF after the first line and sees whether more comes all the same."""
    program = r"""
printf '\r\nhost# '; read -r line; printf '\r\nhost# '; read -r line
printf '\023'; timeout 4.5 cat >$0.early
printf '\021'; while IFS= read -r line; do echo "$line" >>$0.got; case $line in end) exit 0 ;; esac; done
"""
    lines = ["first"] + ["x" * 200 for _ in range(100)] + ["end"]
    with open(tmp_path / "in", "w+", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.seek(0)
        done = run_with(tmp_path, program, "--timeout", "40", stdin=file)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "qemu.early").read_bytes() == b""
    assert (tmp_path / "qemu.got").read_text().splitlines() == lines[1:]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_qemu_dies_with_portcullis(tmp_path, number):
    fake = script(tmp_path / "qemu", "#!/bin/sh\necho $$ >$0.pid\nexec sleep 300\n")
    child = subprocess.Popen([PORTCULLIS, "run", "--hypervisor", "none", "--firmware", "none",
                              "--kernel", str(image(tmp_path / "Image")), "--initrd", "none"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL,
                             env=dict(os.environ, PORTCULLIS_QEMU=str(fake)))
    note = tmp_path / "qemu.pid"
    deadline = time.monotonic() + 20
    while not (note.exists() and note.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = int(note.read_text())
    child.send_signal(number)
    child.wait(10)
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            break
        if state in "ZX":
            break
        time.sleep(0.05)
    else:
        os.kill(pid, signal.SIGKILL)
        pytest.fail(f"QEMU outlived portcullis, which got signal {number}")


# -- first lines in sh ------------------------------------------------------------------------------


def prerequisites(tmp_path, *, lacking="make", uid=0, sudo=False, apt="exit 0", dry="no"):
    """Run prerequisites() with made-up dpkg and apt; `lacking` is the package that is missing."""
    bin_directory = tmp_path / "bin"
    script(bin_directory / "dpkg-query", "#!/bin/sh\nfor p in \"$@\"; do case $p in -*|*'{'*) ;; "
           f"{lacking}) [ -e {tmp_path}/installed ] && echo \"$p ii \";; *) echo \"$p ii \";; esac; done\n")
    script(bin_directory / "dpkg", "#!/bin/sh\nexit 0\n")
    script(bin_directory / "id", f"#!/bin/sh\necho {uid}\n")
    script(bin_directory / "apt-get", f"#!/bin/sh\necho \"apt-get $*\" >>{tmp_path}/calls\n{apt}\n")
    (bin_directory / "sudo").unlink(missing_ok=True)
    if sudo:
        script(bin_directory / "sudo", "#!/bin/sh\nshift\nexec env \"$@\"\n")
    for name in ("sh", "env", "sed", "grep", "cat", "tee", "mktemp", "rm", "cp", "mv", "df", "awk", "ls",
                 "touch"):
        (bin_directory / name).unlink(missing_ok=True)
        (bin_directory / name).symlink_to(subprocess.run(["which", name], capture_output=True, text=True,
                                                         check=True).stdout.strip())
    return subprocess.run(
        ["sh", "-c", f". {ROOT}/command/prerequisites.sh; prerequisites "
         f"{ROOT}/command/prerequisites.txt run no {dry}"], capture_output=True, text=True, timeout=30,
        check=False, stdin=subprocess.DEVNULL, env={"PATH": str(bin_directory), "TMPDIR": str(tmp_path)})


def test_missing_packages_are_named_with_a_reason_and_installed(tmp_path):
    done = prerequisites(tmp_path, apt=f"touch {tmp_path}/installed")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^  make +runs the build$", done.stderr, re.M)
    calls = (tmp_path / "calls").read_text()
    assert re.search(r"--yes .*install make$", calls, re.M)


def test_nothing_is_done_when_nothing_is_missing(tmp_path):
    done = prerequisites(tmp_path, lacking="something-else")
    assert done.returncode == 0 and done.stderr == ""
    assert not (tmp_path / "calls").exists()


def test_without_root_and_sudo_the_command_for_root_is_printed(tmp_path):
    done = prerequisites(tmp_path, uid=1000)
    assert done.returncode == 1
    assert "apt-get update && apt-get install --yes --no-install-recommends make" in done.stderr
    assert not (tmp_path / "calls").exists()


def test_sudo_is_used_without_a_question_where_there_is_no_terminal(tmp_path):
    done = prerequisites(tmp_path, uid=1000, sudo=True, apt=f"touch {tmp_path}/installed")
    assert done.returncode == 0, done.stderr
    (tmp_path / "installed").unlink()
    done = prerequisites(tmp_path, uid=1000, sudo=True,
                         apt="case $* in '-s '*) exit 0;; esac; echo 'sudo: a password is required'; exit 1")
    assert done.returncode == 1 and "sudo wants a password" in done.stderr


def test_dry_run_prints_the_installation(tmp_path):
    done = prerequisites(tmp_path, dry="yes")
    assert done.returncode == 0
    assert done.stdout == "apt-get install --yes --no-install-recommends make\n"
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("message,advice", [
    ("E: You don't have enough free space in /var/cache/apt/archives/.", "the disk is full"),
    ("E: Failed to fetch x  Temporary failure resolving 'mirror'", "cannot be reached"),
    ("E: Unable to locate package make", "does not offer it|do not offer it"),
    ("E: Sub-process /usr/bin/dpkg returned an error code (1)", "dpkg --configure -a"),
])
def test_a_failing_apt_is_explained(tmp_path, message, advice):
    done = prerequisites(tmp_path, apt=f"case $* in *-s*) exit 0;; esac; echo \"{message}\"; exit 100")
    assert done.returncode == 1
    assert "this command failed: apt-get install" in done.stderr
    assert re.search(advice, done.stderr)


# -- the cache --------------------------------------------------------------------------------------


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(process, "dry_run", False)
    return tmp_path / "cache" / "portcullis"


def test_relative_cache_home_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.directory() == Path.home() / ".cache" / "portcullis"


def test_a_directory_appears_complete_or_not_at_all(empty_cache):
    target = empty_cache / "unpacked" / "x"
    with pytest.raises(RuntimeError):
        with cache.filling(target) as scratch:
            (scratch / "half").write_text("half")
            raise RuntimeError("interrupted")
    assert not target.exists() and not list(target.parent.glob(".x.*"))
    for content in ("first", "second"):
        with cache.filling(target) as scratch:
            (scratch / "file").write_text(content)
        assert (target / "file").read_text() == content
    assert [path.name for path in target.parent.iterdir()] == ["x"]


def test_a_record_counts_only_while_its_files_are_there(empty_cache):
    (empty_cache / "unpacked" / "x").mkdir(parents=True)
    cache.write_record("key", {"paths": ["unpacked/x"]})
    assert cache.record("key")
    (empty_cache / "unpacked" / "x").rmdir()
    assert cache.record("key") is None
    (empty_cache / "records" / "key.json").write_text('{"paths": [')
    assert cache.record("key") is None


def test_a_second_portcullis_waits_for_the_lock(empty_cache):
    code = ("import sys, time; sys.path.insert(0, sys.argv[1]); from command import cache\n"
            "with cache.lock():\n print('held', flush=True); time.sleep(float(sys.argv[2]))")
    first = subprocess.Popen(["/usr/bin/python3", "-c", code, str(ROOT), "1.5"], stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"held\n"
    begin = time.monotonic()
    second = subprocess.run(["/usr/bin/python3", "-c", code, str(ROOT), "0"], capture_output=True,
                            text=True, check=True)
    assert time.monotonic() - begin > 0.8
    assert f"process {first.pid}" in second.stderr
    first.wait()


MIRRORS = """\
http://mirror.one/debian/|Debian|Debian|bookworm|main|Packages
http://mirror.one/debian/|Debian|Debian|bookworm|main|Translations
http://mirror.one/debian-security/|Debian|Debian-Security|bookworm-security|main|Packages
https://packages.example.com/apt/|Example|Example|bookworm|main|Packages
https://docker.example.com/linux/debian/||| bookworm|stable|Packages
https://unknown.example.com/x/|||bookworm|main|Packages
mirror+file:/etc/apt/mirrors/debian.list/|Debian|Debian|bookworm|main|Packages
"""


def test_only_debian_mirrors_count_whatever_their_scheme():
    found = packages.parse_mirrors(MIRRORS)
    assert found == ["http://mirror.one/debian", "mirror+file:/etc/apt/mirrors/debian.list",
                     "https://unknown.example.com/x"]


def test_before_the_first_update_the_likeliest_mirror_comes_first():
    text = ("https://x.example.com/tools/|||bookworm|main|Packages\n"
            "ftp://mirror.two/debian/|||bookworm|main|Packages\n")
    assert packages.parse_mirrors(text)[0] == "ftp://mirror.two/debian"


# apt-get and apt-cache of a mirror with one package; `mode` says what is wrong with it.
APT = r"""#!/bin/sh
echo "$0 $*" >>@HERE@/calls
mode=$(cat @HERE@/mode)
case "$*" in
*indextargets*) echo 'http://mirror.one/debian/|Debian|Debian|bookworm|main|Packages'; exit 0 ;;
*update*)
	[ "$mode" = offline ] && { echo "E: Temporary failure resolving 'mirror.one'"; exit 100; }
	exit 0 ;;
*show*) cat @HERE@/fields ;;
*download*)
	case $mode in
	full) echo 'E: Write error - write (28: No space left on device)'; exit 100 ;;
	half) head -c 100 @HERE@/tool.deb >tool_1_arm64.deb; exit 0 ;;
	killed) head -c 100 @HERE@/tool.deb >tool_1_arm64.deb; kill -9 $$ ;;
	gone) echo fine >@HERE@/mode; echo 'E: Failed to fetch x  404  Not Found'; exit 100 ;;
	esac
	cp @HERE@/tool.deb tool_1_arm64.deb ;;
esac
"""


@pytest.fixture
def mirror(tmp_path, empty_cache, monkeypatch):
    """A made-up mirror; its `mode` file says how it fails."""
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: tool\nVersion: 1\nArchitecture: arm64\nMaintainer: x <x@example.com>\nDescription: x\n")
    (tree / "bin").mkdir()
    (tree / "bin" / "tool").write_bytes(os.urandom(5000))
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(tree), str(tmp_path / "tool.deb")],
                   check=True, capture_output=True)
    deb = tmp_path / "tool.deb"
    (tmp_path / "fields").write_text(f"Package: tool\nVersion: 1\nArchitecture: arm64\n"
                                     f"Size: {deb.stat().st_size}\nSHA256: {cache.sha256(deb)}\n")
    (tmp_path / "mode").write_text("fine")
    for name in ("apt-get", "apt-cache"):
        script(tmp_path / "bin" / name, APT.replace("@HERE@", str(tmp_path)))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(packages, "_keyring", lambda: Path("/usr/share/keyrings/x.gpg"))
    return tmp_path


def fetch_tool():
    return packages.fetch_arm64("tool", "bookworm")


def content(package) -> bytes:
    return (package.directory / "bin" / "tool").read_bytes()


def expected(mirror) -> bytes:
    return (mirror / "tree" / "bin" / "tool").read_bytes()


def test_a_package_is_fetched_once(mirror):
    assert content(fetch_tool()) == expected(mirror)
    calls = (mirror / "calls").read_text()
    assert fetch_tool().version == "1"
    assert (mirror / "calls").read_text() == calls


def test_the_private_root_never_names_the_machines_dpkg(mirror, empty_cache):
    fetch_tool()
    text = (empty_cache / "apt" / "arm64" / "apt.conf").read_text()
    assert f'Dir::State::status "{empty_cache}/apt/arm64/status"' in text
    assert (empty_cache / "apt" / "arm64" / "status").read_bytes() == b""
    sources = (empty_cache / "apt" / "arm64" / "sources" / "bookworm.list").read_text()
    assert sources == "deb [signed-by=/usr/share/keyrings/x.gpg arch=arm64] http://mirror.one/debian " \
                      "bookworm main\n"


@pytest.mark.parametrize("mode,needle,advice", [
    ("offline", "apt-get .*update", "cannot be reached"),
    ("full", "download tool=1", "disk is full: [0-9]+ MiB free"),
    ("half", "signed SHA-256", "Start again"),
    ("killed", "signal 9.*download tool=1", ""),
])
def test_a_failure_names_the_command_and_the_next_start_recovers(mirror, empty_cache, mode, needle,
                                                                 advice):
    (mirror / "mode").write_text(mode)
    with pytest.raises(Problem) as caught:
        fetch_tool()
    assert re.search(needle, str(caught.value)), str(caught.value)
    assert re.search(advice, str(caught.value)), str(caught.value)
    assert caught.value.status == status.MISSING
    assert not list((empty_cache / "unpacked").glob("*"))
    (mirror / "mode").write_text("fine")
    assert content(fetch_tool()) == expected(mirror)
    assert not list((empty_cache / "packages").glob(".incoming*"))


def test_a_version_that_is_gone_is_tried_again_with_new_lists(mirror, empty_cache):
    fetch_tool()
    for path in (empty_cache / "packages").glob("*.deb"):
        path.unlink()
    cache.forget("arm64,bookworm,tool")
    (mirror / "mode").write_text("gone")
    before = (mirror / "calls").read_text().count(" update")
    assert content(fetch_tool()) == expected(mirror)
    assert (mirror / "calls").read_text().count(" update") == before + 1


def test_a_refresh_that_fails_leaves_what_was_there(mirror, empty_cache):
    fetch_tool()
    cache.write_record("other", {})
    (mirror / "mode").write_text("offline")
    with pytest.raises(Problem, match="resolving"):
        with packages.refreshing():
            fetch_tool()
    assert content(fetch_tool()) == expected(mirror)
    (mirror / "mode").write_text("fine")
    before = (mirror / "calls").read_text().count(" update")
    with packages.refreshing():
        fetch_tool()
    assert (mirror / "calls").read_text().count(" update") == before + 1
    assert cache.record("other") is not None


@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_package_file_is_fetched_again(mirror, empty_cache, damage, capsys):
    package = fetch_tool()
    deb, = (empty_cache / "packages").glob("*.deb")
    data = bytearray(deb.read_bytes())
    if damage == "truncated":
        del data[len(data) // 2:]
    else:
        data[len(data) // 2] ^= 1
    deb.write_bytes(data)
    for path in sorted(package.directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    package.directory.rmdir()
    assert content(fetch_tool()) == expected(mirror)
    assert "is damaged" in capsys.readouterr().err
    assert cache.sha256(deb) == cache.sha256(mirror / "tool.deb")


def test_a_half_unpacked_directory_is_made_again(mirror, empty_cache):
    package = fetch_tool()
    cache.forget("arm64,bookworm,tool")
    (package.directory / "bin" / "tool").write_bytes(b"half")
    assert content(fetch_tool()) == expected(mirror)


def test_our_own_writing_on_a_full_disk_is_a_problem_with_advice():
    with pytest.raises(Problem, match="no space left(.|\n)*MiB free"):
        raise process.say_disk_problem(OSError(28, "No space left on device"), "writing x", "/tmp")


def test_a_full_disk_counts_more_than_what_a_caller_advises(tmp_path):
    for text, needle in (("cc: No space left on device", "disk is full: [0-9]+ MiB free"), ("cc: no", "look above")):
        with pytest.raises(Problem, match=needle):
            process.run(["sh", "-c", f"echo '{text}'; exit 1"], todo="look above", written=tmp_path)


def test_a_failed_command_is_shown_with_its_last_lines():
    with pytest.raises(Problem) as caught:
        process.run(["sh", "-c", "echo one; echo two >&2; exit 3"])
    assert "exit status 3" in str(caught.value) and "two" in str(caught.value)
    with pytest.raises(Problem, match="no-such-program"):
        process.run(["no-such-program"])


# -- the initramfs ----------------------------------------------------------------------------------


def test_initramfs_is_reproducible_and_made_once(tmp_path, monkeypatch):
    busybox = tmp_path / "busybox"
    busybox.write_bytes(os.urandom(1000))
    target = tmp_path / "out" / "initrd.gz"
    initramfs.make(target, busybox)
    first, time_of_first = target.read_bytes(), target.stat().st_mtime_ns
    initramfs.make(target, busybox)
    assert target.stat().st_mtime_ns == time_of_first
    target.unlink()
    initramfs.make(target, busybox)
    assert target.read_bytes() == first
    busybox.write_bytes(os.urandom(1000))
    initramfs.make(target, busybox)
    assert target.read_bytes() != first


def test_initramfs_unpacks_with_cpio_headers_that_add_up():
    data = initramfs.archive(b"B" * 1001, {"bin/extra": b"E"})
    assert gzip.decompress(gzip.compress(data)) == data
    names, offset = {}, 0
    while True:
        assert data[offset:offset + 6] == b"070701"
        words = [int(data[offset + 6 + 8 * i:offset + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = words[1], words[6], words[11]
        name = data[offset + 110:offset + 110 + length - 1].decode()
        begin = (offset + 110 + length + 3) & ~3
        if name == "TRAILER!!!":
            break
        names[name] = (mode, data[begin:begin + size])
        offset = (begin + size + 3) & ~3
    assert names["bin/busybox"] == (0o100755, b"B" * 1001)
    assert names["bin/extra"] == (0o100755, b"E")
    assert names["init"][1].startswith(b"#!/bin/busybox sh\n")
    assert names["dev/console"][0] == 0o020600
