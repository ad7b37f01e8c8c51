"""One split, from rows to a calibrated model and its scores on rows it has never met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import lightgbm

from features.arrays import Bools, Floats, Ints, Values
from features.kernel import Vectors
from features.schema import Schema
from training.baselines import RecencyBaseline
from training.calibration.calibrate import Calibrated, Calibrator, calibrate, levels_of
from training.calibration.level import levelled
from training.calibration.origins import seen_in
from training.calibration.sigmoid import sigmoid
from training.config import Config
from training.fit import Columns, Rows, margins, require_both_outcomes
from training.large.matrix import matrix_of, told
from training.large.settle import build, fewer, fit_logistic, settled
from training.mean import fit_members
from training.sampling import Sample, Thinned, kept_share
from training.search.trials import Trial, team
from training.search.tune import ALONE, Terms, tune
from training.snapshots import Snapshot

Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Learned:
    """A model of one split, and what it says about the test rows.

    Parameters
    ----------
    schema : Schema
        Inputs, with the levels seen in training rows.
    booster : lightgbm.Booster
        The model.
    calibrated : Calibrated
        From margins to probabilities, of all rows and of segments.
    trials : tuple of Trial
        The search, in order: parameters, rounds, loss, state and seconds of each trial.
    members : tuple of Trial
        Its result, with the rounds of the final fit: the model is the mean of these, the best
        first.
    test : (k,) int64
        Positions of the test rows.
    scores, uncalibrated : (k,) float64
        Probabilities of the test rows, after and before calibration.
    before : (c,) float64
        Probabilities of the calibrate rows by the model that had not learnt from them.
    baselines : mapping of str to (k,) float64
        Probabilities of the baselines for the test rows.
    thinned : Thinned or None
        How many negatives were left out of learning; None when all were kept.
    """

    schema: Schema
    booster: lightgbm.Booster
    calibrated: Calibrated
    trials: tuple[Trial, ...]
    members: tuple[Trial, ...]
    test: Ints
    scores: Floats
    uncalibrated: Floats
    before: Floats
    baselines: Mapping[str, Floats]
    thinned: Thinned | None = None

    @property
    def chosen(self) -> Trial:
        """The best trial of the search."""
        return self.members[0]

    @property
    def calibrator(self) -> Calibrator:
        """The calibrator of all rows."""
        return self.calibrated.calibrator


def learn(
    rows: Snapshot,
    roles: Mapping[str, Bools],
    recency: str,
    config: Config,
    say: Say,
    earlier: Sequence[tuple[Bools, Bools]] = (),
    terms: Terms = ALONE,
    origins: Sequence[tuple[Bools, Bools]] = (),
    inputs: Mapping[str, Values] | None = None,
) -> Learned:
    """Search, fit, calibrate, and score the test rows once.

    Parameters
    ----------
    rows : Snapshot
        All rows of the task.
    roles : mapping of str to (r,) bool
        Rows of ``train``, ``stop``, ``calibrate`` and ``test``; of ``develop``, all that is settled
        before ``calibrate``; and of ``final``, all that is settled before ``test``.
    recency : str
        Feature of the recency baseline.
    config : Config
        Settings.
    say : callable
        Told what is being done.
    earlier : sequence of ((r,) bool, (r,) bool)
        Older pairs of train and stop rows, for the search.
    origins : sequence of ((r,) bool, (r,) bool)
        Pairs of rows to learn from and of later rows to score, for the calibrator.
    inputs : mapping of str to (r,) array, optional
        Columns that may name segments; left out, those of the rows.
    terms : Terms
        Where the study of the search is kept, and what else it begins with.

    Returns
    -------
    Learned

    Raises
    ------
    CohortError
        When train, stop or calibrate holds outcomes of one kind only.
    """
    # Asked at once: the search takes minutes, and the calibrator would refuse only after it.
    for name in ("train", "stop", "calibrate"):
        require_both_outcomes(name, rows.label[roles[name]])
    schema = Schema.fit(rows.vectors.take(roles["train"]))
    columns = Columns(schema.names, schema.categorical)
    whose, at = rows.vectors.customers, rows.vectors.cutoffs
    sample = Sample.drawn(rows.label, whose, at, roles["final"], config.sampling, config.seed)
    thinned = sample.thinned(rows.label, roles["final"])
    if thinned:
        say(thinned.sentence)

    # A matrix for each slice, so that none is made of rows that nobody reads.
    def taken(mask: Bools) -> Rows:
        return Rows(matrix_of(schema, rows.vectors.take(mask)), rows.label[mask])

    def learnt(mask: Bools) -> Rows:
        found = taken(mask & sample.kept)
        return replace(found, kept=kept_share(rows.label[mask], sample.kept[mask]))

    slices = {name: taken(roles[name]) for name in ("stop", "calibrate", "test")}
    train, stop = learnt(roles["train"]), slices["stop"]

    folds = [(train, stop), *((learnt(early), taken(late)) for early, late in earlier)]
    most = config.large.search_rows
    few = [(fewer(early, most, config), fewer(late, most, config)) for early, late in folds]
    trials = tune(few, columns, config, lambda standing: say(standing.said()), terms)
    members = team(trials, config.search.members)
    if few[0] != folds[0]:
        # Where rows are many, the best of the search is best by more than luck.
        members = (settled(members[0], train, stop, columns, config, say),)

    def fitted(mask: Bools) -> lightgbm.Booster:
        known = learnt(mask)
        return fit_members(
            known,
            columns,
            members,
            config,
            lambda each: build(known, columns, each.params, config, each.rounds, say),
        )

    say("calibrating")
    before = fitted(roles["develop"])
    levels = levels_of(
        rows.vectors.columns if inputs is None else inputs, config.calibration.by, len(rows)
    )

    def scored(learn_from: Bools, later: Bools) -> Floats:
        older = fit_members(learnt(learn_from), columns, members, config)
        return margins(older, taken(later).matrix)

    latest = (roles["calibrate"], margins(before, slices["calibrate"].matrix))
    seen = seen_in(rows, levels, latest, origins, scored)
    if config.calibration.level == "model":
        seen = levelled(seen)
    calibrated = calibrate(seen, config.calibration, config.seed)

    say("fitting on all that is settled")
    booster = fitted(roles["final"])

    say("scoring the test slice")
    newest = margins(booster, slices["calibrate"].matrix)
    rate = float(calibrated.apply(newest, levels[roles["calibrate"]]).mean())
    test = slices["test"]
    marks = margins(booster, test.matrix)
    place = schema.names.index(recency)
    # The baselines learn from all that the model learnt from in the end.
    recent = RecencyBaseline.fit(
        _column(schema, rows, recency, roles["final"]), rows.label[roles["final"]]
    )
    logistic = fit_logistic(schema, train, stop, learnt(roles["final"]), config)
    return Learned(
        schema=schema,
        booster=booster,
        calibrated=replace(calibrated, rate=rate),
        trials=trials,
        members=members,
        test=roles["test"].nonzero()[0],
        scores=calibrated.apply(marks, levels[roles["test"]]),
        uncalibrated=sigmoid(marks),
        before=calibrated.apply(latest[1], levels[roles["calibrate"]]),
        baselines={
            "recency": recent.predict(test.matrix[:, place]),
            "logistic": told(test.matrix, logistic.predict),
        },
        thinned=thinned,
    )


def _column(schema: Schema, rows: Snapshot, name: str, mask: Bools) -> Floats:
    """Return one input of all rows of a mask, sampled or not, as the matrix would hold it."""
    alone = Schema(tuple(each for each in schema.columns if each.name == name))
    taken = rows.vectors.columns[name][mask]
    vectors = Vectors(rows.vectors.customers[mask], rows.vectors.cutoffs[mask], {name: taken})
    found: Floats = alone.matrix(vectors)[:, 0]
    return found
