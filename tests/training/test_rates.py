"""Target rates as definitions: names, words, faults, and their place in a task and a project."""

import re
from typing import Any

import pytest

from features import Catalogue, count, latest, ratio, usual
from features.errors import DefinitionError
from tests.helpers.shop import CLIENTS, VISITS
from training import Cohort, Project, Task, silent, target_rate
from training.rates import rate_from_json
from training.tasks import task_from_json

SHOP = usual(VISITS, "shop", 56)


def churn(*encode: Any) -> Task:
    return Task("churn", silent(VISITS), Cohort(active=56), horizon=14, encode=encode)


def test_a_rate_tells_its_name_its_meaning_and_when_it_is_null() -> None:
    rate = target_rate(SHOP, prior=2.5)
    assert rate.name == "visits_shop_usual_56d_rate_2_5"
    assert rate.description == (
        "Share of yes among the settled outcomes of earlier rows of the same level, drawn to the "
        "share of all; the level: Most frequent shop, the most recent among equals, of visits in "
        "the 56 days before the cutoff"
    )
    assert rate.null == "no outcome is settled yet, or no level in the window"


def test_rates_survive_json_and_a_task_without_them_is_written_as_before() -> None:
    task = churn(target_rate(SHOP, 5, 3), target_rate(latest(CLIENTS, "city")))
    again = task_from_json(task.to_json())
    assert again == task
    assert again.to_json() == task.to_json()
    assert "encode" not in churn().to_json()
    assert task_from_json(churn().to_json()) == churn()


def test_what_is_only_encoded_is_computed_and_no_input_of_its_own() -> None:
    task = churn(target_rate(SHOP), target_rate(SHOP, prior=3))
    project = Project("shop", [VISITS], Catalogue([count(VISITS, 14)]), [task])
    assert SHOP.name not in project.features_of(task).names
    assert project.computed_for(task).features == (*project.features_of(task), SHOP)


@pytest.mark.parametrize(
    ("prior", "rarest", "words"),
    [
        (-1, 20, "prior must be 0 rows or more, up to a billion, got -1"),
        (float("nan"), 20, "prior must be 0 rows or more, up to a billion, got nan"),
        (True, 20, "prior must be 0 rows or more, up to a billion, got True"),
        ("2", 20, "prior must be 0 rows or more, up to a billion, got '2'"),
        (2, 0, "rarest must be a whole number, 1 or more, got 0"),
        (2, 1.5, "rarest must be a whole number, 1 or more, got 1.5"),
    ],
)
def test_options_that_cannot_be_are_refused(prior: Any, rarest: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(words)):
        target_rate(SHOP, prior, rarest)


def test_a_rate_of_what_is_no_tally_is_refused() -> None:
    derived: Any = ratio(count(VISITS, 7), count(VISITS, 14))
    with pytest.raises(DefinitionError, match=r"expected a feature such as usual.*got 'visits_cou"):
        target_rate(derived)


def test_all_faults_of_what_a_task_encodes_are_told() -> None:
    with pytest.raises(DefinitionError) as caught:
        churn(SHOP, target_rate(SHOP), target_rate(SHOP, rarest=5))
    assert caught.value.faults == (
        "encode holds 'visits_shop_usual_56d'; write target_rate(...) around it",
        "two target rates are called 'visits_shop_usual_56d_rate_20'",
    )


def test_a_project_refuses_rates_of_numbers_of_unknown_tables_and_of_taken_names() -> None:
    taken = count(VISITS, 3).named("visits_shop_usual_56d_rate_20")
    with pytest.raises(DefinitionError) as caught:
        Project(
            "shop",
            [VISITS],
            Catalogue([taken]),
            [churn(target_rate(latest(VISITS, "spend")), target_rate(SHOP))],
        )
    assert caught.value.faults == (
        "task 'churn': 'visits_spend_latest_ever_rate_20' encodes 'visits_spend_latest_ever', "
        "which is a number already; a target rate reads texts, such as those of usual(...) or "
        "latest(...) of a category",
        "task 'churn': 'visits_shop_usual_56d_rate_20' is a feature and a target rate; name the "
        "feature otherwise",
    )
    with pytest.raises(DefinitionError, match="reads table 'clients'; known are"):
        Project("shop", [VISITS], Catalogue([]), [churn(target_rate(latest(CLIENTS, "city")))])


def test_a_damaged_definition_is_told() -> None:
    value = target_rate(SHOP).to_json()
    with pytest.raises(DefinitionError) as caught:
        rate_from_json({"feature": value["feature"], "prior": 1, "hook": 2})
    assert caught.value.faults == ("missing key 'rarest'", "unknown key 'hook'")
    derived = ratio(count(VISITS, 7), count(VISITS, 14)).to_json()
    with pytest.raises(DefinitionError, match="holds no texts"):
        rate_from_json({**value, "feature": derived})
