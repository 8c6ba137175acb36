# SPDX-License-Identifier: Apache-2.0
"""Debian packages that are fetched and unpacked, never installed.

Private apt roots in the cache have their own sources, lists and dpkg status; the machine's own apt
configuration and its dpkg architectures are read, never changed. The mirror with its scheme, the
proxy and the credentials are those of the machine.
"""
from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from command import cache, process, progress
from command.process import run, say_disk_problem
from command.status import Problem

BACKPORTS = "bookworm-backports"
# Suites whose Release file may be out of date on a mirror that lags behind. Signatures still count.
_OUT_OF_DATE = ("sid",)
_LISTS_LAST = 24 * 3600.0     # seconds after which package lists are refreshed before a new download

KERNELS = ((BACKPORTS, "linux-image-cloud-arm64"), ("trixie", "linux-image-cloud-arm64"))


@dataclass(frozen=True)
class Package:
    """A binary package that lies unpacked in the cache."""
    name: str
    version: str
    directory: Path


def _keyring() -> Path:
    for name in ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp"):
        path = Path("/usr/share/keyrings") / name
        if path.exists():
            return path
    raise Problem("Debian's archive keyring is missing in /usr/share/keyrings",
                  "As root: apt-get install debian-archive-keyring")


_FIELDS = ("REPO_URI", "ORIGIN", "LABEL", "RELEASE", "COMPONENT", "IDENTIFIER")


def parse_mirrors(text: str) -> list[str]:
    """URIs of Debian mirrors, likeliest first, from `apt-get indextargets` with our format.

    A source counts by what its Release file says of itself; where the lists have never been
    fetched, main of a Debian suite may be Debian's, and the signature will tell.
    """
    ranked: dict[str, int] = {}
    for line in text.splitlines():
        fields = dict(zip(_FIELDS, line.split("|")))
        if len(fields) != len(_FIELDS) or fields["IDENTIFIER"] != "Packages":
            continue
        uri = fields["REPO_URI"].rstrip("/")
        if fields["COMPONENT"] != "main" or fields["LABEL"] not in ("Debian", ""):
            continue
        if fields["ORIGIN"] not in ("Debian", "") or "security" in fields["RELEASE"]:
            continue
        known = 0 if fields["ORIGIN"] == "Debian" else 2
        plain = 0 if re.search(r"/debian$", uri) else 1
        rank = known + plain
        ranked[uri] = min(rank, ranked.get(uri, rank))
    return sorted(ranked, key=lambda uri: ranked[uri])


def mirrors() -> list[str]:
    """Debian mirrors of this machine, from its own apt configuration."""
    form = "|".join(f"$({name})" for name in _FIELDS)
    command = ["apt-get", "indextargets", "--format", form]
    text = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, LC_ALL="C.UTF-8"), check=False)
    found = parse_mirrors(text.stdout)
    if not found:
        raise Problem(f"this command names no Debian mirror: {process.show(command)}\n"
                      + text.stderr.strip(),
                      "The apt sources of this machine (/etc/apt/sources.list, sources.list.d) must "
                      "name a Debian mirror; its scheme, proxy and credentials are used as they are.")
    return found


def _native() -> str:
    return run(["dpkg", "--print-architecture"]).strip() if not process.dry_run else "amd64"


