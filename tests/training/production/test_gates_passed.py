"""What gates let pass, what they do not ask, and whose limits they keep."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import DefinitionError
from tests.helpers.evidence import (
    BESIDE,
    EVALUATION,
    LIMITS,
    SCORES,
    SOUND,
    failed,
    interval,
    kept,
    metrics,
    worse,
)
from training.production.gates import Evidence, judge
from training.production.psi import by_chance, psi
from training.production.settings import Gates


@pytest.mark.parametrize(
    ("known", "name", "words"),
    [
        (worse(-0.004), "better than version 3", "no worse: "),
        (worse(-0.004, ece=BESIDE.champion_ece), "better than version 3", "no worse: "),
        (worse(0.0, ece=0.09, alike=True), "better than version 3", "scores every row alike"),
        (
            replace(SOUND, champion=None, compared=None),
            "no worse than the baselines",
            "logistic -0.0010",
        ),
    ],
)
def test_what_is_no_worse_passes_too(known: Evidence, name: str, words: str) -> None:
    gates = judge(known, LIMITS)
    assert failed(gates) == []
    assert next(each for each in gates if each.gate == name).figure.startswith(words) or words in (
        gates[0].figure
    )


def test_what_chance_alone_may_make_fails_nothing() -> None:
    wide = {**EVALUATION["fairness"]["gaps"][0], "gap": interval(0.3, -0.05, 0.6)}
    low = {"period": "2017-10", "gini": interval(0.3, 0.0, 0.72)}
    metered = metrics(ece=interval(0.05, 0.02, 0.08), calibration_slope=interval(1.3, 1.1, 1.5))
    evaluation = {**metered, "fairness": {"gaps": [wide]}, "stability": [low, low]}
    assert failed(judge(replace(SOUND, evaluation=evaluation), LIMITS)) == []


def test_a_group_that_a_measure_left_out_is_told_and_fails_nothing() -> None:
    few = "fewer than 20 positives"
    groups = [
        {"by": "sex", "group": name, "left_out": {"tpr": few, "calibration": few}}
        for name in ("d", "e", "g", "h", "i")
    ]
    evaluation = {**EVALUATION, "fairness": {**EVALUATION["fairness"], "groups": groups}}
    (told,) = [
        each
        for each in judge(replace(SOUND, evaluation=evaluation), LIMITS)
        if each.gate == "fairness"
    ]
    assert told.state == "passed"
    assert told.figure == (
        "selection_rate by sex: f 0.040 above m; too small to be compared: sex d (tpr, "
        "calibration), sex e (tpr, calibration), sex g (tpr, calibration) and 2 more"
    )


def test_a_period_above_its_share_passes_though_it_is_below_the_whole() -> None:
    low = {"period": "2017-10", "gini": interval(0.6, 0.55, 0.65)}
    evaluation = {**EVALUATION, "stability": [low, low]}
    assert failed(judge(replace(SOUND, evaluation=evaluation), LIMITS)) == []
    alone = {**EVALUATION, "stability": [{"period": "2017-10", "gini": interval(0.1, 0.0, 0.2)}]}
    (told,) = [
        each
        for each in judge(replace(SOUND, evaluation=alone), LIMITS)
        if each.gate == "stability in time"
    ]
    assert told.state == "not applicable"


def test_what_is_not_configured_is_not_asked() -> None:
    bare = {name: EVALUATION[name] for name in ("metrics", "differences")}
    known = replace(SOUND, evaluation=bare, seen=replace(SOUND.seen, contract=""), proof=None)
    gates = judge(known, Gates(proof=False))
    assert [each.gate for each in gates if each.state == "not applicable"] == [
        *("calibration contract", "point-in-time proof", "stability in time", "fairness"),
        "four eyes",
    ]
    assert failed(gates) == []


def test_limits_are_the_projects_own() -> None:
    strict = Gates(max_slope=0.85, max_psi=1e-9, max_gap=0.01, max_bytes=10, max_p99_ms=0.1)
    assert [each.gate for each in failed(judge(SOUND, strict))] == [
        *("calibration", "fairness", "latency", "size")
    ]


def test_limits_that_make_no_sense_are_told_together() -> None:
    with pytest.raises(DefinitionError) as caught:
        Gates(
            metric="f1",
            margin=-1,
            max_psi=0,
            min_rows=0,
            min_proof_customers=0,
            min_slope=2.0,
        )
    assert caught.value.faults == (
        "metric must be one of roc_auc, average_precision, got 'f1'",
        "margin must be 0 to 1, got -1",
        "max_psi must be above 0, got 0",
        "min_rows must be 1 or more, got 0",
        "min_proof_customers must be 1 or more, got 0",
        "min_slope 2.0 is above max_slope 1.25",
    )


def test_psi_is_that_of_the_textbook() -> None:
    # Ten bins of 100; then one bin doubles at the cost of another.
    before = np.repeat(np.arange(10.0), 100)
    after = np.concatenate([before[:-100], np.zeros(100)])
    expected = (0.2 - 0.1) * np.log(0.2 / 0.1) + (0.0001 - 0.1) * np.log(0.0001 / 0.1)
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1]))
    assert len(edges) == 9
    assert psi(before, after) == pytest.approx(expected)
    assert psi(before, before) == 0


def test_few_rows_move_by_chance() -> None:
    random = np.random.default_rng(4)
    drawn = [(random.beta(2, 5, 400), random.beta(2, 5, 900)) for _ in range(400)]
    beyond = np.mean([psi(*each) > by_chance(*each) for each in drawn])
    assert 0.01 < beyond < 0.1
    # Sixty rows of one distribution lie far apart, and are no drift; six hundred that do are one.
    before, after = SCORES[:60], np.where(np.arange(60) % 4, SCORES[:60], 0.9)
    assert 0.25 < psi(before, after) < by_chance(before, after)
    few = replace(kept(after), calibrate=before)
    assert failed(judge(replace(SOUND, kept=few), LIMITS)) == []
    many = replace(kept(np.tile(after, 10)), calibrate=np.tile(before, 10))
    (told,) = failed(judge(replace(SOUND, kept=many), LIMITS))
    assert told.gate == "stability of scores"


def test_a_ready_made_table_has_nothing_to_prove() -> None:
    (told,) = [
        each
        for each in judge(replace(SOUND, proof=None, is_given=True), LIMITS)
        if each.gate == "point-in-time proof"
    ]
    assert told.state == "not applicable"
    assert "ready-made" in told.figure


def test_only_scores_of_the_model_that_serves_are_held_against_its_own() -> None:
    both = np.concatenate([SCORES, np.minimum(SCORES * 2, 1.0)])
    served = np.arange(len(both)) < len(SCORES)
    known = replace(SOUND, kept=replace(kept(both), served=served))
    assert failed(judge(known, LIMITS)) == []
    doubled = replace(SOUND, kept=replace(kept(both), served=~served))
    assert [each.gate for each in failed(judge(doubled, LIMITS))] == ["stability of scores"]


def test_a_run_without_metrics_of_calibration_is_told_to_train_again() -> None:
    bare = {**EVALUATION, "metrics": {"roc_auc": EVALUATION["metrics"]["roc_auc"]}}
    (told,) = failed(judge(replace(SOUND, evaluation=bare), LIMITS))
    assert (told.gate, told.figure) == ("calibration", "its run does not hold the figures")
