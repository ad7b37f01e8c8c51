import fcntl
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from features.errors import BundleError, StateError
from tests.helpers.bundles import write
from tests.helpers.registered import FolderRegistry, look_here
from training.bundle import read_bundle
from training.production import apart
from training.production.apart import Seen, look
from training.production.history import entry
from training.production.intent import INTENT
from training.production.log import HEAD, HISTORY, append, read_history
from training.production.promote import challenge, promote
from training.production.rollback import rollback
from training.production.stand import alone, decided, standing

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return [write(folder / name, note=name) for name in ("one", "two", "three")]


@pytest.fixture
def registry(bundles: list[Path], tmp_path: Path) -> FolderRegistry:
    folder = tmp_path / "registry"
    folder.mkdir()
    made = FolderRegistry(folder)
    for bundle in bundles:
        made.register(bundle)
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.production.promote.look", look_here)


@pytest.fixture
def champions(tmp_path: Path) -> Path:
    return tmp_path / "champions"


def digests(bundles: list[Path]) -> list[str]:
    return [read_bundle(each).digest for each in bundles]


def test_a_promotion_moves_the_alias_the_folder_and_the_history(
    registry: FolderRegistry, champions: Path, bundles: list[Path]
) -> None:
    one, _, three = digests(bundles)
    first = promote(registry, "shop", "churn", champions, version=1)
    assert (first.model, first.version, first.before, first.bundle) == ("shop.churn", 1, None, one)
    assert first.folder == champions / "churn"
    assert read_bundle(champions / "churn").digest == one
    newest = promote(registry, "shop", "churn", champions)
    assert (newest.version, newest.before, newest.bundle) == (3, 1, three)
    assert registry.version_at("shop", "churn") == 3
    assert read_bundle(champions / "churn").digest == three
    told = [(e.action, e.version, e.before, e.bundle) for e in read_history(champions)]
    assert told == [("promote", 1, None, one), ("promote", 3, 1, three)]
    # A champion may be moved with its project: the link is relative.
    moved = champions.rename(champions.with_name("moved"))
    assert read_bundle(moved / "churn").digest == three
    assert not list(moved.glob(".fetching-*"))


def test_a_rollback_goes_to_who_was_champion_and_not_to_the_number_before(
    registry: FolderRegistry, champions: Path, bundles: list[Path]
) -> None:
    for version in (1, 3):
        promote(registry, "shop", "churn", champions, version)
    back = rollback(registry, "shop", "churn", champions)
    assert (back.version, back.before, back.bundle) == (1, 3, digests(bundles)[0])
    assert read_bundle(champions / "churn").digest == digests(bundles)[0]
    with pytest.raises(StateError) as caught:
        rollback(registry, "shop", "churn", champions)
    assert str(caught.value) == (
        "version 1 of 'shop.churn' is the first champion on record; there is nothing to go back "
        "to; name a version with `foretell promote --version`"
    )
    assert registry.version_at("shop", "churn") == 1


def test_nothing_in_production_cannot_be_rolled_back(
    registry: FolderRegistry, champions: Path
) -> None:
    with pytest.raises(StateError, match=r"'shop\.churn' has no champion; there is nothing"):
        rollback(registry, "shop", "churn", champions)


def damage(registry: FolderRegistry, version: int, name: str = "model.txt") -> None:
    with (registry.folder / str(version) / "bundle" / name).open("a") as stream:
        stream.write("x")


@pytest.mark.parametrize("name", ["model.txt", "golden.parquet", "bundle.json"])
def test_a_damaged_bundle_leaves_the_champion(
    registry: FolderRegistry, champions: Path, bundles: list[Path], name: str
) -> None:
    promote(registry, "shop", "churn", champions, 1)
    damage(registry, 2, name)
    with pytest.raises(BundleError):
        promote(registry, "shop", "churn", champions, 2)
    assert registry.version_at("shop", "churn") == 1
    assert read_bundle(champions / "churn").digest == digests(bundles)[0]
    assert len(read_history(champions)) == 1
    assert not list(champions.glob(".fetching-*"))


def test_an_unknown_version_leaves_the_champion(registry: FolderRegistry, champions: Path) -> None:
    promote(registry, "shop", "churn", champions, 1)
    with pytest.raises(StateError, match="no version 9"):
        promote(registry, "shop", "churn", champions, 9)
    assert registry.version_at("shop", "churn") == 1


def test_a_sound_bundle_that_was_not_registered_is_refused(
    registry: FolderRegistry, champions: Path, bundles: list[Path], tmp_path: Path
) -> None:
    place = registry.folder / "2" / "bundle"
    shutil.rmtree(place)
    shutil.copytree(bundles[0], place)
    with pytest.raises(BundleError, match=r"version 2 of 'shop\.churn' should be bundle"):
        promote(registry, "shop", "churn", champions, 2)
    other = registry.register(write(tmp_path / "other", project="bank"))
    with pytest.raises(BundleError, match=r"of 'bank\.churn'; its artifacts were changed"):
        promote(registry, "shop", "churn", champions, other)
    assert not (champions / "churn").exists()


def test_what_was_kept_and_damaged_since_is_put_right(
    registry: FolderRegistry, champions: Path, bundles: list[Path]
) -> None:
    promote(registry, "shop", "churn", champions, 1)
    (champions / "churn" / "model.txt").write_text("gone")
    (champions / "churn" / "golden.parquet").unlink()
    (champions / "churn" / "foreign").mkdir()
    promote(registry, "shop", "churn", champions, 1)
    assert read_bundle(champions / "churn").digest == digests(bundles)[0]


