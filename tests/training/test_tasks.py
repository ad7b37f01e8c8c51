from typing import Any

import pytest

from features import at_least, count, days_since
from features.errors import DefinitionError
from tests.helpers.shop import CHURN, NEWCOMER, NORTH, VISITS
from training.tasks import Cohort, Label, Task, bought, first, silent, task_from_json


def task(**changes: Any) -> Task:
    settings: dict[str, Any] = {
        "name": "churn",
        "label": silent(VISITS),
        "cohort": Cohort(active=56),
        "horizon": 14,
    }
    return Task(**settings | changes)


def test_all_faults_come_in_one_error() -> None:
    with pytest.raises(DefinitionError) as caught:
        Task("Churn!", Label("vanished", "visits"), Cohort(active=0), horizon=-1, gap=-2)  # type: ignore[arg-type]
    assert caught.value.faults == (
        "name must be lower-case letters, digits and _, got 'Churn!'",
        "label must be one of bought, silent, first, given, got 'vanished'",
        "horizon must be above 0 days and finite, got -1",
        "gap must be 0 days or more and finite, got -2",
        "cohort.active must be above 0 days, got 0",
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "28", None, 1e-12, 1e9])
def test_a_horizon_is_a_finite_number_of_days(value: Any) -> None:
    with pytest.raises(DefinitionError, match="horizon must be above 0 days and finite"):
        task(horizon=value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"label": VISITS}, "label must be a label, got EventTable 'visits'; write bought.*"),
        ({"cohort": 91}, r"cohort must be a cohort, got 91; write Cohort\(active=91\)"),
        ({"features": count(VISITS)}, "got Tally 'visits_count_ever' alone; put it in brackets"),
        ({"features": [(count(VISITS),)]}, "got a tuple .Tally 'visits_count_ever'.; write one"),
        ({"baseline": "recency"}, "baseline must be a feature, got 'recency'; write one such as"),
    ],
)
def test_slips_in_a_task_are_told_with_the_remedy(changes: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        task(**changes)


def test_a_label_and_a_cohort_name_a_table_and_map_conditions() -> None:
    odd: Any = 3
    for write in (bought, silent, first):
        with pytest.raises(DefinitionError, match="table must be a table or its name, got 3"):
            write(odd)
    with pytest.raises(DefinitionError, match="table must be a table or its name, got 3"):
        Cohort(28, odd)
    odd = ["shop"]
    with pytest.raises(DefinitionError, match="where must be a mapping, got a list"):
        bought(VISITS, odd)


def test_a_name_takes_no_line_break() -> None:
    with pytest.raises(DefinitionError, match="name must be lower-case"):
        task(name="churn\n")


def test_a_cohort_takes_a_table_and_a_mapping_as_labels_do() -> None:
    cohort = Cohort(active=28, table=VISITS, where={"shop": "NORTH"})
    assert (cohort.table, cohort.where) == ("visits", bought(VISITS, {"shop": "NORTH"}).where)


@pytest.mark.parametrize(
    "definition",
    [
        CHURN,
        NORTH,
        NEWCOMER,
        task(
            label=first("visits", where={"spend": at_least(10.5), "shop": ["NORTH", "EAST"]}),
            cohort=Cohort(active=0.5, table="returns", where={"shop": "SOUTH"}),
            gap=0.25,
            features=[count(VISITS, 7)],
            baseline=days_since(VISITS, where={"shop": "NORTH"}),
        ),
    ],
)
def test_a_task_survives_json(definition: Task) -> None:
    again = task_from_json(definition.to_json())
    assert again == definition
    assert again.to_json() == definition.to_json()
    assert again.recency == definition.recency


def test_the_question_and_the_cohort_are_sentences() -> None:
    assert CHURN.question == (
        "Which customers will have no visits within 14 days, from 2 days after the cutoff on?"
    )
    assert CHURN.who == "customers with visits in the 56 days before the cutoff"
    assert NORTH.question == (
        "Which customers will have visits where shop is NORTH within 14 days?"
    )
    assert NORTH.who == "customers with visits in the 56 days before the cutoff"
    assert NEWCOMER.question == (
        "Which customers will have their first visits where shop is EAST within 28 days?"
    )
    assert NEWCOMER.who == (
        "customers with visits in the 56 days before the cutoff, and never visits where shop is "
        "EAST before"
    )


def test_only_first_has_customers_who_are_no_longer_at_risk() -> None:
    assert CHURN.earlier is None
    assert NORTH.earlier is None
    assert NEWCOMER.earlier == NEWCOMER.events
    assert NEWCOMER.events == count(VISITS, where={"shop": "EAST"})


def test_recency_follows_the_events_of_the_label_unless_a_baseline_is_given() -> None:
    assert NORTH.recency == days_since(VISITS, where={"shop": "NORTH"})
    own = count(VISITS, 7)
    assert task(baseline=own).recency == own


def test_label_and_cohort_must_read_event_tables() -> None:
    wrong = task(label=silent("clients"), cohort=Cohort(active=56, table="nowhere"))
    assert wrong.check({"visits": VISITS}) == [
        "label reads 'clients'; event tables are ['visits']",
        "cohort reads 'nowhere'; event tables are ['visits']",
    ]