class Root:
    """A private apt root. `status` None stands for «nothing is installed» but what `installed` names."""

    def __init__(self, name: str, architecture: str, status: Path | None, source: bool = False,
                 installed: tuple[str, ...] = ()):
        self.architecture = architecture
        self.installed = installed
        self.directory = cache.directory() / "apt" / name
        self.status = status
        self.source = source

    def _sources(self, suite: str) -> Path:
        return self.directory / "sources" / f"{suite}.list"

    def command(self, tool: str, suites: list[str], *words: str) -> list[str]:
        """`apt-get` or `apt-cache` on this root, with these suites only."""
        sources = (self._sources(suites[0]) if len(suites) == 1
                   else self.directory / "sources" / ("+".join(suites) + ".list"))
        return [tool, "-c", str(self.directory / "apt.conf"),
                "-o", f"Dir::Etc::sourcelist={sources}", *words]

    def _configuration(self) -> str:
        lines = [f'Dir::State "{self.directory}/state";',
                 f'Dir::State::lists "{self.directory}/lists";',
                 f'Dir::State::status "{self.status or self.directory / "status"}";',
                 f'Dir::Cache "{self.directory}/cache";',
                 'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";',
                 'Dir::Etc::sourceparts "/dev/null";',
                 'Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";',
                 f'APT::Architecture "{self.architecture}";',
                 '#clear APT::Architectures;',
                 f'APT::Architectures {{ "{self.architecture}"; }};',
                 # The cache is the user's: apt's own user may not be able to write there.
                 'APT::Sandbox::User "root";',
                 'APT::Get::List-Cleanup "false";',
                 'APT::Install-Recommends "false"; APT::Install-Suggests "false";',
                 '#clear Acquire::Languages;', 'Acquire::Languages { "none"; };',
                 '#clear Acquire::IndexTargets::deb::DEP-11;',
                 '#clear Acquire::IndexTargets::deb::Contents-deb;',
                 '#clear APT::Update::Pre-Invoke;', '#clear APT::Update::Post-Invoke;',
                 '#clear APT::Update::Post-Invoke-Success;',
                 'Acquire::Retries "3"; Acquire::http::Timeout "30"; Acquire::https::Timeout "30";']
        return "\n".join(lines) + "\n"

    def _installed(self) -> str:
        return "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 999:0\n"
                       f"Architecture: {self.architecture}\nMaintainer: nobody\nDescription: at hand\n\n"
                       for name in self.installed)

    def prepare(self, suites: list[str], mirror: str) -> None:
        """Write the configuration and the sources of `suites`."""
        for name in ("lists/partial", "cache/archives/partial", "state", "sources"):
            cache.make(self.directory / name)
        if self.status is None:
            cache.write_file(self.directory / "status", self._installed().encode())
        cache.write_file(self.directory / "apt.conf", self._configuration().encode())
        lines = []
        for suite in suites:
            options = f"signed-by={_keyring()}"
            if not self.source:
                options += f" arch={self.architecture}"
            if suite in _OUT_OF_DATE:
                options += " check-valid-until=no"
            kind = "deb-src" if self.source else "deb"
            lines.append(f"{kind} [{options}] {mirror} {suite} main\n")
            cache.write_file(self._sources(suite), lines[-1].encode())
        if len(suites) > 1:
            path = self.directory / "sources" / ("+".join(suites) + ".list")
            cache.write_file(path, "".join(lines).encode())

    def update(self, suites: list[str], fresh: bool = False) -> None:
        """Fetch the lists of `suites` unless they are young enough. Tries the machine's mirrors in turn."""
        stamp = self.directory / f"updated-{'+'.join(suites)}"
        if not fresh and stamp.exists() and abs(time.time() - stamp.stat().st_mtime) < _LISTS_LAST:
            return
        what = "sources" if self.source else self.architecture
        known = mirrors()
        for index, mirror in enumerate(known):
            try:
                if not process.dry_run:
                    self.prepare(suites, mirror)
                for suite in suites:
                    if suite in _OUT_OF_DATE:
                        progress.say(f"the Release file of {suite} may be out of date on the mirror: "
                                     "its date is not checked, its signature is")
                with progress.Step(f"package lists of {', '.join(suites)} ({what})") as step:
                    run(self.command("apt-get", suites, "update", "-o", "APT::Update::Error-Mode=any"),
                        percent=step.percent, written=self.directory)
                if not process.dry_run:
                    cache.write_file(stamp, b"")
                return
            except Problem:
                stamp.unlink(missing_ok=True)
                if index + 1 == len(known):
                    raise

    def candidate(self, package: str, suites: list[str]) -> dict[str, str]:
        """Fields of the newest version of `package` in the suites' lists; {} when there is none."""
        command = self.command("apt-cache", suites, "show", "--no-all-versions", package)
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env=dict(os.environ, LC_ALL="C.UTF-8"))
        return _fields(done.stdout) if done.returncode == 0 else {}


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in paragraph.split("\n\n")[0].splitlines():
        name, colon, value = line.partition(": ")
        if colon and not line.startswith(" "):
            fields[name] = value
    return fields