def test_a_folder_that_no_promotion_made_is_left_alone(
    registry: FolderRegistry, champions: Path
) -> None:
    (champions / "churn").mkdir(parents=True)
    with pytest.raises(StateError, match="was not made by a promotion; move it away"):
        promote(registry, "shop", "churn", champions)
    assert registry.version_at("shop", "churn") is None


STEPS = ["fetch_bundle", "look", "move_folder", "write_intent", "point", "replace_link", "append"]
WRITTEN = ("whole_file", "early"), ("append", "late")
"""Between the line of a decision and the head of the log; and after both."""


def killed(registry: FolderRegistry, champions: Path, step: str, moment: str) -> None:
    command = [sys.executable, "-m", "tests.helpers.registered"]
    paths = [str(registry.folder), str(champions), step, moment]
    run = subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr


@pytest.mark.parametrize(("step", "moment"), [*((step, "early") for step in STEPS), *WRITTEN])
def test_whoever_is_killed_leaves_a_champion_that_can_be_read(
    registry: FolderRegistry, champions: Path, bundles: list[Path], step: str, moment: str
) -> None:
    one, _, three = digests(bundles)
    promote(registry, "shop", "churn", champions, 1)
    killed(registry, champions, step, moment)
    written = (step, moment) in WRITTEN
    switched = written or step == "append"
    assert read_bundle(champions / "churn").digest == (three if switched else one)
    # Who only reads is told what stands, before anybody has put the log right.
    told = standing(champions, "churn")
    assert told is not None
    assert (told.version, told.bundle) == ((3, three) if switched else (1, one))
    assert len(read_history(champions)) == 1 + written
    assert len(decided(champions)) == 1 + switched
    # Whoever holds the folder next ends the decision, even who does nothing else.
    with alone(champions):
        pass
    assert not (champions / INTENT).exists()
    assert len(read_history(champions)) == 1 + switched
    # The next one finds its way, and sweeps up.
    assert promote(registry, "shop", "churn", champions).bundle == three
    assert read_bundle(champions / "churn").digest == three
    assert rollback(registry, "shop", "churn", champions).version == 1
    assert not list(champions.glob(".fetching-*"))


def test_the_first_line_of_a_log_may_be_cut_from_its_head_too(
    registry: FolderRegistry, champions: Path
) -> None:
    killed(registry, champions, *WRITTEN[0])
    told = standing(champions, "churn")
    assert told is not None
    assert told.version == 3
    assert promote(registry, "shop", "churn", champions, 1).before == 3
    assert rollback(registry, "shop", "churn", champions).version == 3


def test_a_line_that_was_put_in_leads_no_rollback_to_a_version_nobody_judged(
    registry: FolderRegistry, champions: Path, bundles: list[Path]
) -> None:
    two = digests(bundles)[1]
    promote(registry, "shop", "churn", champions, 1)
    # Kept beside the champions, verified and never judged.
    challenge(registry, "shop", "churn", champions, 2)
    promote(registry, "shop", "churn", champions, 3)
    path, head = champions / HISTORY, champions / HEAD
    log, known = path.read_bytes(), head.read_bytes()
    append(champions, entry("churn", "rollback", 2, 3, two))
    append(champions, entry("churn", "promote", 3, 2, digests(bundles)[2]))
    both = path.read_bytes()
    for forged in (both[: both[:-1].rfind(b"\n") + 1], both):
        path.write_bytes(forged)
        head.write_bytes(known)
        with pytest.raises(StateError, match="line 4 was put in: there were 3 lines"):
            rollback(registry, "shop", "churn", champions)
        with pytest.raises(StateError, match="line 4 was put in: there were 3 lines"):
            promote(registry, "shop", "churn", champions, 2)
        assert read_bundle(champions / "churn").digest == digests(bundles)[2]
        assert path.read_bytes() == forged
    path.write_bytes(log)
    assert rollback(registry, "shop", "churn", champions).version == 1


def test_a_bundle_is_looked_at_in_another_process(bundles: list[Path]) -> None:
    seen = look(bundles[0])
    size = sum(each.stat().st_size for each in bundles[0].iterdir())
    assert seen == Seen("shop", "churn", digests(bundles)[0], 30, seen.p99_ms, size)
    assert 0.01 < seen.p99_ms < 1_000
    with pytest.raises(BundleError, match="cannot be read: No such file"):
        look(bundles[0] / "nowhere")


def test_a_file_that_ends_its_reader_ends_only_that_one(
    bundles: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell = tmp_path / "python"
    shell.write_text("#!/bin/sh\necho bad >&2\nkill -ABRT $$\n")
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))
    with pytest.raises(BundleError, match=r"ended its process with code -6 \(bad\); do not use"):
        look(bundles[0])
    shell.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(apart, "SECONDS", 0.2)
    with pytest.raises(BundleError, match="was not read in"):
        look(bundles[0])


def test_promotions_wait_for_each_other(registry: FolderRegistry, champions: Path) -> None:
    promote(registry, "shop", "churn", champions, 1)
    waiting = Thread(target=promote, args=(registry, "shop", "churn", champions, 3))
    with (champions / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert registry.version_at("shop", "churn") == 1
    waiting.join()
    assert registry.version_at("shop", "churn") == 3
