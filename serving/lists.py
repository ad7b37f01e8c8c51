"""Ranked lists of customers for people: who comes first, and why."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from features.arrays import Bools, Values
from features.errors import DefinitionError, StateError, UnknownTaskError
from features.whole import whole_folder
from serving.exclusions import allowed, read_exclusions
from serving.kept_reasons import columns_of_reasons, kept
from serving.manifest import Manifest, read_manifest, seal
from serving.scorer import Reason
from serving.scoretable import SCORES

LIST: Final = "list.csv"
_DIRECTIONS: Final = {
    "en": {"raises": " (raises)", "lowers": " (lowers)"},
    "zh": {"raises": "（提高分数）", "lowers": "（降低分数）"},
}
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Explain = Callable[[Sequence[int | str]], Sequence[Sequence[Reason]]]
"""Gives the reasons of the listed customers, in their order."""


Withhold = Callable[[Values], Mapping[str, Bools]]
"""Tells by reason which of some customers must not be listed."""

Widen = Callable[[set[int | str]], set[int | str]]
"""Adds to some ids all others of the same customers."""


@dataclass(frozen=True)
class Selection:
    """How far down a list goes; exactly one is given.

    Parameters
    ----------
    top : int, optional
        This many customers.
    share : float, optional
        This part of those who may be listed, 0 to 1, rounded down.
    at_least : float, optional
        Everyone with this score or more.

    Examples
    --------
    >>> Selection(share=0.29).size(np.linspace(1, 0, 100))
    29
    """

    top: int | None = None
    share: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        given = [name for name, value in asdict(self).items() if value is not None]
        faults = []
        if len(given) != 1:
            faults.append(f"give exactly one of top, share and at_least, got {given or 'none'}")
        if self.top is not None and self.top < 1:
            faults.append(f"top must be 1 or more, got {self.top}")
        for name in ("share", "at_least"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                faults.append(f"{name} must be from 0 to 1, got {value}")
        if faults:
            raise DefinitionError("selection", faults)

    def size(self, scores: Values) -> int:
        """Return how many of some scores, highest first, are listed."""
        if self.top is not None:
            return min(self.top, len(scores))
        if self.share is not None:
            # As a decimal: 0.29 x 100 is 28.999... in binary.
            return int(Decimal(str(self.share)) * len(scores))
        return int(np.count_nonzero(scores >= self.at_least))


def make_list(
    scores: Path,
    task: str,
    selection: Selection,
    folder: Path,
    *,
    exclude: Path | None = None,
    withhold: Withhold | None = None,
    widen: Widen | None = None,
    explain: Explain | None = None,
    reasons: int = 3,
    language: str = "en",
    created: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Manifest:
    """Rank the customers of a score table; equal scores are ranked by customer, ascending.

    A customer of several rows is listed once, with the highest score.

    Parameters
    ----------
    scores : Path
        Folder that `serving.batch.score_all` or `serving.ready.score_rows` made.
    task : str
        Score to rank by.
    selection : Selection
        How far the list goes, counted among those who may be listed.
    folder : Path
        Free name; it will hold ``list.csv`` and ``manifest.json``.
    exclude : Path, optional
        Text file with one id a line, quoted or not: who must not be contacted. No such customer
        is ever listed.
    withhold : callable, optional
        Tells by reason, such as ``without_consent``, who else must not be listed.
    widen : callable, optional
        Finds the other ids of excluded customers.
    explain : callable, optional
        Gives the reasons of the listed customers; left out, they are those that the scores hold.
    reasons : int
        Columns of reasons, when explained.
    language : {"en", "zh"}
        In which reasons are told, for the words beside them.
    created : datetime, optional
        Time of making; the present when left out.
    parameters : mapping, optional
        What the manifest shall tell of the command.

    Returns
    -------
    Manifest
        Counts of scored, excluded, withheld (by reason; each customer counts once), repeated and
        listed rows are in its parameters.

    Raises
    ------
    StateError
        When the scores are damaged, the folder exists or the exclusions cannot be read.
    UnknownTaskError
        When the table holds no score of the task.
    DefinitionError
        When an excluded id is of another kind than the customers' ids.
    """
    source = read_manifest(scores)
    if source.kind != "scores":
        raise StateError(f"{scores} holds a {source.kind}; name a folder that `score` made")
    if task not in source.models:
        raise UnknownTaskError(
            f"{scores} holds no score of '{task}'; it holds {', '.join(source.models)}"
        )
    there = pq.read_schema(scores / SCORES).names
    columns = ["customer", "score", "band", *columns_of_reasons(there)]
    table = pq.read_table(scores / SCORES, columns=columns, filters=[("task", "==", task)])
    customers, points = _values(table["customer"]), table["score"].to_numpy()
    bands = _values(table["band"])
    excluded, exclusion = read_exclusions(exclude, text=customers.dtype == object)
    listable = allowed(customers, widen(excluded) if widen is not None else excluded)
    counts = {"excluded": int(np.count_nonzero(~listable))}
    for reason, barred in (withhold(customers) if withhold is not None else {}).items():
        counts[reason] = int(np.count_nonzero(barred & listable))
        listable &= ~barred
    order = np.flatnonzero(listable)
    order = order[np.argsort(customers[order], kind="stable")]
    order = order[np.argsort(-points[order], kind="stable")]
    # Rows of a ready-made table may tell of one customer twice.
    first = np.sort(np.unique(customers[order], return_index=True)[1])
    counts |= {"repeated": len(order) - len(first)} if len(first) < len(order) else {}
    listed = order[first][: selection.size(points[order[first]])]
    ids = customers[listed].tolist()
    told = explain(ids) if explain is not None else kept(table.take(listed))
    if explain is None:
        reasons = len(columns_of_reasons(there)) // 2
        language = source.parameters.get("language", language)
    with whole_folder(folder) as partial:
        _write(
            partial / LIST,
            ["rank", "customer", "score", "band"],
            zip(ids, points[listed].tolist(), bands[listed].tolist(), told, strict=True),
            reasons,
            _DIRECTIONS.get(language, _DIRECTIONS["en"]),
        )
        manifest = Manifest(
            kind="list",
            created=(created or datetime.now(UTC)).isoformat(),
            as_of=source.as_of,
            models={task: source.models[task]},
            parameters={
                **(parameters or {}),
                "task": task,
                "selection": asdict(selection),
                "scores_sha256": source.files[0].sha256,
                "scored": len(customers),
                **counts,
                "listed": len(ids),
                **exclusion,
            },
        )
        return seal(partial, manifest, {LIST: len(ids)})


def safe(cell: str) -> str:
    """Keep a spreadsheet from reading a text as a formula.

    Examples
    --------
    >>> safe("=HYPERLINK(1)"), safe("anna")
    ("'=HYPERLINK(1)", 'anna')
    """
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell


def _write(
    path: Path,
    head: list[str],
    rows: Iterable[tuple[int | str, float, str, Sequence[Reason]]],
    reasons: int,
    directions: Mapping[str, str],
) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*head, *(f"reason_{place + 1}" for place in range(reasons))])
        for rank, (customer, score, band, told) in enumerate(rows, start=1):
            shown = customer if isinstance(customer, int) else safe(customer)
            texts = [safe(each.text + directions[each.direction]) for each in told[:reasons]]
            blanks = [""] * (reasons - len(texts))
            writer.writerow([rank, shown, repr(score), safe(band), *texts, *blanks])


def _values(column: Any) -> Values:
    if str(column.type) == "int64":
        found: Values = column.to_numpy()
        return found
    return np.array(column.to_pylist(), dtype=object)