def _hopeless(problem: Problem) -> bool:
    """Another suite or newer lists would not help: the disk is full, or there is no network."""
    return bool(re.search("[Nn]o space left|enough free space|Temporary failure resolving|"
                          "Could not (resolve|connect)|Unable to connect|unreachable", problem.what))


def arm64_root() -> Root:
    """arm64 packages: nothing is installed there, whatever the machine has."""
    return Root("arm64", "arm64", None)


def machine_root() -> Root:
    """Packages for this machine: what it has installed need not be fetched."""
    return Root("machine", _native(), Path("/var/lib/dpkg/status"))


def native_root() -> Root:
    """Packages for this machine that bring all libraries they need: another release's, beside its own.
    Only the C compiler is the machine's."""
    return Root("native", _native(), None, installed=("gcc",))


def source_root() -> Root:
    return Root("source", _native(), None, source=True)


def _with_fresh_lists(root: Root, suites: list[str], action):
    """Run `action`; when it fails on lists that were not refreshed now (a version that is gone from
    the mirror, a damaged partial file), refresh them and try once more."""
    stamp = root.directory / f"updated-{'+'.join(suites)}"
    before = stamp.stat().st_mtime if stamp.exists() else 0.0
    root.update(suites)
    young = not process.dry_run and stamp.stat().st_mtime != before
    try:
        return action()
    except Problem as problem:
        for partial in (root.directory / "cache/archives/partial").glob("*"):
            partial.unlink(missing_ok=True)
        if young or _hopeless(problem):
            raise
        progress.say(problem.what + "\ntrying once more with new package lists")
        root.update(suites, fresh=True)
        return action()


def _download(root: Root, suites: list[str], fields: dict[str, str]) -> Path:
    """The .deb of that version in packages/, downloaded and verified by apt unless it is there."""
    name, version = fields["Package"], fields["Version"]
    store = cache.make(cache.directory() / "packages")
    epochless = version.replace(":", "%3a")
    path = store / f"{name}_{epochless}_{fields['Architecture']}.deb"
    if path.exists():
        if path.stat().st_size == int(fields["Size"]) and cache.sha256(path) == fields["SHA256"]:
            return path
        progress.say(f"{path} is damaged (its size or SHA-256 is not the signed one): fetching it again")
        path.unlink()
    # A directory of its own, so that a broken file never bears the final name.
    incoming = cache.make(store / f".incoming-{os.getpid()}")
    try:
        size = int(fields["Size"]) / (1 << 20)
        with progress.Step(f"fetching {name} {version} ({size:.1f} MiB)") as step:
            run(root.command("apt-get", suites, "download", f"{name}={version}"), directory=incoming,
                percent=step.percent, written=store)
        found = list(incoming.glob("*.deb"))
        if len(found) != 1 or cache.sha256(found[0]) != fields["SHA256"]:
            raise Problem(f"apt-get download {name}={version} left no file with the signed SHA-256",
                          "Start again; if it stays so, the mirror or a proxy in between is broken.")
        os.rename(found[0], path)
    except OSError as error:
        raise say_disk_problem(error, f"storing {path}", store) from error
    finally:
        for rest in incoming.glob("*"):
            rest.unlink()
        incoming.rmdir()
    return path


