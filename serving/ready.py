"""Scores of the rows of a ready-made table, as one file that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.instants import iso
from features.reading import Source
from features.ready.read import read_rows
from features.whole import whole_folder
from serving.manifest import Manifest, seal
from serving.scorer import Scorer
from serving.scoretable import SCORES, require_apart, scores_table
from serving.told import NOTHING, Told
from serving.unlike import Unlike, unlike_training
from training.bundle import Bundle
from training.bundle.asked import ready_table, vectors_of_rows


def score_rows(
    bundles: Sequence[Bundle],
    source: Source,
    folder: Path,
    *,
    created: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    base_rate: float | None = None,
    told: Told = NOTHING,
) -> Manifest:
    """Score rows that have the columns of a ready-made table; its label need not be there.

    Parameters
    ----------
    bundles : sequence of Bundle
        One for each task, trained on ready-made tables.
    source : Source
        A file or frame of rows.
    folder : Path
        Free name; it will hold ``scores.parquet`` (customer, task, score, band, calibration,
        model_version, as_of) and ``manifest.json``. Without a column of customers a row is called
        by its number in the source, from 1.
    created : datetime, optional
        Time of making; the present when left out.
    parameters : mapping, optional
        What the manifest shall tell of the command.
    base_rate : float, optional
        As for `serving.batch.score_all`.
    told : Told
        Columns that are added: reasons, and what would lead to a lower band.

    Returns
    -------
    Manifest
        With the rows of each task under ``parameters["rows"]``, and columns that hold what training
        hardly met under ``parameters["unlike_training"]``; see `serving.unlike`.

    Raises
    ------
    StateError
        When a bundle was trained on events, or the folder exists.
    ContractError
        When the rows lack a column, or hold what the model cannot read.
    """
    require_apart(bundles, base_rate)
    scorers = [Scorer(bundle, base_rate) for bundle in bundles]
    looked = {bundle.name: Unlike(bundle) for bundle in bundles}
    made = [_scored(scorer, source, told, looked[scorer.bundle.name]) for scorer in scorers]
    as_of = max(int(table["as_of"].cast(pa.int64()).to_numpy().max()) for table in made)
    rows = {bundle.name: len(table) for bundle, table in zip(bundles, made, strict=True)}
    corrected = {} if base_rate is None else {"base_rate": base_rate}
    with whole_folder(folder) as partial:
        pq.write_table(pa.concat_tables(made), partial / SCORES)
        manifest = Manifest(
            kind="scores",
            created=(created or datetime.now(UTC)).isoformat(),
            as_of=iso(as_of),
            models={each.bundle.name: each.version for each in scorers},
            parameters={
                **(parameters or {}),
                **corrected,
                "rows": rows,
                **told.to_json(),
                **unlike_training(looked),
            },
        )
        return seal(partial, manifest, {SCORES: sum(rows.values())})


def _scored(scorer: Scorer, source: Source, told: Told, looked: Unlike) -> pa.Table:
    rows = read_rows(ready_table(scorer.bundle), source, labelled=False)
    found = vectors_of_rows(rows)
    looked.look(found)
    return scores_table(scorer, found, told)
