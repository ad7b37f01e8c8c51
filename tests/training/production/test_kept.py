"""Scores that are kept of a run, and two models on the same of its rows."""

import stat
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.errors import StateError
from tests.helpers import bundles, shop
from training.judge.intervals import bootstrap
from training.prepare import prepare
from training.production.keep import keep
from training.production.kept import KEY, Kept, codes, read_kept, secret, write_kept
from training.production.pairs import compare, kept_by_both, scored_together

RANDOM = np.random.default_rng(4)
LABEL = RANDOM.random(400) < 0.3
GOOD = np.clip(0.3 + 0.2 * LABEL + RANDOM.normal(0, 0.1, 400), 0.01, 0.99)
POOR = np.clip(0.3 + 0.05 * LABEL + RANDOM.normal(0, 0.1, 400), 0.01, 0.99)
KEPT = Kept(
    customers=np.repeat(np.arange(200), 2),
    cutoffs=np.tile(np.array([1_000_000, 2_000_000]), 200),
    label=LABEL,
    scores=GOOD,
    rival=np.where(np.arange(400) < 300, POOR, np.nan),
    champion="ab",
    why_not="",
    calibrate=np.linspace(0, 1, 7),
    served=np.arange(400) < 350,
)


def test_scores_are_read_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    write_kept(path, KEPT)
    again = read_kept(path)
    for name in ("customers", "cutoffs", "label", "scores", "rival", "calibrate", "served"):
        came, wanted = getattr(again, name), getattr(KEPT, name)
        assert np.array_equal(came, wanted, equal_nan=came.dtype == np.float64), name
    assert (again.champion, again.why_not) == ("ab", "")
    # Codes, times, outcomes and scores: no id and no feature.
    assert pq.read_schema(path).names == [
        *("slice", "customer", "cutoff", "label", "score", "champion", "served")
    ]


def test_what_is_kept_of_a_training_is_what_it_learnt(tmp_path: Path) -> None:
    prepared = prepare(shop.project(), shop.CHURN, shop.data(), shop.config(prune=False))
    test = prepared.splits[0]["test"].nonzero()[0]
    learned: Any = SimpleNamespace(
        test=test, scores=np.linspace(0.1, 0.9, len(test)), before=np.linspace(0.2, 0.4, 11)
    )
    bundle = bundles.learnt()[0]
    mine = (shop.project(), shop.CHURN, shop.data(), prepared)
    found = keep(*mine, [learned, learned], bundle, tmp_path)
    # Stability of scores holds the test slice against the calibrate slice.
    assert found.calibrate.tolist() == learned.before.tolist()
    assert found.scores.tolist() == [*learned.scores, *learned.scores]
    assert found.label.tolist() == prepared.rows.label[[*test, *test]].tolist()
    assert found.served is not None
    assert found.served.tolist() == [True] * len(test) + [False] * len(test)
    assert np.isnan(found.rival).all()
    assert found.champion == ""


def test_a_file_that_holds_no_scores_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    path.write_text("spoilt")
    with pytest.raises(StateError, match=r"should hold the scores of a run, came .*; restore it"):
        read_kept(path)


def test_codes_agree_between_runs_of_one_folder_and_of_no_other(tmp_path: Path) -> None:
    one, other = secret(tmp_path / "one"), secret(tmp_path / "other")
    assert secret(tmp_path / "one") == one != other
    assert stat.S_IMODE((tmp_path / "one" / KEY).stat().st_mode) == 0o600
    assert [each.name for each in (tmp_path / "one").iterdir()] == [KEY]
    ids = np.array(["ann", "bob", "ann"], dtype=object)
    assert codes(ids, one)[[0, 1]].tolist() == codes(ids[:2], one).tolist()
    assert codes(ids, one)[0] == codes(ids, one)[2] != codes(ids, one)[1]
    assert not set(codes(ids, one)) & set(codes(ids, other))
    (tmp_path / "one" / KEY).write_bytes(b"")
    with pytest.raises(StateError, match=r"customers\.key is empty; move it away"):
        secret(tmp_path / "one")


def test_rows_that_the_champion_scored_in_training_make_a_pair() -> None:
    pair = scored_together(KEPT, "made up")
    assert len(pair) == 300
    assert np.array_equal(pair.champion, POOR[:300])
    assert np.array_equal(pair.version, GOOD[:300])


def test_rows_that_both_runs_kept_make_a_pair_whatever_their_order() -> None:
    order = RANDOM.permutation(400)[:250]
    theirs = Kept(
        customers=KEPT.customers[order],
        cutoffs=KEPT.cutoffs[order],
        # An outcome that one run saw otherwise is no row to compare on.
        label=np.where(np.arange(250) == 0, ~LABEL[order], LABEL[order]),
        scores=POOR[order],
        rival=np.full(250, np.nan),
    )
    pair = kept_by_both(KEPT, theirs)
    wanted = order[1:]
    assert len(pair) == 249
    assert sorted(pair.version) == sorted(GOOD[wanted])
    told = dict(zip(pair.version.tolist(), pair.champion.tolist(), strict=True))
    assert told == dict(zip(GOOD[wanted].tolist(), POOR[wanted].tolist(), strict=True))
    later = replace(theirs, cutoffs=theirs.cutoffs + 5)
    assert len(kept_by_both(KEPT, later)) == 0


def test_a_comparison_is_that_of_the_judge() -> None:
    pair = scored_together(KEPT, "made up")
    found = compare(pair, "average_precision", resamples=50)
    made = bootstrap(
        pair.label, {"a": pair.version, "b": pair.champion}, pair.customers, resamples=50
    )
    assert found.difference == made["a"].minus(made["b"], "average_precision")
    assert found.difference.low > 0
    assert (found.rows, found.customers, found.alike) == (300, 150, False)
    assert found.ece == made["a"].values["ece"]
    assert found.champion_ece == made["b"].values["ece"]


def _of_a_month(scores: np.ndarray, rows: np.ndarray | None) -> Kept:
    """Twenty rows of each of twenty customers within one month."""
    return Kept(
        customers=np.repeat(np.arange(20), 20),
        cutoffs=np.zeros(400, dtype=np.int64),
        label=LABEL,
        scores=scores,
        rival=np.full(400, np.nan),
        rows=rows,
    )


def test_rows_of_one_customer_and_month_are_told_by_their_codes(tmp_path: Path) -> None:
    code = RANDOM.permutation(400).astype(np.int64)
    mine, theirs = _of_a_month(GOOD, code), _of_a_month(POOR, code)
    order = RANDOM.permutation(400)
    shuffled = replace(
        theirs,
        rows=code[order],
        scores=POOR[order],
        label=np.where(np.arange(400) < 7, ~LABEL[order], LABEL[order]),
    )
    write_kept(tmp_path / "scores.parquet", shuffled)
    again = read_kept(tmp_path / "scores.parquet")
    pair = kept_by_both(mine, again)
    wanted = np.sort(order[7:])
    assert np.array_equal(pair.version, GOOD[wanted])
    assert np.array_equal(pair.champion, POOR[wanted])
    assert pair.how == (
        "rows that both runs tested on (7 whose outcome they saw otherwise left out)"
    )
    assert compare(kept_by_both(mine, mine), "roc_auc", resamples=20).alike
    # An older run kept no codes: then nobody can tell which row is which.
    older = kept_by_both(mine, replace(theirs, rows=None))
    assert len(older) == 0
    assert older.how.endswith("(400 that nobody can tell apart left out)")