def _unpack(files: list[Path], target: Path) -> None:
    with cache.filling(target) as scratch:
        for file in files:
            run(["dpkg-deb", "--extract", str(file), str(scratch)], written=target.parent)


def _sweep_incoming() -> None:
    """Remove what killed runs left in packages/. Called with the lock held."""
    for stale in (cache.directory() / "packages").glob(".incoming-*"):
        for rest in stale.glob("*"):
            rest.unlink()
        stale.rmdir()


def fetch_arm64(package: str, suite: str = "bookworm") -> Package:
    """An arm64 package of that suite, unpacked in the cache. Its dependencies are not followed.

    For a metapackage such as linux-image-cloud-arm64 ask resolve_kernel(). Raises Problem.
    """
    key = f"arm64,{suite},{package}"
    known = cache.record(key)
    if known:
        return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
    if process.dry_run:
        root = arm64_root()
        root.update([suite])
        run(root.command("apt-get", [suite], "download", package),
            directory=cache.directory() / "packages")
        run(["dpkg-deb", "--extract", f"{package}_*.deb", str(cache.directory() / "unpacked")])
        return Package(package, "?", cache.directory() / "unpacked" / f"{package}_?")
    with cache.lock():
        known = cache.record(key)
        if known:
            return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
        _sweep_incoming()
        root = arm64_root()

        def fetch() -> Package:
            fields = root.candidate(package, [suite])
            if not fields:
                raise Problem(f"{suite} on this mirror has no package {package} for arm64",
                              "See that the mirror is complete.")
            file = _download(root, [suite], fields)
            target = cache.directory() / "unpacked" / file.stem
            _unpack([file], target)
            cache.write_record(key, {"package": fields["Package"], "version": fields["Version"],
                                     "sha256": fields["SHA256"],
                                     "paths": [str(target.relative_to(cache.directory()))]})
            return Package(fields["Package"], fields["Version"], target)

        return _with_fresh_lists(root, [suite], fetch)


def _kernel_of(root: Root, suite: str, metapackage: str) -> str:
    """The package that the metapackage depends on, which holds the kernel."""
    fields = root.candidate(metapackage, [suite])
    match = re.search(r"\blinux-image-\d[^ ,(]*", fields.get("Depends", ""))
    if not match:
        raise Problem(f"{suite} on this mirror has no {metapackage} for arm64",
                      "See that the mirror is complete.")
    return match.group(0)


def fetch_kernel() -> Package:
    """The default host kernel, unpacked: linux-image-cloud-arm64 of bookworm-backports (6.12), else
    of trixie. Kept until `setup --refresh`."""
    known = cache.record("kernel")
    if known:
        return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
    root = arm64_root()
    with cache.lock():
        last: Problem | None = None
        for suite, metapackage in KERNELS:
            try:
                if process.dry_run:
                    root.update([suite])
                    return fetch_arm64(metapackage, suite)
                name = _with_fresh_lists(root, [suite], lambda: _kernel_of(root, suite, metapackage))
                if not re.match(r"linux-image-6\.12\.", name) and suite == BACKPORTS:
                    progress.say(f"{suite} has moved on to {name}; taking trixie's 6.12")
                    continue
                package = fetch_arm64(name, suite)
                cache.write_record("kernel", {
                    "package": package.name, "version": package.version, "suite": suite,
                    "paths": [str(package.directory.relative_to(cache.directory()))]})
                return package
            except Problem as problem:
                if _hopeless(problem):
                    raise
                last = problem
                progress.say(f"no kernel from {suite}: {problem.what}")
        raise last or Problem("no suite has a 6.12 kernel for arm64",
                              "Pass one of your own with --kernel.")


