"""Scores of customers whose ids were merged, who were erased, or who did not consent."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import Consents, Erasures, Identities
from features.carriers import duck
from features.errors import CohortError
from features.instants import DAY, iso
from features.segments import Partition
from features.tables import Table
from foretell.ranking import withholder
from serving.answer import answer
from serving.batch import score_all
from serving.lists import LIST, Selection, make_list
from serving.manifest import read_manifest
from serving.refusals import RefusalError
from serving.roster import Roster
from serving.schemas import ScoreAnswer, ScoreRequest
from serving.scoretable import SCORES
from serving.service import warm
from serving.store import EventStore
from tests.serving import tiny
from training.bundle import Bundle

BEFORE, SINCE = iso(tiny.CUTOFF - 30 * DAY), iso(tiny.CUTOFF)
AFTER = iso(tiny.CUTOFF + DAY)
MERGES = Identities("merges", "old", "new", "at")
ERASED = Erasures("erased", customer="id", known_at="at")
CONSENTS = Consents(
    "consents", "id", "at", "purpose", "given", {"scoring": "profile", "marketing": "letters"},
    unless_said=True,
)  # fmt: skip


def links(*pairs: tuple[str, str], at: str = SINCE) -> dict[str, Any]:
    columns = {"old": [each[0] for each in pairs], "new": [each[1] for each in pairs]}
    return {"merges": pa.table({**columns, "at": [at] * len(pairs)})}


def refusals(purpose: str, *ids: str, at: str = BEFORE) -> dict[str, Any]:
    columns: dict[str, Any] = {"id": list(ids), "at": [at] * len(ids)}
    columns |= {"purpose": [purpose] * len(ids), "given": [False] * len(ids)}
    return {"consents": pa.table(columns)}


def read(sources: dict[str, Any], *registers: Table, parts: int | None = 1) -> list[Partition]:
    tables = (*tiny.SHOP_TABLES, *registers)
    every = {**tiny.shop_frames(), **sources}
    now = tiny.CUTOFF + 60 * DAY
    return list(duck.partitions(tables, every, parts=parts, now=now))


def served(roster: Roster, part: Partition) -> Roster:
    shop = replace(roster.projects[0], store=EventStore(part, lambda: tiny.PRESENT))
    return replace(roster, projects=(shop,))


def asked(roster: Roster, *customers: str, as_of: str = AFTER, **more: Any) -> ScoreAnswer:
    fields = {"customers": list(customers), "as_of": as_of, **more}
    return answer(roster, ScoreRequest.model_validate(fields))


def scores(found: ScoreAnswer) -> list[tuple[float, str]]:
    return [(each.score, each.task) for each in found.scores]


def names(folder: Path) -> dict[str, set[str]]:
    table = pq.read_table(folder / SCORES).to_pydict()
    found: dict[str, set[str]] = {}
    for name, task in zip(table["customer"], table["task"], strict=True):
        found.setdefault(task, set()).add(name)
    return found


def test_an_alias_is_answered_as_the_customer_it_is(only_shop: Roster) -> None:
    (part,) = read(links(("c0003", "c0001"), ("c0001", "c0007")), MERGES)
    shop = served(only_shop, part)
    whole = asked(shop, "c0007", "c0003", "c0001", "c0008")
    assert [each.customer for each in whole.scores][::2] == ["c0007", "c0003", "c0001", "c0008"]
    answers = scores(whole)
    assert answers[:2] == answers[2:4] == answers[4:6]
    # Before the links were known, all three were customers of their own.
    plain = served(only_shop, read({})[0])
    ids = ("c0007", "c0003", "c0001")
    assert scores(asked(shop, *ids, as_of=SINCE)) == scores(asked(plain, *ids, as_of=SINCE))
    told = [each.reasons for each in asked(shop, "c0007").scores]
    assert told != [each.reasons for each in asked(plain, "c0007").scores]


def test_an_alias_online_equals_the_batch_bit_for_bit(
    only_shop: Roster, bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    pairs = [(f"c{number:04}", f"c{number + 40:04}") for number in range(30)]
    for parts in (1, None):
        found = read(links(*pairs), MERGES, parts=parts)
        folder = tmp_path / f"scores-{parts}"
        score_all(list(bundles.values()), found, tiny.CUTOFF + DAY, folder)
        table = pq.read_table(folder / SCORES).to_pydict()
        batch = dict(
            zip(zip(table["customer"], table["task"], strict=True), table["score"], strict=True)
        )
        assert not {old for old, _ in pairs} & {name for name, _ in batch}
        shop = served(only_shop, read(links(*pairs), MERGES)[0])
        online = asked(shop, *(old for old, _ in pairs), reasons=0)
        root = dict(pairs)
        told = {
            (root[str(each.customer)], each.task): each.score
            for each in online.scores
            if each.in_cohort
        }
        assert told == {key: score for key, score in batch.items() if key[0] in root.values()}
        assert told


def test_an_unknown_id_is_told_without_the_id_behind_it(only_shop: Roster) -> None:
    merged = {**links(("lost", "c0001")), "erased": pa.table({"id": ["c0001"], "at": [SINCE]})}
    shop = served(only_shop, read(merged, MERGES, ERASED)[0])
    with pytest.raises(RefusalError) as told:
        asked(shop, "lost")
    assert told.value.status == 404
    assert told.value.details[0]["message"] == "nothing is stored of customer 'lost'"
    assert "c0001" not in json.dumps(told.value.details)


def test_an_erased_customer_is_unknown(only_shop: Roster) -> None:
    gone = {"erased": pa.table({"id": ["c0001"], "at": [SINCE]})}
    shop = served(only_shop, read(gone, ERASED)[0])
    found = asked(shop, "c0001", "c0002")
    assert [each.customer for each in found.scores] == ["c0002", "c0002"]
    assert found.errors[0].message == "nothing is stored of customer 'c0001'"


def test_who_does_not_consent_is_not_scored(
    only_shop: Roster, bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    parts = read(refusals("profile", "c0001", "c0002"), CONSENTS)
    shop = served(only_shop, parts[0])
    found = asked(shop, "c0001", "c0005")
    assert [each.customer for each in found.scores] == ["c0005", "c0005"]
    assert found.errors[0].message == "customer 'c0001' has not consented to scoring"
    with pytest.raises(RefusalError, match="the customer may not be scored") as told:
        asked(shop, "c0001", events={"purchases": []})
    assert told.value.status == 404
    assert asked(shop, "stranger", events={"purchases": []}).scores
    plain = names_of(bundles, read({}), tmp_path / "plain")
    made = names_of(bundles, parts, tmp_path / "made")
    for task, members in plain.items():
        assert made[task] == members - {"c0001", "c0002"}
    left = read_manifest(tmp_path / "made").parameters["without_consent"]
    assert left == {task: len(members & {"c0001", "c0002"}) for task, members in plain.items()}
    assert sum(left.values()) > 0
    assert "without_consent" not in read_manifest(tmp_path / "plain").parameters


def test_a_server_warms_up_although_the_first_customer_does_not_consent(
    only_shop: Roster,
) -> None:
    (part,) = read(refusals("profile", "c0000"), CONSENTS)
    shop = served(only_shop, part)
    with pytest.raises(RefusalError):
        asked(shop, "c0000")
    warm(shop)


def names_of(
    bundles: dict[str, Bundle], parts: list[Partition], folder: Path
) -> dict[str, set[str]]:
    score_all(list(bundles.values()), parts, tiny.CUTOFF + DAY, folder)
    return names(folder)


def test_a_cohort_without_any_consent_is_told(bundles: dict[str, Bundle], tmp_path: Path) -> None:
    everyone = [f"c{number:04}" for number in range(120)]
    parts = read(refusals("profile", *everyone), CONSENTS)
    with pytest.raises(CohortError, match=r"none of the [\d,]+ members of .* consented to scoring"):
        score_all(list(bundles.values()), parts, tiny.CUTOFF, tmp_path / "scores")


def test_a_list_leaves_out_who_did_not_consent_and_who_is_gone(
    bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    scored = tmp_path / "scores"
    members = names_of(bundles, read({}), scored)["churn"]
    first, second, third = sorted(members)[:3]
    # The letters were refused after the scores were made, and one customer was erased.
    now = {**refusals("letters", first, second, at=AFTER), **links((third, "c0119"), at=AFTER)}
    now["erased"] = pa.table({"id": [second], "at": [AFTER]})
    parts = read(now, MERGES, CONSENTS, ERASED)
    (identity,) = [part.identity for part in parts]
    assert identity is not None
    excluded = tmp_path / "excluded.txt"
    excluded.write_text("c0119\n")
    manifest = make_list(
        scored, "churn", Selection(share=1.0), tmp_path / "list",
        exclude=excluded, withhold=withholder(parts), widen=identity.other_names,
    )  # fmt: skip
    with (tmp_path / "list" / LIST).open() as stream:
        listed = {row["customer"] for row in csv.DictReader(stream)}
    # Who is excluded by one name is excluded by all.
    assert listed == members - {first, second, third, "c0119"}
    told = manifest.parameters
    assert (told["gone"], told["without_consent"]) == (1, 1)
    assert told["scored"] == told["listed"] + told["excluded"] + 2
    assert np.isin(third, list(members))
