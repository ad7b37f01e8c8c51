"""What is told to lead to a lower band does so when the told numbers, as they read, are scored."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.ready.given import given
from features.ready.read import read_rows
from features.ready.table import LabelledTable
from serving.answer_rows import answer_rows
from serving.roster import Roster, ServedRows
from serving.row_schemas import RowsRequest
from serving.scorer import Scorer
from tests.serving import tiny
from training.bundle import Bundle, read_bundle, write_bundle
from training.bundle.asked import vectors_of_rows
from training.bundle.reference import reference
from training.reasons.settings import Reasons
from training.tasks import Task, labelled

RATES = LabelledTable("loans", label="y", as_of="2024-01-01")
TOLD = re.compile(r"'([A-Z][a-z]+): (?:only )?([0-9.,]+)' \(now ([0-9.,]+)\)")


def loans(rows: int = 600) -> pa.Table:
    """Rates of interest, parts used and tiny shares: numbers of other sizes than people's ages."""
    random = np.random.default_rng(2)
    return pa.table(
        {
            "rate": random.uniform(0.02, 0.06, rows).round(5),
            "used": random.uniform(0, 1, rows),
            "tiny": random.uniform(1e-6, 9e-6, rows),
            "nano": random.uniform(1e-13, 9e-13, rows),
            "large": random.uniform(1e6, 9e6, rows),
            "y": random.random(rows) < 0.5,
        }
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    rows = read_rows(RATES, loans())
    found = vectors_of_rows(rows)
    made = tiny.bundle_of(
        "loans", Task("late", labelled(RATES)), (rows.table,), given(rows.table), found
    )
    changeable = Reasons(changeable=("rate", "used", "tiny", "nano", "large"))
    trained = {**made.trained, "reference": reference(found)}
    made = replace(made, trained=trained, reasons=changeable.to_json())
    folder: Path = tmp_path_factory.mktemp("loans") / "late"
    write_bundle(made, found.take(np.arange(9)), folder)
    return read_bundle(folder)


def test_the_told_numbers_give_the_told_score(bundle: Bundle) -> None:
    contract = next(each for each in bundle.tables if isinstance(each, LabelledTable))
    served = ServedRows("loans", {"late": Scorer(bundle)}, {"late": contract})
    roster = Roster((), lambda: tiny.PRESENT, (served,))
    rows = loans(120).drop_columns(["y"]).to_pylist()
    changed = set()
    for start in range(0, len(rows), 40):
        asked = RowsRequest(rows=rows[start : start + 40], counterfactual=True, reasons=0)
        for row, told in zip(asked.rows, answer_rows(roster, asked).scores, strict=True):
            change = told.counterfactual
            assert change is not None
            if change.score is None:
                continue
            parts = TOLD.findall(change.text)
            assert len(parts) == len(change.changes)
            assert all(after != now for _, after, now in parts), change.text
            moved = row | {name.lower(): float(after.replace(",", "")) for name, after, _ in parts}
            again = answer_rows(roster, RowsRequest(rows=[moved], reasons=0)).scores[0]
            assert again.score == change.score < told.score, change.text
            assert again.band != told.band
            changed |= {name.lower() for name, _, _ in parts}
    assert changed == {"rate", "used", "tiny", "nano", "large"}
