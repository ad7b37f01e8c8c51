"""Answers, without HTTP: the same numbers as the batch, and faults of the asker told to him."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import StateError, UnknownTaskError
from features.instants import instant, iso
from features.segments import Partition
from serving.answer import answer
from serving.batch import members
from serving.models import models
from serving.refusals import RefusalError
from serving.roster import Roster, load_roster
from serving.schemas import ScoreAnswer, ScoreRequest
from serving.scorer import Scorer
from serving.settings import ProjectSettings, Settings
from serving.tell import CHUNK
from tests.serving import tiny
from training.bundle import Bundle

AS_OF = iso(tiny.CUTOFF)


def asked(roster: Roster, **fields: Any) -> ScoreAnswer:
    return answer(roster, ScoreRequest.model_validate(fields))


def refused(roster: Roster, **fields: Any) -> RefusalError:
    with pytest.raises(RefusalError) as told:
        asked(roster, **fields)
    assert json.loads(told.value.body())["error"]["code"] == told.value.code
    return told.value


def records(shop: Partition, customer: str) -> dict[str, list[dict[str, Any]]]:
    """What the tables hold of one customer, as a program would post it."""
    frames = tiny.shop_frames()
    found: dict[str, list[dict[str, Any]]] = {}
    for name, frame in frames.items():
        rows = [row for row in frame.to_pylist() if row["member"] == customer]
        found[name] = [
            {key: cell.isoformat() if key == "at" else cell for key, cell in row.items()}
            for row in rows
        ]
    return found


def test_scores_equal_those_of_the_batch(
    only_shop: Roster, bundles: dict[str, Bundle], shop: Partition
) -> None:
    customers = shop.customers.tolist()
    assert len(customers) > CHUNK
    found = asked(only_shop, customers=customers, as_of=AS_OF, reasons=0)
    assert [(each.customer, each.task) for each in found.scores] == [
        (customer, task) for customer in customers for task in ("churn", "coffee")
    ]
    for task, bundle in bundles.items():
        inside = members(bundle, shop, tiny.CUTOFF)
        scores = Scorer(bundle).score(inside)
        told = {each.customer: each for each in found.scores if each.task == task}
        for row, customer in enumerate(inside.customers.tolist()):
            assert told[customer].score == scores.probability[row]
            assert told[customer].band == scores.band[row]
        belonging = {customer for customer, each in told.items() if each.in_cohort}
        assert belonging == set(inside.customers.tolist())
        assert 0 < len(belonging) < len(customers)


def test_posted_events_score_as_stored_ones(only_shop: Roster, shop: Partition) -> None:
    for customer in ("c0000", "c0007", "c0042"):
        stored = asked(only_shop, customers=[customer], as_of=AS_OF)
        posted = asked(only_shop, customers=[customer], as_of=AS_OF, events=records(shop, customer))
        assert posted.scores == stored.scores
        assert (posted.data_until, stored.data_until) == (None, only_shop.projects[0].store.until)


def test_each_score_carries_what_it_needs_to_be_understood(
    only_shop: Roster, bundles: dict[str, Bundle]
) -> None:
    (found,) = asked(only_shop, customers=["c0003"], tasks=["coffee"], reasons=2).scores
    assert found.model_version == bundles["coffee"].digest[:12]
    assert found.as_of == found.scored_at == iso(instant(tiny.PRESENT))
    assert len(found.reasons) == 2
    assert found.reasons[0].text == "Total spend of purchases in the last 91 days: 100.73"
    assert found.counterfactual is None
    assert found.calibration.model_dump() == {"state": "uncertified", "segment": None}


def test_a_project_whose_data_are_no_longer_fed_has_its_own_present(only_shop: Roster) -> None:
    old = replace(only_shop.projects[0], as_of=tiny.CUTOFF)
    frozen = replace(only_shop, projects=(old,))
    assert asked(frozen, customers=["c0003"]).scores == [
        each.model_copy(update={"scored_at": iso(instant(tiny.PRESENT))})
        for each in asked(only_shop, customers=["c0003"], as_of=AS_OF).scores
    ]


def test_posted_events_are_of_the_present_whatever_the_project_holds(only_shop: Roster) -> None:
    old = replace(only_shop.projects[0], as_of=tiny.CUTOFF)
    frozen = replace(only_shop, projects=(old,))
    found = asked(frozen, customers=["new"], events={})
    assert {each.as_of for each in found.scores} == {iso(instant(tiny.PRESENT))}


def test_unknown_customers_do_not_spoil_the_others(only_shop: Roster) -> None:
    found = asked(only_shop, customers=["nobody", "c0003", 7], tasks=["churn"])
    assert [each.customer for each in found.scores] == ["c0003"]
    assert [(each.where, each.customer) for each in found.errors] == [
        ("customers.0", "nobody"),
        ("customers.2", 7),
    ]


def test_only_unknown_customers_are_not_found(only_shop: Roster) -> None:
    told = refused(only_shop, customers=["nobody", 7])
    assert (told.status, told.code) == (404, "unknown_customer")
    assert [each["customer"] for each in told.details] == ["nobody", 7]


def test_an_unknown_task_is_not_found_and_the_known_are_listed(roster: Roster) -> None:
    told = refused(roster, customers=["c0003"], tasks=["chrn"])
    assert (told.status, told.code) == (404, "unknown_task")
    assert "known are arrears, churn, coffee" in str(told)
    with pytest.raises(UnknownTaskError, match="no task 'chrn'"):
        roster.of_task("chrn")


@pytest.mark.parametrize("tasks", [["churn", "arrears"], None])
def test_tasks_of_two_projects_are_told_apart(roster: Roster, tasks: list[str] | None) -> None:
    told = refused(roster, customers=["c0003"], tasks=tasks)
    assert (told.status, told.code) == (422, "mixed_projects")
    words = [each["message"] for each in told.details]
    assert "'churn' belongs to project 'retail'" in words
    assert "'arrears' belongs to project 'bank'" in words


@pytest.mark.parametrize("as_of", ["2024-10-01T00:00:00", "2024-12-02", "soon", "0001-01-01"])
def test_an_as_of_that_cannot_be_is_told(only_shop: Roster, as_of: str) -> None:
    told = refused(only_shop, customers=["c0003"], as_of=as_of)
    assert (told.status, told.code) == (422, "invalid_as_of")
    assert told.details[0]["where"] == "as_of"


def test_records_that_break_their_contract_are_told_all_at_once(only_shop: Roster) -> None:
    events = {
        "purchases": [{"at": "soon", "spend": "much"}, {"at": "2024-09-01T00:00:00Z", "price": 1}],
        "orders": [],
    }
    told = refused(only_shop, customers=["x"], events=events)
    assert (told.status, told.code) == (422, "contract_broken")
    assert {each["where"] for each in told.details} >= {
        "events.purchases.at",
        "events.purchases.spend",
        "events.purchases.price",
        "events.orders.(all)",
    }


def test_events_of_the_future_of_the_cutoff_change_nothing(
    only_shop: Roster, shop: Partition
) -> None:
    events = records(shop, "c0007")
    before = asked(only_shop, customers=["c0007"], as_of=AS_OF, events=events)
    events["purchases"].append({"at": AS_OF, "spend": 999, "shop": "COFFEE"})
    after = asked(only_shop, customers=["c0007"], as_of=AS_OF, events=events)
    assert after.scores == before.scores


def test_nobody_waits_for_an_answer_that_was_given_up(only_shop: Roster) -> None:
    with pytest.raises(TimeoutError, match="nobody waits"):
        answer(only_shop, ScoreRequest(customers=["c0003"]), stopped=lambda: True)


def test_models_are_described(roster: Roster, bundles: dict[str, Bundle]) -> None:
    told = {each.task: each for each in models(roster).models}
    assert set(told) == {"churn", "coffee", "arrears"}
    assert told["churn"].digest == bundles["churn"].digest
    assert told["churn"].trained["base_rate"] == 0.5
    assert told["churn"].bands == {"high": 0.6, "medium": 0.3, "low": 0.0}
    assert (told["churn"].horizon_days, told["arrears"].project) == (28, "bank")


def test_tasks_share_one_pass_over_the_events(roster: Roster) -> None:
    shop = roster.projects[0]
    assert [tasks for _, tasks in shop.plan(("churn", "coffee"))] == [("churn", "coffee")]


def test_projects_must_not_share_a_task(shop_settings: ProjectSettings) -> None:
    twice = Settings((shop_settings, shop_settings))
    with pytest.raises(StateError, match="task 'churn' belongs to projects 'retail' and 'retail'"):
        load_roster(twice)


def test_champions_must_be_there_and_belong_here(
    shop_settings: ProjectSettings, tmp_path: Path
) -> None:
    with pytest.raises(StateError, match="no champion lies in"):
        load_roster(Settings((replace(shop_settings, champions=tmp_path),)))
    with pytest.raises(StateError, match="was trained for project 'retail', not for 'other'"):
        load_roster(Settings((replace(shop_settings, name="other"),)))
    (tmp_path / "winback").symlink_to(shop_settings.champions / "churn")
    with pytest.raises(StateError, match="holds a bundle of task 'churn'"):
        load_roster(Settings((replace(shop_settings, champions=tmp_path),)))


def test_an_empty_history_is_scored_and_marked(only_shop: Roster) -> None:
    found = asked(only_shop, customers=["new"], events={})
    assert [each.in_cohort for each in found.scores] == [False, False]
    assert all(np.isfinite(each.score) for each in found.scores)