def fetch_trees() -> Package:
    """The device trees that Debian's linux-image-arm64 (6.12, as fetch_kernel()) brings for the boards
    it runs on, without its 100 MiB of kernel and modules. For tests of what reads device trees."""
    known = cache.record("trees")
    if known:
        return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
    root = arm64_root()

    def fetch(suite: str) -> Package:
        fields = root.candidate(_kernel_of(root, suite, "linux-image-arm64"), [suite])
        if not fields:
            raise Problem(f"{suite} on this mirror lacks the package that linux-image-arm64 needs",
                          "See that the mirror is complete.")
        file = _download(root, [suite], fields)
        target = cache.directory() / "unpacked" / f"{file.stem}-trees"
        with cache.filling(target) as scratch:
            _extract_trees(file, scratch)
        cache.write_record("trees", {"package": fields["Package"], "version": fields["Version"],
                                     "sha256": fields["SHA256"],
                                     "paths": [str(target.relative_to(cache.directory()))]})
        file.unlink()
        return Package(fields["Package"], fields["Version"], target)

    with cache.lock():
        _sweep_incoming()
        try:
            return _with_fresh_lists(root, [BACKPORTS], lambda: fetch(BACKPORTS))
        except Problem as problem:
            if _hopeless(problem):
                raise
            progress.say(f"no device trees from {BACKPORTS}: {problem.what}")
        return _with_fresh_lists(root, ["trixie"], lambda: fetch("trixie"))


def _extract_trees(file: Path, target: Path) -> None:
    """Unpack the .dtb files of a .deb, and nothing else."""
    found = 0
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE) as child:
        try:
            with tarfile.open(fileobj=child.stdout, mode="r|") as archive:
                for member in archive:
                    if not member.isreg() or not member.name.endswith(".dtb") or ".." in member.name:
                        continue
                    member.name = member.name.lstrip("./")
                    archive.extract(member, target)
                    found += 1
        except (tarfile.TarError, EOFError) as error:
            raise Problem(f"{file.name} cannot be unpacked: {error}", "Start again.") from error
        except OSError as error:
            raise say_disk_problem(error, f"unpacking {file.name}", target.parent) from error
    if child.returncode or not found:
        raise Problem(f"{file.name} cannot be unpacked: dpkg-deb ended with {child.returncode}, "
                      f"{found} device trees were found", "Start again.")


def fetch_source(name: str, suites: tuple[str, ...] = ("trixie", "bookworm", "sid")) -> Path:
    """The upstream source of a Debian source package, unpacked as sources/NAME (without its top
    directory). The tarball's hash comes from the signed index. Suites are tried in order, since a
    mirror may lack old tarballs."""
    key = f"source,{name}"
    known = cache.record(key)
    target = cache.directory() / "sources" / name
    if known:
        return target
    root = source_root()
    if process.dry_run:
        root.update([suites[0]])
        run(root.command("apt-get", [suites[0]], "source", "--tar-only", "--download-only", name),
            directory=cache.directory() / "packages")
        return target
    with cache.lock():
        if cache.record(key):
            return target
        _sweep_incoming()
        problems = []
        for suite in suites:
            try:
                return _with_fresh_lists(root, [suite], lambda: _source(root, suite, name, target, key))
            except Problem as problem:
                if _hopeless(problem):
                    raise
                problems.append(problem)
                progress.say(f"no source of {name} from {suite}: {problem.what.splitlines()[0]}")
        raise problems[0]


def _source(root: Root, suite: str, name: str, target: Path, key: str) -> Path:
    incoming = cache.make(cache.directory() / "packages" / f".incoming-{os.getpid()}")
    try:
        with progress.Step(f"fetching the source of {name} ({suite})") as step:
            run(root.command("apt-get", [suite], "source", "--tar-only", "--download-only", name),
                directory=incoming, percent=step.percent, written=incoming)
        tarballs = [path for path in incoming.iterdir() if ".tar." in path.name
                    and not path.name.endswith(".asc")]
        if len(tarballs) != 1:
            raise Problem(f"apt-get source --tar-only {name} left {len(tarballs)} tarballs in {incoming}",
                          "Start again.")
        with cache.filling(target) as scratch:
            _extract(tarballs[0], scratch)
        cache.write_record(key, {"suite": suite, "tarball": tarballs[0].name,
                                 "sha256": cache.sha256(tarballs[0]),
                                 "paths": [str(target.relative_to(cache.directory()))]})
        os.rename(tarballs[0], cache.directory() / "packages" / tarballs[0].name)
    except OSError as error:
        raise say_disk_problem(error, f"unpacking {name}", target.parent) from error
    finally:
        for rest in incoming.glob("*"):
            rest.unlink()
        incoming.rmdir()
    return target


