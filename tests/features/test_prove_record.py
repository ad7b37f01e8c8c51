"""A proof is kept whole, and says when it no longer speaks of the features as they are."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from features import Catalogue, band, count, ratio, total
from features.aggregators import Aggregate
from features.errors import StateError
from features.feature import Tally
from features.prove import Proof, keep, proof_of, prove, record
from features.prove.record import NAMELESS
from features.windows import Window
from tests.helpers.leaks import LEAKS
from tests.helpers.raw import NOW
from tests.helpers.trading import ORDERS, TABLES, world

OURS = Catalogue([count("sales", 30), total("orders", "sum", 30)])


@cache
def proof(leaking: bool = False) -> Proof:
    catalogue = Catalogue([*OURS, LEAKS[0].feature]) if leaking else OURS
    return prove("world", TABLES, catalogue, world(1), cutoffs=2, customers=4, now=NOW)


def test_a_proof_reads_back_as_it_was(tmp_path: Path) -> None:
    for leaking in (False, True):
        made = proof(leaking)
        assert keep(tmp_path / "w", made).name == "proof.json"
        nameless = tuple(replace(each, customer=NAMELESS) for each in made.culprits)
        assert proof_of(tmp_path / "w", OURS, TABLES) == replace(made, culprits=nameless)
        assert made.proven == made.holds == (not leaking)
    assert [each.name for each in (tmp_path / "w").iterdir()] == ["proof.json"]


def test_the_file_tells_what_a_person_or_gate_asks(tmp_path: Path) -> None:
    said = json.loads(keep(tmp_path, proof(True)).read_text())
    assert said["verdict"] == "leak"
    assert said["cases"] == sum(said["kinds"].values()) > 20
    assert said["culprits"][0]["column"] == "paid"
    assert said["customers"] == 4
    assert len(said["cutoffs"]) == 2
    assert set(said["versions"]) == {"foretell", "duckdb", "numpy", "pyarrow"}
    assert "stale" not in said
    assert json.loads(keep(tmp_path, proof()).read_text())["verdict"] == "proven"


def test_no_proof_is_none(tmp_path: Path) -> None:
    assert proof_of(tmp_path / "nowhere", OURS) is None


def stale(home: Path, catalogue: Catalogue, *tables: Any) -> tuple[str, ...]:
    found = proof_of(home, catalogue, tables)
    assert found is not None
    assert found.holds == (not found.stale)
    return found.stale


def test_a_proof_is_stale_for_what_is_new_or_changed(tmp_path: Path) -> None:
    keep(tmp_path, proof())
    assert stale(tmp_path, OURS, *TABLES) == ()
    # Those of one task are a part of all.
    assert stale(tmp_path, Catalogue([count("sales", 30)])) == ()
    assert stale(tmp_path, Catalogue([*OURS, count("sales", 31)])) == (
        "feature 'sales_count_31d' was not there",
    )
    renamed = count("sales", 31).named("sales_count_30d")
    assert stale(tmp_path, Catalogue([renamed])) == (
        "feature 'sales_count_30d' is not what it was",
    )
    assert stale(tmp_path, OURS, replace(ORDERS, lag=1)) == ("table 'orders' is not what it was",)


def test_a_proof_is_stale_for_code_that_the_project_brings(tmp_path: Path) -> None:
    keep(tmp_path, replace(proof(), code={"project.py": "1", "gone.py": "1", "same.py": "1"}))

    def reasons(code: dict[str, str] | None) -> tuple[str, ...]:
        found = proof_of(tmp_path, OURS, TABLES, code)
        assert found is not None
        return found.stale

    assert reasons(None) == ()
    assert reasons({"project.py": "2", "new.py": "1", "same.py": "1"}) == (
        "code 'project.py' is not what it was",
        "code 'new.py' was not there",
        "code 'gone.py' is not there any more",
    )


def test_a_proof_is_stale_when_our_own_code_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, proof())
    monkeypatch.setattr(record, "engine", lambda: "another")
    assert stale(tmp_path, OURS) == ("Foretell's own code is not what it was",)


def written(path: Path, source: str) -> Callable[..., Any]:
    """Return the function ``compute`` of a file, as a project's folder would bring it."""
    path.write_text(source)
    module = types.ModuleType("written")
    exec(compile(source, str(path), "exec"), module.__dict__)
    compute: Callable[..., Any] = module.__dict__["compute"]
    return compute


def users(compute: Callable[..., Any]) -> Tally:
    return Tally(Aggregate("own", compute, "An own one"), "sales", Window(None))


def test_an_edit_of_a_users_code_changes_the_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "project.py"
    one = record.fingerprint(
        users(written(file, "def compute(*all): return help()\ndef help(): 1"))
    )
    assert one == record.fingerprint(users(written(file, file.read_text())))
    helper = written(file, "def compute(*all): return help()\ndef help(): 2")
    assert record.fingerprint(users(helper)) != one
    assert record.fingerprint(users(partial(helper, 1))) == record.fingerprint(users(helper))


def test_code_without_a_file_is_known_by_what_was_compiled(tmp_path: Path) -> None:
    def digest(source: str) -> str:
        compute = written(tmp_path / "gone.py", source)
        (tmp_path / "gone.py").unlink()
        return record.fingerprint(users(compute))

    one = "def compute(*all): return [1 for each in all]"
    assert digest(one) == digest(one)
    assert digest(one) != digest(one.replace("1", "2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "should hold a proof, came Expecting property name"),
        ("[]", "should hold a proof, came 'list' object has no attribute 'keys'"),
        ("{}", "should hold a proof, came no catalogue, code, culprits, customers"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "proof.json").write_text(text)
    with pytest.raises(StateError, match=r"run `foretell prove` again") as caught:
        proof_of(tmp_path, OURS)
    assert said in str(caught.value)


def test_a_culprit_with_strange_keys_is_damage(tmp_path: Path) -> None:
    value = proof(True).to_json()
    value["culprits"][0]["colour"] = "red"
    (tmp_path / "proof.json").write_text(json.dumps(value))
    with pytest.raises(StateError, match="unexpected keyword argument 'colour'"):
        proof_of(tmp_path, OURS)


def test_what_a_feature_learnt_makes_no_proof_stale() -> None:
    waiting = band(count("sales", 30), (0.5,))
    fitted = replace(waiting, parameters=(2.0,))
    assert record.fingerprint(waiting) == record.fingerprint(fitted)
    assert record.fingerprint(waiting) != record.fingerprint(band(count("sales", 30), (0.6,)))
    assert record.fingerprint(ratio(fitted, waiting)) == record.fingerprint(ratio(waiting, waiting))
