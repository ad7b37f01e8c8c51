from dataclasses import replace
from typing import Any

import pytest

from features import Catalogue, band, count, days_since, entropy, ratio, total, usual
from features.errors import DefinitionError, UnknownTaskError
from features.feature import Feature
from tests.helpers.shop import CHURN, CLIENTS, NEWCOMER, NORTH, VISITS, project
from training import Cohort, Project, Task, bought, silent


def faults_of(*arguments: Any) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as caught:
        Project(*arguments)
    return caught.value.faults


def test_all_faults_of_a_project_come_in_one_error() -> None:
    catalogue = Catalogue([count(VISITS, 14), total(VISITS, "profit", 14)])
    lost = Task("lost", silent("nowhere"), Cohort(active=28), horizon=7)
    assert faults_of("My Shop", [VISITS, VISITS, CLIENTS], catalogue, [CHURN, CHURN, lost]) == (
        "name must be lower-case letters, digits and _, got 'My Shop'",
        "two tables are called 'visits'",
        "two tasks are called 'churn'",
        "'visits_profit_total_14d' needs a measure column of 'visits', got 'profit'; known are "
        "['spend']",
        "task 'lost': label reads 'nowhere'; event tables are ['visits']",
        "task 'lost': cohort reads 'nowhere'; event tables are ['visits']",
    )


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (ratio(usual(VISITS, "shop"), count(VISITS)), "calculates with the texts of 'visits_shop_"),
        (band(usual(VISITS, "shop", 9)), "calculates with the texts of 'visits_shop_usual_9d'"),
        (count(VISITS, where={"nope": 1}), "asks for 'nope'; 'visits' declares"),
        (total(VISITS, "shop"), "needs a measure column of 'visits', got 'shop'"),
        (entropy(VISITS, "spend"), "needs a category column of 'visits', got 'spend'"),
        (count("nope"), "reads table 'nope'; known are ['visits']"),
    ],
)
def test_a_catalogue_is_checked_without_a_task_and_once_with_several(
    feature: Feature, words: str
) -> None:
    again = replace(CHURN, name="again")
    for tasks in ([], [CHURN], [CHURN, again]):
        (told,) = faults_of("shop", [VISITS], Catalogue([count(VISITS, 14), feature]), tasks)
        assert words in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((VISITS, Catalogue([]), []), "each a table, got EventTable 'visits' alone; put it in"),
        ((["visits"], Catalogue([]), []), "expected a table, got 'visits'; give the EventTable"),
        (([VISITS], [count(VISITS)], []), "must be a Catalogue, got a list (Tally 'visits_count_e"),
        (([VISITS], Catalogue([]), CHURN), "each a task, got Task 'churn' alone; put it in brack"),
        (([VISITS], Catalogue([]), [silent(VISITS)]), "expected a task, got Label("),
    ],
)
def test_slips_in_a_project_are_told_with_the_remedy(arguments: Any, words: str) -> None:
    (told,) = faults_of("shop", *arguments)
    assert words in told


def test_conditions_of_a_label_are_held_against_its_table_even_under_another_baseline() -> None:
    task = Task(
        "odd",
        bought(VISITS, where={"colour": "red"}),
        Cohort(active=28, where={"size": 3}),
        horizon=7,
        baseline=days_since(VISITS),
    )
    told = faults_of("shop", [VISITS], Catalogue([]), [task])
    assert sum("asks for 'colour'" in fault for fault in told) == 1
    assert sum("asks for 'size'" in fault for fault in told) == 1


def test_a_project_needs_events() -> None:
    assert faults_of("shop", [CLIENTS], Catalogue([]), []) == (
        "a project needs at least one event table, or a ready-made one (LabelledTable)",
    )


def test_two_features_of_one_name_are_told_for_their_task() -> None:
    task = Task(
        "twice",
        silent(VISITS),
        Cohort(active=28),
        horizon=7,
        features=[count(VISITS, 7).named("visits_count_14d")],
    )
    told = faults_of("shop", [VISITS], Catalogue([count(VISITS, 14)]), [task])
    assert told == (
        "task 'twice': two features are called 'visits_count_14d'; rename one with .named()",
    )


def test_an_unknown_task_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownTaskError) as caught:
        project().task("chrun")
    assert str(caught.value) == (
        "project 'shop' has no task 'chrun'; it has churn, north, newcomer"
    )
    empty = Project("shop", [VISITS], Catalogue([]), [])
    with pytest.raises(UnknownTaskError, match=r"it has none$"):
        empty.task("churn")


def test_features_stand_in_the_order_catalogue_own_recency() -> None:
    own = count(VISITS, 3)
    task = Task("t", bought(VISITS, {"shop": "EAST"}), Cohort(28), horizon=7, features=[own])
    shop = project(task)
    assert shop.features_of(task).features == (*shop.catalogue, own, task.recency)


def test_recency_that_stands_in_the_catalogue_is_not_repeated() -> None:
    shop = project()
    assert shop.features_of(CHURN) == shop.catalogue
    assert [shop.task(each.name) for each in (CHURN, NORTH, NEWCOMER)] == [CHURN, NORTH, NEWCOMER]
    assert shop.table("clients") == CLIENTS
