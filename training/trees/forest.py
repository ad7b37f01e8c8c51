"""The trees of a LightGBM model as arrays: how a row walks them, and how training rows did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from features.arrays import Floats, Ints, Values
from features.errors import BundleError

CATEGORY: Final = 4
"""Kind of a split that looks a code up; others tell where what is missing goes."""
MISSING_LEFT: Final = 1
ZERO_IS_MISSING: Final = 2

_OF_SPLITS: Final = (
    *("feature", "left", "right", "before", "threshold", "turns"),
    *("kind", "word", "words", "codes", "share", "share_left"),
)

_DECIDES_CATEGORY, _DEFAULT_LEFT = 1, 2
_AS_ZERO, _NONE = 1, 0


@dataclass(frozen=True, eq=False)
class Forest:
    """Splits of all trees, one tree after the other, parents before children.

    A split and a leaf of a tree with ``n`` splits are numbered 0 to ``n - 1`` and ``n`` upwards.
    The turns at split ``i`` are numbered ``2 i`` (left) and ``2 i + 1`` (right); ``2 n`` is no
    turn at all.

    Parameters
    ----------
    base : float
        Mean margin over the training rows of the trees.
    columns : int
        Inputs of the model.
    splits, leaves : (t + 1,) int64
        Where the splits and the leaves of each tree begin.
    feature, left, right : (s,) int32
        Input that a split reads, and where its turns lead.
    before : (s,) int32
        The last turn before the split, on its path, that the same input decided.
    threshold : (s,) float64
        Largest number that goes left.
    kind : (s,) int8
        `CATEGORY`, or the sum of `MISSING_LEFT` and `ZERO_IS_MISSING` where they apply.
    word, words : (s,) int32
        First of the 32-bit words that hold the codes that go left, and how many there are.
    codes : (w,) int64
        These words.
    share, share_left : (s,) float64
        Product of the shares of training rows that took each turn of the input on the path, up to
        the split, and with the left turn.
    turns : (s,) float64
        Share of the training rows at the split that went left.
    value : (l,) float64
        Margins of the leaves.
    distinct : (t,) int64
        Most inputs that decide on one path of each tree.
    """

    base: float
    columns: int
    splits: Ints
    leaves: Ints
    feature: Values
    left: Values
    right: Values
    before: Values
    threshold: Floats
    kind: Values
    word: Values
    words: Values
    codes: Ints
    share: Floats
    share_left: Floats
    turns: Floats
    value: Floats
    distinct: Ints

    @classmethod
    def of(cls, text: str, columns: int) -> Forest:
        """Read the trees of a model text that `training.bundle.modeltext` has found sound.

        Parameters
        ----------
        text : str
            LightGBM's text of a binary model.
        columns : int
            Inputs of the model.

        Raises
        ------
        BundleError
            When the leaves of a tree count no training rows: without counts there is no average to
            explain a score against.
        """
        blocks = text.partition("\nend of trees")[0].split("\nTree=")[1:]
        trees = [_read(number, block) for number, block in enumerate(blocks)]
        words = np.cumsum([0, *(len(tree.codes) for tree in trees)])
        for tree, start in zip(trees, words[:-1].tolist(), strict=True):
            tree.arrays["word"] += start

        def joined(name: str, kind: Any) -> Any:
            parts = [tree.arrays[name] for tree in trees]
            return np.concatenate([*parts, np.zeros(0)]).astype(kind)

        return cls(
            base=float(sum(tree.mean for tree in trees)),
            columns=columns,
            splits=np.cumsum([0, *(len(tree.feature) for tree in trees)]),
            leaves=np.cumsum([0, *(len(tree.value) for tree in trees)]),
            **{
                name: joined(name, np.int32)
                for name in ("feature", "left", "right", "before", "word", "words")
            },
            **{
                name: joined(name, np.float64)
                for name in ("threshold", "share", "share_left", "turns", "value")
            },
            kind=joined("kind", np.int8),
            codes=joined("codes", np.int64),
            distinct=np.array([tree.distinct for tree in trees], dtype=np.int64),
        )


@dataclass(frozen=True, eq=False)
class _Tree:
    mean: float
    distinct: int
    arrays: dict[str, Values]

    @property
    def feature(self) -> Values:
        return self.arrays["feature"]

    @property
    def value(self) -> Values:
        return self.arrays["value"]

    @property
    def codes(self) -> Values:
        return self.arrays["codes"]


def _read(number: int, block: str) -> _Tree:
    lines = dict(line.partition("=")[::2] for line in block.split("\n")[1:])

    def values(name: str, kind: type = np.int64) -> Values:
        return np.array(lines.get(name, "").split(), dtype=kind)

    value = values("leaf_value", np.float64)
    if len(value) == 1:
        return _Tree(float(value[0]), 0, dict.fromkeys(_OF_SPLITS, np.zeros(0)) | {"value": value})
    feature, splits = values("split_feature"), len(value) - 1
    turned = [values("left_child"), values("right_child")]
    left, right = (np.where(child < 0, splits + ~child, child) for child in turned)
    rows = np.concatenate([np.zeros(splits), values("leaf_count", np.float64)])
    if (rows < 0).any() or not rows.any():
        raise BundleError(
            f"tree {number}: leaf_count counts no training rows, and reasons need them; train again"
        )
    # Summed from the leaves: what a tree learnt on several machines says of itself is estimated.
    for place in range(splits - 1, -1, -1):
        rows[place] = rows[left[place]] + rows[right[place]]
    with np.errstate(invalid="ignore"):
        turns = np.nan_to_num(rows[left] / rows[:splits], nan=0.5)
    arrays = {
        "feature": feature,
        "left": left,
        "right": right,
        "threshold": values("threshold", np.float64),
        "turns": turns,
        "value": value,
        **_missing(lines, values("threshold", np.float64), values("decision_type")),
    }
    paths, distinct = _paths(feature.tolist(), left.tolist(), right.tolist(), turns.tolist())
    return _Tree(float(rows[splits:] @ value / rows[0]), distinct, arrays | paths)


def _missing(lines: Mapping[str, str], threshold: Floats, decides: Ints) -> dict[str, Values]:
    """Say what each split does with codes, zeros and nulls, from the bits of LightGBM."""
    category, kinds = (decides & _DECIDES_CATEGORY) > 0, (decides >> 2) & 3
    default = (decides & _DEFAULT_LEFT) > 0
    # Where nothing was missing in training, null is read as zero.
    missing_left = np.where(kinds == _NONE, threshold >= 0, default)
    kind = np.where(
        category, CATEGORY, missing_left * MISSING_LEFT + (kinds == _AS_ZERO) * ZERO_IS_MISSING
    )
    bounds = np.array(lines.get("cat_boundaries", "0").split(), dtype=np.int64)
    asked = np.where(category, threshold, 0).astype(np.int64)
    ends = bounds[np.minimum(asked + 1, len(bounds) - 1)]
    word = np.where(category, bounds[asked], 0)
    return {
        "kind": kind,
        "word": word,
        "words": np.where(category, ends - word, 0),
        "codes": np.array(lines.get("cat_threshold", "").split(), dtype=np.int64),
    }


def _paths(
    feature: Sequence[int], left: Sequence[int], right: Sequence[int], turns: Sequence[float]
) -> tuple[dict[str, Values], int]:
    """Follow every path down: where its input decided before, and the shares until then."""
    splits = len(feature)
    turn_to = {child: 2 * place for place, child in enumerate(left)}
    turn_to |= {child: 2 * place + 1 for place, child in enumerate(right)}
    before: list[int] = []
    share: list[float] = []
    share_left: list[float] = []
    inputs = [0] * splits
    for place in range(splits):
        turn = turn_to.get(place)
        above = inputs[turn // 2] if turn is not None else 0
        while turn is not None and feature[turn // 2] != feature[place]:
            turn = turn_to.get(turn // 2)
        here = 1.0
        if turn is not None:
            went_left = share_left[turn // 2]
            here = went_left if turn % 2 == 0 else share[turn // 2] - went_left
        before.append(2 * splits if turn is None else turn)
        share.append(here)
        share_left.append(here * turns[place])
        inputs[place] = above + (turn is None)
    found = {"before": before, "share": share, "share_left": share_left}
    return {name: np.array(each) for name, each in found.items()}, max(inputs)
