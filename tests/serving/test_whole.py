"""Files that appear whole or not at all, also when the writer is killed."""

import json
from pathlib import Path

import pytest

from features.errors import StateError
from features.whole import leftovers, whole_file, whole_folder
from serving.manifest import MANIFEST, Manifest, read_manifest, seal
from tests.serving.tiny import run

# For n = 1, 2, ...: forks a writer that kills itself at the n-th of all calls that touch the disk
# or a name, until one comes through.
KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path
from features import whole
from serving import manifest

kind, folder = sys.argv[1], Path(sys.argv[2])

def write(path):
    if kind == "file":
        with whole.whole_file(path) as partial:
            partial.write_text("new" * 1000)
    else:
        with whole.whole_folder(path) as partial:
            (partial / "a.csv").write_text("new" * 1000)
            manifest.seal(partial, manifest.Manifest("list", "now", "then", {}), {"a.csv": 1})

def counted(call, calls, fatal):
    def wrapper(*args, **kwargs):
        if next(calls) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return wrapper

for fatal in count(1):
    child = os.fork()
    if not child:
        calls = count(1)
        for owner, name in [
            (os, "fsync"), (os, "close"), (Path, "rename"), (Path, "replace"), (Path, "write_text")
        ]:
            setattr(owner, name, counted(getattr(owner, name), calls, fatal))
        write(folder / str(fatal) / "result")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status == 0:
        print(fatal)
        break
    assert os.WTERMSIG(status) == signal.SIGKILL, status
"""


@pytest.fixture(scope="module", params=["file", "folder"])
def ends(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Path]]:
    """What killed writers were to write, killed ever later; the last one came through."""
    folder = tmp_path_factory.mktemp("killed")
    done = run(KILLED, request.param, str(folder))
    assert done.returncode == 0, done.stderr
    return request.param, [folder / str(n + 1) / "result" for n in range(int(done.stdout))]


def test_a_killed_writer_leaves_all_or_nothing(ends: tuple[str, list[Path]]) -> None:
    kind, paths = ends
    for path in paths:
        if not path.exists():
            assert len(leftovers(path)) == 1
        elif kind == "folder":
            assert read_manifest(path).files[0].rows == 1
        else:
            assert path.read_text() == "new" * 1000
    assert leftovers(paths[-1]) == []
    # It was killed before, while and after the name was given.
    assert [path.exists() for path in paths] == sorted(path.exists() for path in paths)
    assert len(paths) > 6
    assert sum(path.exists() for path in paths) > 1


def test_the_next_run_clears_what_a_killed_one_left(ends: tuple[str, list[Path]]) -> None:
    _, paths = ends
    path = paths[1]
    (left,) = leftovers(path)
    assert left.name.startswith(".result.")
    assert left.name.endswith(".partial")
    with whole_file(path) as partial:
        assert leftovers(path) == [partial]
    assert leftovers(path) == []


def test_a_run_does_not_clear_what_another_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "result"
    with whole_file(path) as first:
        first.write_text("first")
        with whole_file(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
        assert first.read_text() == "first"
    assert path.read_text() == "first"


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> None:
        with whole_folder(tmp_path / "result") as partial:
            (partial / "a").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_its_old_content_until_the_new_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_text("old")
    with whole_file(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.mkdir()
    with pytest.raises(StateError, match="exists and is never overwritten"), whole_folder(path):
        pass
    taken = tmp_path / "taken"

    def overtaken() -> None:
        with whole_folder(taken) as partial:
            (partial / "mine").write_text("1")
            taken.mkdir()

    with pytest.raises(StateError, match="never overwritten"):
        overtaken()
    assert list(taken.iterdir()) == []


def sealed(folder: Path) -> Manifest:
    with whole_folder(folder) as partial:
        (partial / "a.csv").write_text("x\n1\n")
        manifest = Manifest(
            "list", "2024-12-01", "2024-10-01", {"churn": "abc"}, parameters={"n": 1}
        )
        return seal(partial, manifest, {"a.csv": 1})


def test_the_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = sealed(tmp_path / "result")
    assert read_manifest(tmp_path / "result") == written
    assert (written.files[0].name, written.files[0].bytes, written.files[0].rows) == ("a.csv", 4, 1)


@pytest.mark.parametrize("content", ["x\n2\n", "", None])
def test_a_changed_file_is_found(content: str | None, tmp_path: Path) -> None:
    sealed(tmp_path / "result")
    if content is None:
        (tmp_path / "result" / "a.csv").unlink()
    else:
        (tmp_path / "result" / "a.csv").write_text(content)
    with pytest.raises(StateError, match="is not what its manifest promises"):
        read_manifest(tmp_path / "result")


@pytest.mark.parametrize("content", ["", "{}", "[]", json.dumps({"files": [{"name": 1}]})])
def test_a_malformed_manifest_is_told(content: str, tmp_path: Path) -> None:
    sealed(tmp_path / "result")
    (tmp_path / "result" / MANIFEST).write_text(content)
    with pytest.raises(StateError, match="is malformed"):
        read_manifest(tmp_path / "result")


def test_a_folder_without_manifest_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be read"):
        read_manifest(tmp_path)
