import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BundleError
from features.kernel import Vectors
from tests.helpers import rated
from tests.helpers.bundles import learnt
from training.bundle import Bundle, read_bundle, write_bundle
from training.snapshots import Snapshot

NAMES = ("bundle.json", "golden.parquet", "model.txt")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bundle, Snapshot]:
    bundle, rows, golden = learnt()
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    write_bundle(bundle, golden.vectors, folder)
    return folder, bundle, rows


@pytest.fixture
def folder(made: tuple[Path, Bundle, Snapshot], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "bundle"))


def refused(folder: Path, *words: str) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    told = str(caught.value)
    assert str(folder) in told
    for word in words:
        assert word in told
    # Every refusal says what to do.
    assert any(word in told for word in ("train again", "restore", "remove", "is this a bundle?"))


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "bundle.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def replace(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its hash, as whoever can write to the folder would."""
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    edit(folder, lambda manifest: manifest["files"].update({name: digest}))


def test_a_bundle_read_back_scores_alike_to_the_last_bit(
    made: tuple[Path, Bundle, Snapshot],
) -> None:
    folder, bundle, rows = made
    again = read_bundle(folder)
    assert np.array_equal(again.margins(rows.vectors), bundle.margins(rows.vectors))
    shuffled = Vectors(
        rows.vectors.customers,
        rows.vectors.cutoffs,
        dict(reversed(list(rows.vectors.columns.items()))),
    )
    assert np.array_equal(again.margins(shuffled), bundle.margins(rows.vectors))
    for field in ("project", "task", "tables", "catalogue", "schema", "calibrator", "bands"):
        assert getattr(again, field) == getattr(bundle, field), field
    assert (again.texts, again.model_text) == (bundle.texts, bundle.model_text)
    assert json.loads(json.dumps(bundle.trained)) == again.trained
    assert again.digest == hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest()


def test_a_bundle_is_written_alike_every_time(
    made: tuple[Path, Bundle, Snapshot], tmp_path: Path
) -> None:
    _, bundle, rows = made
    golden = rows.take(np.arange(9)).vectors
    digests = {write_bundle(bundle, golden, tmp_path / str(number)) for number in range(2)}
    assert len(digests) == 1
    assert sorted(each.name for each in (tmp_path / "0").iterdir()) == list(NAMES)


def test_a_folder_that_is_not_empty_and_golden_rows_that_are_not_there_are_refused(
    made: tuple[Path, Bundle, Snapshot], tmp_path: Path
) -> None:
    _, bundle, rows = made
    with pytest.raises(BundleError, match="needs golden rows"):
        write_bundle(bundle, rows.take(np.arange(0)).vectors, tmp_path / "new")
    (tmp_path / "other").write_text("x")
    with pytest.raises(BundleError, match="is not empty; write a bundle to a folder of its own"):
        write_bundle(bundle, rows.vectors, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_byte_changed_anywhere_is_found(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for place in np.linspace(0, len(content) - 1, 12).astype(int):
        changed = bytearray(content)
        changed[place] ^= 1
        (folder / name).write_bytes(bytes(changed))
        if name == "bundle.json":
            # A manifest has no hash over itself, but then it is another bundle, or none.
            with contextlib.suppress(BundleError):
                assert read_bundle(folder).digest != hashlib.sha256(content).hexdigest()
        else:
            refused(folder, name, "was changed: expected SHA-256")


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refused(folder, name, "cannot be read: No such file", "is this a bundle?")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "cannot be read: No such file")


@pytest.mark.parametrize("name", ["model.pkl", ".hidden", "model.txt.bak"])
def test_a_foreign_file_is_told(folder: Path, name: str) -> None:
    (folder / name).write_text("x")
    refused(folder, name, "is no file of a bundle; remove it")


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_truncated_model_is_found_even_with_its_hash_renewed(folder: Path, share: float) -> None:
    content = (folder / "model.txt").read_bytes()
    short = content[: int(share * len(content))]
    (folder / "model.txt").write_bytes(short)
    refused(folder, "model.txt was changed")
    replace(folder, "model.txt", short)
    if b"end of parameters" not in short:
        refused(folder, "model.txt")


@pytest.mark.parametrize("name", ["model.txt", "golden.parquet"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"tree\n\n", b"\xff\xfe\x00", b"PAR1PAR1"])
def test_garbage_with_a_true_hash_is_refused(folder: Path, name: str, content: bytes) -> None:
    replace(folder, name, content)
    refused(folder)


def test_a_model_that_scores_otherwise_is_found_by_the_golden_rows(folder: Path) -> None:
    text = (folder / "model.txt").read_text()
    start = text.index("leaf_value=") + len("leaf_value=")
    changed = text[:start] + ("1" if text[start] == "-" else "-") + text[start + 1 :]
    replace(folder, "model.txt", changed.encode())
    refused(folder, "golden.parquet: 30 golden rows score otherwise", "install those")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", "null", "[" * 100_000, '{"format": NaN}', '{"format": 1}', '{"a": "\\ud8'],
)
def test_a_malformed_manifest_is_told(folder: Path, content: str) -> None:
    (folder / "bundle.json").write_text(content)
    refused(folder, "bundle.json")


@pytest.mark.parametrize("number", [0, 2, "1", None, 1.5, True])
def test_another_format_is_told(folder: Path, number: Any) -> None:
    edit(folder, lambda manifest: manifest.update(format=number))
    refused(folder, "bundle.json: format", "this one reads format 1")


def test_nan_in_a_manifest_is_refused(folder: Path) -> None:
    edit(folder, lambda manifest: manifest["trained"].update(base_rate=float("nan")))
    refused(folder, "bundle.json is malformed", "NaN is no number of JSON")


@pytest.mark.parametrize("key", ["task", "files", "schema", "project", "trained", "texts"])
def test_a_key_that_lacks_or_is_of_another_kind_is_told(folder: Path, key: str) -> None:
    edit(folder, lambda manifest: manifest.update({key: 7}))
    refused(folder, f"'{key}' must be of type")
    edit(folder, lambda manifest: manifest.pop(key))
    refused(folder, f"lacks '{key}'")


def test_an_unknown_key_is_told(folder: Path) -> None:
    edit(folder, lambda manifest: manifest.update(hook="import os"))
    refused(folder, "bundle.json is malformed: has the unknown key 'hook'")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "sub/model.txt", "model.pkl"])