def _extract(tarball: Path, target: Path) -> None:
    """Unpack without the top directory."""
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                parts = Path(member.name).parts[1:]
                if not parts:
                    continue
                member.name = str(Path(*parts))
                if hasattr(tarfile, "data_filter"):     # Python 3.11.4 and later
                    archive.extract(member, target, filter="data")
                elif member.isreg() and ".." not in parts:
                    archive.extract(member, target)
    except (tarfile.TarError, EOFError) as error:
        raise Problem(f"{tarball.name} cannot be unpacked: {error}", "Start again.") from error


def fetch_qemu(package: str = "qemu-system-arm", suite: str = BACKPORTS) -> Package:
    """QEMU of a newer suite with the libraries that this machine lacks, unpacked side by side.

    The directory has bin/qemu-system-aarch64, a script that runs it with these libraries.
    """
    base = ["bookworm", suite] if suite.startswith("bookworm") else [suite]
    return _fetch_closure(f"qemu,{suite}", machine_root(), base, suite, package, "qemu",
                          lambda scratch: _wrap(scratch, "qemu-system-aarch64"))


def fetch_cbmc(suite: str = "trixie") -> Package:
    """The bounded model checker CBMC, which Debian 12 does not have, with all its libraries and their
    dynamic linker: it is run by that linker, and this machine's libraries play no part."""
    return _fetch_closure(f"cbmc,{suite}", native_root(), [suite], suite, "cbmc", "cbmc", lambda scratch: None)


def fetch_headers() -> Path:
    """What modules for the default kernel are built against (KDIR): its headers and, for this machine, its
    build programs. Kept until `setup --refresh`."""
    kernel = fetch_kernel()
    release = kernel.name.removeprefix("linux-image-")
    common = re.sub(r"-(cloud-)?arm64$", "", release)
    inside = Path("usr/src") / f"linux-headers-{release}"
    key = f"headers,{kernel.name},{kernel.version}"
    known = cache.record(key)
    if known:
        return cache.directory() / known["paths"][0] / inside
    record = cache.record("kernel") or {}
    suites = [record.get("suite", BACKPORTS)]
    wanted = ((arm64_root(), f"linux-headers-{release}"), (arm64_root(), f"linux-headers-{common}-common"),
              (machine_root(), f"linux-kbuild-{common}"))
    if process.dry_run:
        for root, name in wanted:
            root.update(suites)
            run(root.command("apt-get", suites, "download", name), directory=cache.directory() / "packages")
        return cache.directory() / "unpacked" / f"headers-{release}" / inside
    with cache.lock():
        _sweep_incoming()

        def fetch_one(root: Root, name: str) -> Path:
            fields = root.candidate(f"{name}={kernel.version}", suites)
            if not fields:
                raise Problem(f"{suites[0]} has no {name} {kernel.version} for {kernel.name}",
                              "A newer kernel is out: ./portcullis setup --refresh takes it.")
            return _download(root, suites, fields)

        files = [_with_fresh_lists(root, suites, lambda root=root, name=name: fetch_one(root, name))
                 for root, name in wanted]
        target = cache.directory() / "unpacked" / f"headers-{release}_{kernel.version.replace(':', '%3a')}"
        with cache.filling(target) as scratch:
            for file in files:
                run(["dpkg-deb", "--extract", str(file), str(scratch)], written=target.parent)
            # It names the place in which the package would have been installed.
            makefile = scratch / inside / "Makefile"
            makefile.write_text(makefile.read_text().replace(" /usr/src/", f" {target}/usr/src/"))
            # With it modules get type information, by a program that is not there.
            (scratch / inside / "vmlinux").unlink(missing_ok=True)
        cache.write_record(key, {"package": kernel.name, "version": kernel.version,
                                 "paths": [str(target.relative_to(cache.directory()))]})
        return target / inside


