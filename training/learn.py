"""One split, from rows to a calibrated model and its scores on rows it has never met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import lightgbm

from features.arrays import Bools, Floats, Ints, Values
from features.kernel import Vectors
from features.notice import Notice
from features.schema import Schema
from training.baselines import FeatureBaseline
from training.calibration.calibrate import Calibrated, Calibrator, calibrate, levels_of
from training.calibration.level import levelled
from training.calibration.origins import seen_in
from training.calibration.seen import Seen
from training.calibration.sigmoid import sigmoid
from training.config import Config
from training.fit import Columns, Rows, margins, require_both_outcomes
from training.large.matrix import matrix_of, told
from training.large.settle import build, fewer, fit_logistic, settled
from training.mean import fit_members
from training.sampling import Sample, Thinned, kept_share
from training.search.duration import in_words
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
    seen : Seen
        What the calibrator learnt from.
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
        Probabilities for the test rows of the one feature ``alone``, and of ``logistic``.
    thinned : Thinned or None
        How many negatives were left out of learning; None when all were kept.
    """

    schema: Schema
    booster: lightgbm.Booster
    calibrated: Calibrated
    seen: Seen
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
    baseline: str,
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
    baseline : str
        The one feature that the model must beat.
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
    DefinitionError
        When calibration is asked for by what is no category that the model reads.
    """
    # Asked at once: the search takes minutes, and the calibrator would refuse only after it.
    for name in ("train", "stop", "calibrate"):
        require_both_outcomes(name, rows.label[roles[name]])
    levels = levels_of(
        rows.vectors.columns if inputs is None else inputs, config.calibration.by, len(rows)
    )
    split = _Split.of(rows, roles, config)
    thinned = split.sample.thinned(rows.label, roles["final"])
    if thinned:
        say(Notice(thinned.sentence))
    train, stop = split.learnt(roles["train"]), split.whole(roles["stop"])
    folds = [(split.learnt(early), split.whole(late)) for early, late in earlier]
    trials, members = _searched([(train, stop), *folds], split.columns, config, terms, say)

    say("calibrating")
    newest, asked = split.whole(roles["calibrate"]).matrix, levels[roles["calibrate"]]
    heard = margins(split.fitted(roles["develop"], members, say), newest)

    def scored(learn_from: Bools, later: Bools) -> Floats:
        older = fit_members(split.learnt(learn_from), split.columns, members, config)
        return margins(older, split.whole(later).matrix)

    seen = seen_in(rows, levels, (roles["calibrate"], heard), origins, scored)
    if config.calibration.level == "model":
        seen = levelled(seen, config.calibration.least if config.calibration.by else None)
    calibrated = calibrate(seen, config.calibration, config.seed)

    say("fitting on all that is settled")
    booster = split.fitted(roles["final"], members, say)
    rate = float(calibrated.apply(margins(booster, newest), asked).mean())

    say("scoring the test slice")
    test = split.whole(roles["test"]).matrix
    marks = margins(booster, test)
    return Learned(
        schema=split.schema,
        booster=booster,
        calibrated=replace(calibrated, rate=rate),
        seen=seen,
        trials=trials,
        members=members,
        test=roles["test"].nonzero()[0],
        scores=calibrated.apply(marks, levels[roles["test"]]),
        uncalibrated=sigmoid(marks),
        before=calibrated.apply(heard, asked),
        baselines=_baselines(split, baseline, train, stop, test),
        thinned=thinned,
    )


@dataclass(frozen=True, eq=False)
class _Split:
    """The rows of one split, made matrices when they are asked for."""

    rows: Snapshot
    roles: Mapping[str, Bools]
    schema: Schema
    sample: Sample
    config: Config

    @classmethod
    def of(cls, rows: Snapshot, roles: Mapping[str, Bools], config: Config) -> _Split:
        schema = Schema.fit(rows.vectors.take(roles["train"]))
        whose, at, final = rows.vectors.customers, rows.vectors.cutoffs, roles["final"]
        sample = Sample.drawn(rows.label, whose, at, final, config.sampling, config.seed)
        return cls(rows, roles, schema, sample, config)

    @property
    def columns(self) -> Columns:
        return Columns(self.schema.names, self.schema.categorical)

    def whole(self, mask: Bools) -> Rows:
        """Return rows to be judged by, or scored."""
        return Rows(matrix_of(self.schema, self.rows.vectors.take(mask)), self.rows.label[mask])

    def learnt(self, mask: Bools) -> Rows:
        """Return rows to learn from, without the negatives that are left out."""
        label, kept = self.rows.label[mask], self.sample.kept[mask]
        return replace(self.whole(mask & self.sample.kept), kept=kept_share(label, kept))

    def fitted(self, mask: Bools, members: Sequence[Trial], say: Say) -> lightgbm.Booster:
        """Fit what the search chose, here or on processes of Dask."""
        return build(self.learnt(mask), self.columns, members, self.config, say)


def _searched(
    folds: Sequence[tuple[Rows, Rows]], columns: Columns, config: Config, terms: Terms, say: Say
) -> tuple[tuple[Trial, ...], tuple[Trial, ...]]:
    """Return every trial, and those of which the model is made."""
    most = config.large.search_rows
    few = [(fewer(early, most, config), fewer(late, most, config)) for early, late in folds]
    trials = tune(few, columns, config, lambda standing: say(standing.said()), terms)
    members = team(trials, config.search.members)
    if config.search.seconds is not None and len(trials) == 1:
        room = f"the budget of {config.search.budget} had room for one trial"
        say(Notice(f"{room}, which took {in_words(trials[0].seconds)}"))
    if few[0] == folds[0]:
        return trials, members
    # Where rows are many, the best of the search is best by more than luck.
    return trials, (settled(members[0], *folds[0], columns, config, say),)


def _baselines(
    split: _Split, feature: str, train: Rows, stop: Rows, test: Floats
) -> Mapping[str, Floats]:
    """Return the probabilities of the test rows by models that learnt from as much."""
    schema, final = split.schema, split.roles["final"]
    known, place = _column(schema, split.rows, feature, final), schema.names.index(feature)
    named = place in schema.categorical
    alone = FeatureBaseline.fit(known, split.rows.label[final], levels=named)
    logistic = fit_logistic(schema, train, stop, split.learnt(final), split.config)
    return {
        "alone": alone.predict(test[:, place]),
        "logistic": told(test, logistic.predict),
    }


def _column(schema: Schema, rows: Snapshot, name: str, mask: Bools) -> Floats:
    """Return one input of all rows of a mask, sampled or not, as the matrix would hold it."""
    alone = Schema(tuple(each for each in schema.columns if each.name == name))
    taken = rows.vectors.columns[name][mask]
    vectors = Vectors(rows.vectors.customers[mask], rows.vectors.cutoffs[mask], {name: taken})
    found: Floats = alone.matrix(vectors)[:, 0]
    return found