def test_only_the_known_files_are_read(folder: Path, name: str) -> None:
    edit(folder, lambda manifest: manifest["files"].update({name: "0" * 64}))
    refused(folder, "expected the files ['golden.parquet', 'model.txt']", name)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["task"].update(horizon=-1),
        lambda m: m["task"].update(horizon="28"),
        lambda m: m["task"]["label"].update(outcome="vanished"),
        lambda m: m["task"].pop("label"),
        lambda m: m["tables"][0].update(kind="view"),
        lambda m: m["tables"][0].update(hook=1),
        lambda m: m["tables"].pop(0),
        lambda m: m["catalogue"].pop(0),
        lambda m: m["catalogue"].__setitem__(0, 7),
        lambda m: m["schema"].append({"name": "nowhere"}),
        lambda m: m["schema"].reverse(),
        lambda m: m["schema"].pop(),
        lambda m: m["calibrator"].update(kind="step"),
        lambda m: m["calibrator"].update(slope=m["calibrator"].get("slope", 1) + 1, kind="sigmoid"),
        lambda m: m["bands"].reverse(),
        lambda m: m["bands"].clear(),
        lambda m: m["bands"][0].update(at_least="x"),
        lambda m: m["bands"][0].update(at_least=7),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    edit(folder, change)
    refused(folder)


@pytest.fixture
def encoding_folder(tmp_path: Path) -> Path:
    made = rated.rated()
    write_bundle(made.bundle, made.golden, tmp_path / "rated")
    return tmp_path / "rated"


def first_count(manifest: dict[str, Any]) -> None:
    for line in (0, -1):
        manifest["encodings"][0]["rows"][line][0] += 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(encodings={}), "'encodings' must be of type list"),
        (lambda m: m.pop("encodings"), "the schema names features that the catalogue lacks"),
        (lambda m: m["encodings"].append(m["encodings"][0]), "must be one number of the schema"),
        (lambda m: m["encodings"][0].update(hook=1), "unknown key 'hook'"),
        (lambda m: m["encodings"].__setitem__(0, 7), "is malformed"),
        (lambda m: m["encodings"][0].update(rows=7), "is malformed"),
        (lambda m: m["encodings"][0].update(rate="nowhere"), "the task defines no 'nowhere'"),
        (lambda m: m["encodings"][0]["rows"][0].__setitem__(0, 10**30), "is malformed"),
        (lambda m: m["encodings"][0]["yes"][0].__setitem__(0, -1), "yes must be from 0 to rows"),
        (lambda m: m["task"]["encode"][0].update(hook=1), "unknown key 'hook'"),
        (lambda m: m["task"]["encode"][0].update(prior=6), "the task defines no"),
        (first_count, "have another 'clients_city_latest_ever_rate_5' than the encodings"),
        (
            lambda m: m.update(catalogue=[e for e in m["catalogue"] if e.get("column") != "city"]),
            "target rates read 'clients_city_latest_ever', which is no text of the catalogue",
        ),
        (
            lambda m: m["catalogue"].append(
                {**m["catalogue"][0], "alias": m["encodings"][0]["rate"]}
            ),
            "must be one number of the schema",
        ),
    ],
)
def test_encodings_that_are_damaged_are_refused(
    encoding_folder: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    assert read_bundle(encoding_folder).encodings
    edit(encoding_folder, change)
    refused(encoding_folder, words)


def test_golden_rows_without_their_cutoffs_or_levels_are_refused(encoding_folder: Path) -> None:
    table = pq.read_table(encoding_folder / "golden.parquet")
    for name in ("cutoff", "feature.clients_city_latest_ever"):
        sink = pa.BufferOutputStream()
        pq.write_table(table.drop_columns([name]), sink)
        replace(encoding_folder, "golden.parquet", sink.getvalue().to_pybytes())
        refused(encoding_folder, "golden.parquet holds no golden rows of the schema", name)
