# SPDX-License-Identifier: Apache-2.0
"""The root file system of a bare Debian 12: mmdebstrap's minbase and git, kept as a tarball.

The mirror, its scheme, proxies, credentials and further settings of apt are those of the machine
that this runs on; nothing of it is written anywhere but into the root.
"""
from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from command import cache, packages, process, progress
from command.status import Problem

SUITE = "bookworm"
PACKAGES = ["git"]
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Apt's own defaults, and what only saves room; the rest of Acquire tells how a mirror is reached.
_DEFAULTS = re.compile(r"Acquire::(IndexTargets|Changelogs|CompressionTypes|cdrom|GzipIndexes|Languages)\b")
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


@dataclass
class Access:
    """How this machine reaches its Debian mirror."""
    mirror: str
    settings: list[str]                                         # lines for apt.conf
    files: list[Path] = field(default_factory=list)             # credentials, certificates, mirror lists
    variables: dict[str, str] = field(default_factory=dict)     # proxies in the environment


def access() -> Access:
    """Read from apt's configuration and the environment. Raises Problem."""
    mirror = packages.mirrors()[0]
    dump = process.run(["apt-config", "dump", "Acquire"])
    settings, files = [], []
    for line in dump.splitlines():
        match = re.match(r'^(\S+) "(.*)";$', line)
        if not match or not match[2] or _DEFAULTS.match(match[1]):
            continue
        settings.append(line)
        if match[2].startswith("/") and os.path.isfile(match[2]):
            files.append(Path(match[2]))
    if "file:" in mirror and os.path.isfile(mirror.partition("file:")[2]):
        files.append(Path(mirror.partition("file:")[2]))
    files += [path for path in [Path("/etc/apt/auth.conf"), *sorted(Path("/etc/apt/auth.conf.d").glob("*"))]
              if path.is_file()]
    variables = {name: os.environ[name] for word in _PROXIES for name in (word, word.upper())
                 if os.environ.get(name)}
    return Access(mirror, settings, files, variables)


def _identity(found: Access, names: list[str]) -> str:
    digest = hashlib.sha256()
    for text in [SUITE, *names, found.mirror, *found.settings, *(str(path) for path in found.files)]:
        digest.update(text.encode() + b"\0")
    for path in found.files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tarball(refresh: bool = False) -> Path:
    """The root as a tarball in the cache, made when it is missing or the machine's mirror is another
    one. Needs root and mmdebstrap. Raises Problem."""
    found = access()
    names = PACKAGES + (["ca-certificates"] if "https:" in _uris(found) else [])
    identity = _identity(found, names)
    directory = cache.make(cache.directory() / "bare")
    path = directory / f"{SUITE}.tar"
    known = cache.record("bare")
    if known and known.get("identity") == identity and not refresh:
        return path
    if os.geteuid() != 0:
        raise Problem("making a bare root needs root", "Run it as root.")
    if not shutil.which("mmdebstrap"):
        raise Problem("mmdebstrap is not installed", "As root: apt-get install mmdebstrap")
    with cache.lock():
        scratch = directory / f".{SUITE}.{os.getpid()}.tar"
        settings = directory / f".settings.{os.getpid()}"
        command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar", "--quiet",
                   f"--include={','.join(names)}", f"--aptopt={settings}",
                   *_hooks(found.files), SUITE, str(scratch),
                   f"deb [signed-by={KEYRING}] {found.mirror} {SUITE} main"]
        try:
            cache.write_file(settings, "".join(line + "\n" for line in found.settings).encode())
            with progress.Step(f"a bare {SUITE} (mmdebstrap)"):
                process.run(command, written=directory, variables=found.variables)
            with tarfile.open(scratch) as archive:
                if "./usr/bin/git" not in archive.getnames():
                    raise Problem("the root that mmdebstrap made has no git", "Start again.")
            os.rename(scratch, path)
        finally:
            scratch.unlink(missing_ok=True)
            settings.unlink(missing_ok=True)
        cache.write_record("bare", {"identity": identity, "paths": [str(path.relative_to(cache.directory()))]})
    return path


def _uris(found: Access) -> str:
    """The mirror, and what a list of mirrors names."""
    listed = [path.read_text() for path in found.files if str(path) in found.mirror]
    return " ".join([found.mirror, *listed])


def _hooks(files: list[Path]) -> list[str]:
    """Copies of these files at the same place, before apt is asked for anything."""
    words = []
    for folder in sorted({path.parent for path in files}):
        names = " ".join(f"'{path}'" for path in files if path.parent == folder)
        words += [f"--setup-hook=mkdir -p \"$1{folder}\"",
                  f"--setup-hook=copy-in {names} {folder}"]
    return words
