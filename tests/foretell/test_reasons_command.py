"""The command that writes what is said of features, and checks it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.helpers.commands import copied, foretell


def test_the_texts_are_written_for_review_and_reviewed_ones_stay(tmp_path: Path) -> None:
    shop = copied(tmp_path)
    said = foretell("reasons", shop)
    path = Path(shop, "reasons.toml")
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    count = len(found["features"])
    assert said == f"{path}: {count} features, 0 reviewed\n"
    assert set(found["words"]["visits"]) == {"en"}
    name = next(iter(found["features"]))
    text = path.read_text(encoding="utf-8")
    head = f'[features."{name}"]\nreviewed = '
    assert head + "false" in text
    path.write_text(text.replace(head + "false", head + "true"), encoding="utf-8")
    assert json.loads(foretell("reasons", shop, "--json")) == {
        "file": str(path),
        "features": count,
        "reviewed": 1,
    }
    assert head + "true" in path.read_text(encoding="utf-8")


def test_a_file_with_faults_is_told(tmp_path: Path) -> None:
    shop = copied(tmp_path)
    Path(shop, "reasons.toml").write_text("[features.a.en]\nhigh = '{x}'\n")
    for words in (["reasons", shop], ["train", shop]):
        assert "only {value} is filled in, got {x} in '{x}'" in foretell(*words, code=1)


def test_champions_are_checked_on_their_golden_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, home = copied(tmp_path), str(tmp_path / "home")
    settings = Path(shop, "train.toml")
    settings.write_text(settings.read_text() + '\n[reasons]\npurpose = "adverse"\n')
    assert "no champion of" in foretell("reasons", shop, "--lint", "--home", home, code=1)
    foretell("reasons", shop)
    texts = Path(shop, "reasons.toml")
    read = texts.read_text(encoding="utf-8").replace("reviewed = false", "reviewed = true")
    texts.write_text(read, encoding="utf-8")
    task = "back"
    foretell("train", shop, "--task", task, "--home", home)
    foretell("promote", shop, task, "--override", "a test", "--home", home)
    monkeypatch.setattr("training.reasons.lint.STABLE", 0.0)
    monkeypatch.setattr("training.reasons.lint.STABLE_BY_ONE", 0.0)
    found = json.loads(foretell("reasons", shop, "--lint", "--home", home, "--json"))[task]
    assert found["faults"] == []
    assert found["furthest_from_margin"] < 1e-9
    assert "kept under noise" in foretell("reasons", shop, "--lint", "--home", home)
    monkeypatch.setattr("training.reasons.lint.LONGEST", 3)
    run = foretell("reasons", shop, "--lint", "--home", home, code=1)
    assert run == ""
