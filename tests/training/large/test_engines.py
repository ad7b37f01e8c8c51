"""A model from files is the model from memory: the same bundle, and nothing is left behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import DefinitionError, StateError
from features.spilled import SpilledColumns
from features.spilling import Spill
from tests.helpers import shop
from training.large import matrix
from training.large.gather import gathering, spilled
from training.large.options import require_one, with_engine
from training.large.settings import Large, memory
from training.learn import Learned, learn
from training.prepare import Prepared, prepare
from training.registry import Registry
from training.snapshots import Snapshot
from training.train import train

RECENCY = shop.CHURN.recency.name


def prepared(large: Large, folder: Path, said: list[str]) -> tuple[Prepared, Learned]:
    config = shop.config(large=large)
    with gathering(large, folder, said.append) as gather:
        found = prepare(shop.project(), shop.CHURN, shop.data(), config, gather)
        learned = learn(found.rows, found.splits[0], RECENCY, config, said.append, found.earlier)
        return found, learned


def test_a_training_from_files_gives_the_same_bundle(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "mlruns")
    digests, said = [], list[str]()
    for engine in ("memory", "file"):
        config = shop.config(large=Large(engine))
        reports = tmp_path / engine / "reports"
        found = train(
            shop.project(), shop.CHURN, shop.data(), config, registry, reports, said.append
        )
        digests.append((found.bundle.digest, found.evaluation.to_json()))
    assert digests[0] == digests[1]
    assert "rows go to files, as the engine file asks for" in said
    assert not [*(tmp_path / "file" / "spill").iterdir()]
    assert not (tmp_path / "memory" / "spill").exists()


def test_rows_go_to_files_when_they_take_more_than_they_may(tmp_path: Path) -> None:
    said = list[str]()
    # Some 54 thousand cells of 8 bytes.
    found, learned = prepared(Large(memory_gib=0.0001), tmp_path, said)
    assert isinstance(found.rows.vectors.columns, SpilledColumns)
    assert any(each.startswith("rows go to files: they take more than 0.0 GiB") for each in said)
    whole, same = prepared(Large(memory_gib=1.0), tmp_path, said)
    assert not isinstance(whole.rows.vectors.columns, SpilledColumns)
    assert learned.booster.model_to_string() == same.booster.model_to_string()


def test_blocks_to_learn_from_and_a_whole_matrix_to_stop_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, learned = prepared(Large("memory"), tmp_path, [])
    sizes = [int(found.splits[0][name].sum()) for name in ("stop", "train")]
    assert sizes[0] < sizes[1]
    # LightGBM would warn of two ways of cutting bins, and warnings are errors here.
    monkeypatch.setattr(matrix, "WHOLE", sizes[0] * len(learned.schema.columns))
    _, mixed = prepared(Large("memory"), tmp_path, [])
    assert mixed.booster.model_to_string() == learned.booster.model_to_string()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Spill, *_: object) -> None:
        (self.folder / "half").write_text("half a file")
        raise StateError("the disk is full")

    monkeypatch.setattr(Spill, "add", full)
    with pytest.raises(StateError, match="the disk is full"):
        prepared(Large("file"), tmp_path, [])
    assert not [*tmp_path.iterdir()]


def test_parts_are_written_from_the_first_on(tmp_path: Path) -> None:
    found, _ = prepared(Large("memory"), tmp_path, [])
    parts = [found.rows.take(found.splits[0][name]) for name in ("train", "test")]
    empty = found.rows.take(found.splits[0]["train"] & False)
    size = len(parts[0]) * (len(found.rows.vectors.columns) + 2) * 8
    large = Large(memory_gib=(size + 8) / 2**30)

    def made(each: list[Snapshot], folder: str) -> Snapshot:
        room = tmp_path / folder
        room.mkdir()
        return spilled(each, lambda: room, large, lambda text: None)

    one = made([parts[0], empty], "one")
    assert not isinstance(one.vectors.columns, SpilledColumns)
    both = made([parts[0], empty, parts[1]], "both")
    assert isinstance(both.vectors.columns, SpilledColumns)
    assert len(both) == len(parts[0]) + len(parts[1])
    wanted = [*parts[0].vectors.columns[RECENCY], *parts[1].vectors.columns[RECENCY]]
    assert both.vectors.columns[RECENCY].tolist() == wanted


def test_a_search_on_a_part_finds_its_rounds_on_all(tmp_path: Path) -> None:
    said = list[str]()
    found, learned = prepared(Large("memory", search_rows=1_000), tmp_path, said)
    rows = int(found.splits[0]["train"].sum())
    assert rows > 1_000
    assert f"finding the rounds on all {rows:,} rows of train" in said
    assert learned.chosen.params in {each.params for each in learned.trials}
    assert learned.chosen not in learned.trials


def test_settings_say_all_that_is_wrong_with_them() -> None:
    with pytest.raises(DefinitionError) as caught:
        Large("disk", memory_gib=-1, search_rows=5, baseline_rows=1, workers=0)
    assert caught.value.faults == (
        "engine must be one of auto, memory, file, dask, got 'disk'",
        "memory_gib must be 0 or more, got -1",
        "search_rows must be 1000 or more, got 5",
        "baseline_rows must be 1000 or more, got 1",
        "workers must be 1 to 64, got 0",
    )
    assert Large().most_bytes == memory() / 8
    assert Large(memory_gib=2).most_bytes == 2 * 2**30


def test_the_command_line_is_laid_over_the_settings(tmp_path: Path) -> None:
    config = shop.config(large=Large("memory", folder="here"))
    assert with_engine(config, None, None) == config
    changed = with_engine(config, "file", tmp_path)
    assert changed == replace(config, large=Large("file", folder=str(tmp_path)))
    with pytest.raises(DefinitionError, match=r"rows holds the labels of one task; .* a, b"):
        require_one(Path("rows"), ["a", "b"])
    require_one(Path("rows"), ["a"])
    require_one(None, ["a", "b"])