def _fetch_closure(key: str, root: Root, base: list[str], suite: str, package: str, name: str,
                   finish: Callable[[Path], None]) -> Package:
    """A package and what it depends on that `root` does not call installed, unpacked into one
    directory; `finish` completes it. Kept until `setup --refresh`."""
    known = cache.record(key)
    if known:
        return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
    simulate = ("-s", "-t", suite, "install", package)
    if process.dry_run:
        root.update(base)
        run(root.command("apt-get", base, *simulate))
        return Package(package, "?", cache.directory() / "unpacked" / name)
    with cache.lock():
        known = cache.record(key)
        if known:
            return Package(known["package"], known["version"], cache.directory() / known["paths"][0])
        _sweep_incoming()

        def fetch() -> Package:
            plan = run(root.command("apt-get", base, *simulate))
            wanted = re.findall(r"^Inst (\S+) (?:\[[^]]*\] )?\((\S+)", plan, re.M)
            files, version = [], ""
            for other, number in wanted:
                fields = root.candidate(f"{other}={number}", base)
                if not fields:
                    raise Problem(f"the lists of {suite} have no {other}={number}", "Start again.")
                files.append(_download(root, base, fields))
                if other == package:
                    version = number
            if not version:
                raise Problem(f"apt would not install {package} from {suite}:\n{plan}",
                              "See that the mirror is complete.")
            target = cache.directory() / "unpacked" / f"{name}_{version.replace(':', '%3a')}"
            with cache.filling(target) as scratch:
                for file in files:
                    run(["dpkg-deb", "--extract", str(file), str(scratch)], written=target.parent)
                finish(scratch)
            cache.write_record(key, {"package": package, "version": version,
                                     "paths": [str(target.relative_to(cache.directory()))]})
            return Package(package, version, target)

        return _with_fresh_lists(root, base, fetch)


def _wrap(directory: Path, program: str) -> None:
    """A script in bin/ that finds the libraries beside it, wherever the directory is."""
    (directory / "bin").mkdir(exist_ok=True)
    libraries = sorted({str(path.parent.relative_to(directory))
                        for path in directory.glob("**/lib/**/*.so.*") if "/qemu" not in str(path.parent)})
    search = "".join(f"$here/{path}:" for path in libraries)
    modules = next((str(path.parent.relative_to(directory))
                    for path in sorted(directory.glob("usr/lib/*/qemu/*.so"))), "usr/lib/qemu")
    script = directory / "bin" / program
    script.write_text("#!/bin/sh\n"
                      'here=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")\n'
                      f'export LD_LIBRARY_PATH="{search}$LD_LIBRARY_PATH"\n'
                      # Else it would try the modules of the QEMU that is installed.
                      f'export QEMU_MODULE_DIR="$here/{modules}"\n'
                      f'exec "$here/usr/bin/{program}" "$@"\n')
    script.chmod(0o755)


@contextlib.contextmanager
def refreshing() -> Iterator[None]:
    """What is asked for in this block is looked for anew. When that fails, what was known stays known."""
    records = {path: path.read_bytes() for path in (cache.directory() / "records").glob("*.json")}
    for path in records:
        path.unlink(missing_ok=True)
    for path in (cache.directory() / "apt").glob("*/updated-*"):
        path.unlink(missing_ok=True)
    try:
        yield
    finally:
        # Also those that this block did not ask for: they are as good as before.
        for path, content in records.items():
            if not path.exists():
                cache.write_file(path, content)
