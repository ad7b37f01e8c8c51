"""One booster that is the mean of several: their trees side by side, each leaf divided.

The sum of all trees is then the mean of the boosters' margins, so it is scored, explained and
served as any other booster (bagging of models: Breiman, 1996, Machine Learning 24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import lightgbm

from training.config import Config
from training.fit import Columns, Rows, refits
from training.search.trials import Trial

_SCALED: Final = ("leaf_value", "internal_value", "shrinkage")


def fit_members(
    rows: Rows, columns: Columns, members: Sequence[Trial], config: Config
) -> lightgbm.Booster:
    """Fit the same rows with several sets of hyperparameters, and take the mean.

    Parameters
    ----------
    rows : Rows
        To learn from.
    columns : Columns
        Names and kinds of the matrix columns.
    members : sequence of Trial
        Hyperparameters and rounds.
    config : Config
        Seed and threads.
    """
    asked = [(each.params, each.rounds) for each in members]
    return mean_of(refits(rows, columns, asked, config))


def mean_of(boosters: Sequence[lightgbm.Booster]) -> lightgbm.Booster:
    """Return a booster whose margins are the mean of those of others.

    Parameters
    ----------
    boosters : sequence of lightgbm.Booster
        Binary models of the same columns. A single one is returned as it is.

    Returns
    -------
    lightgbm.Booster
        Its margins are theirs but for rounding. Its parameters are those of the first.
    """
    if len(boosters) == 1:
        return boosters[0]
    texts = [each.model_to_string() for each in boosters]
    head, _, rest = texts[0].partition("\n\n")
    tail = rest[rest.index("end of trees\n") :]
    trees = [tree for text in texts for tree in _trees(text, len(texts))]
    blocks = [f"Tree={place}\n{tree}" for place, tree in enumerate(trees)]
    sizes = " ".join(str(len(each.encode())) for each in blocks)
    head = re.sub(r"(?m)^tree_sizes=.*$", f"tree_sizes={sizes}", head)
    return lightgbm.Booster(model_str=f"{head}\n\n{''.join(blocks)}{tail}")


def _trees(text: str, many: int) -> Iterator[str]:
    """Yield each tree without its number, its values divided."""
    _, _, rest = text.partition("\n\n")
    for block in rest[: rest.index("end of trees\n")].split("Tree=")[1:]:
        yield "\n".join(_divided(line, many) for line in block.split("\n")[1:])


def _divided(line: str, many: int) -> str:
    name, _, values = line.partition("=")
    if name not in _SCALED:
        return line
    return f"{name}={' '.join(repr(float(each) / many) for each in values.split())}"
