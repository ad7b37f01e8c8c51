"""What a report of a rare outcome writes: no figure of it may read as nothing."""

import re

import numpy as np

from tests.helpers.rare import world
from training.judge.evaluate import evaluate
from training.report.context import ReportContext, Slice
from training.report.numbers import number
from training.report.page import report


def test_no_figure_of_a_rare_outcome_reads_as_nothing() -> None:
    rows, truth = world(40_000, 0.0008, seed=4)
    found = evaluate(
        "signs",
        rows.label,
        truth,
        rows.vectors.customers,
        {"recency": np.full(len(truth), truth.mean())},
        rows.vectors.cutoffs,
        resamples=20,
    )
    slices = (Slice("test", ("2024-01-01",), len(rows), int(rows.label.sum())),)
    page = report(found, ReportContext("Who signs?", "everyone", 0, 28, "by time", slices))
    assert number(found.base_rate, ".1%") in page
    metrics = page[page.index("Brier") : page.index("Calibration slope")]
    assert "0.000<" not in metrics
    assert "0.000\n" not in metrics
    tables = re.findall(r"<table.*?</table>", page, flags=re.DOTALL)
    (table,) = [each for each in tables if "Base rate" in each]
    assert number(found.base_rate, ".1%") in table
    assert "0.0%" not in table


def test_numbers_of_usual_size_are_written_as_ever() -> None:
    told = [number(each, ".1%") for each in (0.0, 0.012, 0.5, 1.0)]
    assert told == ["0.0%", "1.2%", "50.0%", "100.0%"]
    assert [number(each) for each in (0.0123, -0.5, 1e-12)] == ["0.012", "-0.500", "0.000000000"]
    assert number(float("inf")) == "inf"
    assert [number(each, ",.0f") for each in (-1234.5, 7.0, 0.0)] == ["-1,234", "7", "0"]
