"""What the list command does, without the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Bools, Values
from features.errors import StateError
from features.identity import positions
from features.instants import instant
from features.kernel import vectors
from features.notice import Notice
from features.segments import Partition, Spine
from foretell.scoring import Say, champions, read_customers
from foretell.workspace import Loaded, Workspace

if TYPE_CHECKING:
    from serving.lists import Explain, Selection, Withhold
    from serving.manifest import Manifest
    from training.bundle import Bundle


def rank(
    workspace: Workspace,
    loaded: Loaded,
    task: str,
    scores: Path,
    selection: Selection,
    out: Path,
    exclude: Path | None,
    say: Say,
    language: str = "en",
) -> Manifest:
    """Write a ranked list with reasons from a score table; see `serving.lists.make_list`.

    Rows of a ready-made table have the reasons that stand beside their scores.

    Raises
    ------
    StateError
        When the scores are not those of the champion, whose reasons would be told.
    """
    from serving.lists import make_list
    from serving.manifest import read_manifest

    if loaded.project.ready is not None:
        made = read_manifest(scores)
        say("ranking")
        if "reasons" not in made.parameters:
            say(Notice("the scores hold no reasons; `foretell score --rows --reasons 3` adds them"))
        elif (spoken := made.parameters.get("language", language)) != language:
            say(
                Notice(
                    f"reasons are told in {spoken!r}, as the scores hold them; `foretell score "
                    f"--rows --reasons 3 --language {language}` writes others"
                )
            )
        return make_list(scores, loaded.project.task(task).name, selection, out, exclude=exclude)
    bundle = champions(workspace, loaded, [task])[0]
    made = read_manifest(scores)
    _require_same_model(bundle, made.models, scores)
    cutoff = instant(made.as_of)
    parts = read_customers(loaded, say)
    say("ranking")
    explain = explainer(bundle, parts, cutoff, language)
    identity = next((part.identity for part in parts if part.identity is not None), None)
    return make_list(
        scores,
        task,
        selection,
        out,
        exclude=exclude,
        withhold=withholder(parts),
        widen=None if identity is None else identity.other_names,
        explain=explain,
        language=language,
    )


def _require_same_model(bundle: Bundle, made: Mapping[str, str], scores: Path) -> None:
    version = bundle.digest[:12]
    if made.get(bundle.name, version) != version:
        raise StateError(
            f"{scores} holds scores of model {made[bundle.name]}, and the champion of "
            f"'{bundle.name}' is {version}: its reasons would be those of other scores; run "
            "`foretell score` again"
        )


def withholder(parts: Sequence[Partition]) -> Withhold:
    """Return what tells who of a score table must not be contacted by now.

    ``gone`` are customers of whom nothing is held any more, as they were erased after the scores
    were made; ``without_consent`` have not consented to marketing, or have taken it back.
    """

    def withhold(customers: Values) -> dict[str, Bools]:
        gone = np.ones(len(customers), dtype=np.bool_)
        barred = np.zeros(len(customers), dtype=np.bool_)
        asked = any("marketing" in part.permits for part in parts)
        for part in parts:
            places = positions(part.customers, customers)
            here = places >= 0
            gone &= ~here
            if (permits := part.permits.get("marketing")) is not None:
                barred[here] = ~permits.stands(places[here])
        found = {"gone": gone} if gone.any() else {}
        return found | ({"without_consent": barred} if asked else {})

    return withhold


def explainer(
    bundle: Bundle, parts: Sequence[Partition], cutoff: int, language: str = "en"
) -> Explain:
    """Return what gives the reasons of some customers' scores as of a cutoff."""
    from serving.scorer import Reason, Scorer

    scorer = Scorer(bundle)

    def explain(customers: Sequence[int | str]) -> Sequence[Sequence[Reason]]:
        found: dict[int | str, Sequence[Reason]] = {}
        for part in parts:
            places = {name: part.position(name) for name in customers}
            here = {name: place for name, place in places.items() if place is not None}
            rows = np.fromiter(here.values(), dtype=np.int64, count=len(here))
            spine = Spine(rows, np.full(len(rows), cutoff))
            told = scorer.reasons(vectors(bundle.catalogue, part, spine), language=language)
            found |= dict(zip(here, told, strict=True))
        return [found[name] for name in customers]

    return explain
