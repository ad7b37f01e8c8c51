"""The judgement of what was learnt: the test rows of all splits, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from features.aggregates.rhythm import DAYS_SINCE
from features.arrays import Floats
from features.feature import Feature, Tally
from features.ready.given import spelled
from training.calibration.calibrate import levels_of
from training.config import Config
from training.fit import importance
from training.judge.diagnostics import diagnose
from training.judge.evaluate import Evaluation, evaluate
from training.judge.evaluation import LOGISTIC
from training.judge.groups import chosen
from training.learn import Learned, Say
from training.prepare import Prepared
from training.tasks import Task

_TAKEN: Final = (LOGISTIC, "recency", "model", "uncalibrated")


def judge(
    task: Task,
    prepared: Prepared,
    learned: Sequence[Learned],
    config: Config,
    say: Say = lambda text: None,
) -> Evaluation:
    """Judge the models of a task on their test rows.

    Parameters
    ----------
    task : Task
        The question.
    prepared : Prepared
        Rows, and attributes to judge by.
    learned : sequence of Learned
        A model for each split; each one's scores of its own test rows are judged together.
    config : Config
        Settings.
    say : callable
        Told what is being done.

    Returns
    -------
    Evaluation
    """
    rows, test = prepared.rows, np.concatenate([each.test for each in learned])
    known = {name: values[test] for name, values in prepared.groups.items()}
    words = spelled(prepared.selected.catalogue)
    used = [words.get(each, each) for each in importance(learned[0].booster)]
    alone = called(task, prepared.baseline)
    asked, columns = config.judging, prepared.golden.vectors.columns

    def joined(values: Sequence[Floats]) -> Floats:
        return np.concatenate(values)

    judged = evaluate(
        task.name,
        rows.label[test],
        joined([each.scores for each in learned]),
        rows.vectors.customers[test],
        {
            words.get(alone, alone) if name == "alone" else name: joined(
                [each.baselines[name] for each in learned]
            )
            for name in learned[0].baselines
        },
        rows.vectors.cutoffs[test],
        uncalibrated=joined([each.uncalibrated for each in learned]),
        resamples=config.resamples,
        seed=config.seed,
        by={name: known[name] for name in chosen(asked, known, used)},
        protected={name: known[name] for name in asked.protected},
        judging=asked,
        levels=levels_of(columns, config.calibration.by, len(rows))[test],
    )
    if not asked.diagnostics:
        return judged
    say("fitting again on less, to tell what more data would bring")
    final, timed = prepared.splits[0]["final"], config.split == "time"
    diagnosed = diagnose(rows, final, learned[0], config, timed)
    return replace(judged, diagnostics=diagnosed.named(words))


def called(task: Task, feature: str) -> str:
    """Name the baseline of one feature: recency where it counts the days since some event.

    Examples
    --------
    >>> from training.tasks import Cohort, labelled, silent
    >>> gone = Task("gone", silent("visits"), Cohort(active=9), horizon=9)
    >>> called(gone, gone.recency.name)
    'recency'
    >>> called(replace(gone, baseline=gone.events), gone.events.name)
    'visits_count_ever'
    >>> called(Task("again", labelled("calls")), "age")
    'age'
    """
    known = task.baseline
    if not task.is_given and (known is None or _is_recency(known)):
        return "recency"
    return f"column_{feature}" if feature in _TAKEN else feature


def _is_recency(feature: Feature) -> bool:
    return isinstance(feature, Tally) and feature.aggregate == DAYS_SINCE
