"""Gathers what the gates ask about a version: its run, its scores, the champion, the proof."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from features.catalogue import Catalogue
from features.prove import proof_of
from features.prove.proof import Proof
from features.tables import table_from_json
from training.beside import champions_of
from training.bundle.manifest import manifest_of
from training.production.gate import Gate
from training.production.gates import Evidence, judge
from training.production.kept import SCORES, Kept, read_kept
from training.production.pairs import (
    ASKED_FOR,
    IN_TRAINING,
    Compared,
    Pair,
    compare,
    kept_by_both,
    scored_together,
)
from training.production.promote import Candidate, Judge
from training.production.recorded import found_later
from training.production.rival import another_question
from training.production.settings import Gates
from training.production.who import TRAINER, whoami
from training.registry import Registry
from training.tasks import task_from_json

EVALUATION: Final = "evaluation.json"
COMPARISONS: Final = "comparisons"
"""Artifact folder of a run with what `foretell compare` scored, by digest of the champion."""


def gatekeeper(
    registry: Registry,
    limits: Gates,
    proofs: Path,
    code: Mapping[str, str] | None = None,
    project: str = "PROJECT",
) -> Judge:
    """Make the judge of promotions of one task.

    Parameters
    ----------
    registry : Registry
        Record of trainings.
    limits : Gates
        What is asked.
    proofs : Path
        Folder of the project's proof.
    code : mapping of str to str, optional
        The code that the project brings, see `features.prove.code.project_code`; left out, it is
        not compared with that of the proof.
    project : str
        Folder of the project, for what to do.

    Returns
    -------
    callable
        For `training.production.promote.promote`.
    """

    def ask(candidate: Candidate) -> tuple[Gate, ...]:
        with tempfile.TemporaryDirectory() as room:
            known = _gather(registry, limits, candidate, Path(room))
        is_given = task_from_json(manifest_of(candidate.folder)[0]["task"]).is_given
        asked = limits.proof and not is_given
        proof = _proof(candidate.folder, proofs, code) if asked else None
        evaluation, kept, compared = known
        # What later outcomes said of it, when it was a champion before, counts for more.
        champions = champions_of(registry.folder, candidate.project)
        found = found_later(champions, candidate.seen.digest)
        seen = replace(candidate.seen, contract=found) if found else candidate.seen
        champion = candidate.champion
        return judge(
            Evidence(
                evaluation=evaluation,
                kept=kept,
                champion=champion.version if champion else None,
                compared=compared,
                seen=seen,
                proof=proof,
                trainer=registry.tag_of(candidate.run, TRAINER),
                promoter=whoami(),
                project=project,
                is_given=is_given,
            ),
            limits,
        )

    return ask


def _gather(
    registry: Registry, limits: Gates, candidate: Candidate, room: Path
) -> tuple[Mapping[str, Any], Kept | None, Compared | str | None]:
    evaluation = registry.artifact(candidate.run, EVALUATION, room)
    told = json.loads(evaluation.read_text(encoding="utf-8")) if evaluation else {}
    kept = _scores(registry, candidate.run, SCORES, room / "own")
    if candidate.champion is None:
        return told, kept, None
    if kept is None:
        return told, kept, "its run kept no scores"
    found = _pair(registry, candidate, kept, room)
    if not isinstance(found, str):
        if not len(found):
            found = kept.why_not or "no row was scored by both"
        elif len(set(found.label.tolist())) < 2:
            found = f"all outcomes of the {len(found):,} rows that both scored are the same"
    compared = found if isinstance(found, str) else compare(found, limits.metric)
    return told, kept, compared


def _pair(registry: Registry, candidate: Candidate, kept: Kept, room: Path) -> Pair | str:
    """Find rows that both scored: by `foretell compare`, in training, or in both trainings."""
    champion = candidate.champion
    assert champion is not None  # noqa: S101 -- asked only then
    if champion.bundle == candidate.seen.digest:
        same = kept.scores
        return Pair(kept.customers, kept.label, same, same, "test rows of the one bundle")
    name = f"{COMPARISONS}/{champion.bundle}.parquet"
    asked = _scores(registry, candidate.run, name, room / "asked")
    if asked is not None:
        return scored_together(asked, ASKED_FOR)
    found = scored_together(kept, IN_TRAINING)
    if kept.champion == champion.bundle and len(found):
        return found
    if reason := _question(registry, candidate, champion.version, room / "champion"):
        return reason
    run = champion.run or registry.run_of(candidate.project, candidate.task, champion.version)
    theirs = _scores(registry, run, SCORES, room / "theirs")
    if theirs is None:
        return kept.why_not or "the champion's run kept no scores"
    return kept_by_both(kept, theirs)


def _question(registry: Registry, candidate: Candidate, champion: int, room: Path) -> str:
    fetched = registry.fetch_bundle(candidate.project, candidate.task, champion, room)
    tasks = [task_from_json(manifest_of(each)[0]["task"]) for each in (fetched, candidate.folder)]
    return another_question(*tasks)


def _scores(registry: Registry, run: str, name: str, room: Path) -> Kept | None:
    room.mkdir(exist_ok=True)
    file = registry.artifact(run, name, room)
    return read_kept(file) if file else None


def _proof(bundle: Path, proofs: Path, code: Mapping[str, str] | None) -> Proof | None:
    """Return the proof of the features that a bundle carries, not of those that are written now."""
    manifest = manifest_of(bundle)[0]
    tables = [table_from_json(each) for each in manifest["tables"]]
    return proof_of(proofs, Catalogue.from_json(manifest["catalogue"]), tables, code)
