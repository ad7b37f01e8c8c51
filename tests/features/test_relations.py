"""What the suggested catalogue asks of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features import AttributeTable, Catalogue, DefinitionError, EventTable
from features.boards.boards import related
from features.builders import Tabled
from features.carriers.duck import load
from features.kernel import vectors
from features.segments import Spine
from tests.helpers.network import CALLS, CIRCLES, drawn
from tests.helpers.published import CUTOFFS, TABLES

CONTACTS = [("calls", "callee")]


def more(**asked: object) -> set[str]:
    """Return what is suggested beyond the plain catalogue."""
    plain = Catalogue.suggest(TABLES, (14, 28, 56))
    return {*Catalogue.suggest(TABLES, (14, 28, 56), **asked).names} - {*plain.names}  # type: ignore[arg-type]


def test_items_and_groups_are_asked_about() -> None:
    assert more(others=True) == {
        "calls_topic_calls_customers_mean_56d",
        "calls_topic_calls_repeats_mean_56d",
        "calls_topic_calls_trend_28d_mean_56d",
        "calls_callee_calls_customers_mean_56d",
        "calls_callee_calls_repeats_mean_56d",
        "calls_callee_calls_trend_28d_mean_56d",
        "circles_circle_members_latest_ever",
        "circles_circle_calls_count_28d_mean_latest_ever",
        "calls_count_28d_per_circles_circle_calls_count_28d_mean_latest_ever",
    }


def test_contacts_are_people_and_no_items() -> None:
    found = more(contacts=CONTACTS)
    assert not {name for name in found if name.startswith("calls_callee_calls_customers")}
    assert found >= {
        "calls_callee_answers_28d_ge_1_callee_distinct_28d_per_calls_callee_distinct_28d",
        "calls_callee_calls_ago_mean_28d",
        "calls_callee_same_circle_mean_28d",
        "calls_callee_same_circle_1_callee_distinct_28d",
    }


def test_all_of_it_can_be_made() -> None:
    catalogue = Catalogue.suggest(TABLES, (14, 28, 56), contacts=CONTACTS)
    catalogue.check(TABLES)
    kept = Catalogue(each for each in catalogue if not Catalogue([each]).unfitted())
    (part,) = related([load(TABLES, drawn(5).sources())])
    made = vectors(kept, part, Spine.cross(len(part.customers), CUTOFFS))
    asked = more(contacts=CONTACTS)
    assert all(np.isfinite(made.columns[name].astype(float)).any() for name in asked)


def test_tables_may_share_the_name_of_a_category() -> None:
    other = EventTable("visits", "caller", "at", timezone="UTC", categories=["topic"])
    home = AttributeTable("homes", "person", static=True, categories=["circle"])
    catalogue = Catalogue.suggest([CALLS, CIRCLES, other, home], (14, 28), others=True)
    catalogue.check([CALLS, CIRCLES, other, home])


def test_tables_may_share_names_of_contacts_and_groups() -> None:
    texts = replace(CALLS, name="texts")
    homes = AttributeTable("homes", "person", static=True, categories=["circle"])
    contacts: list[tuple[Tabled, str]] = [(CALLS, "callee"), ("texts", "callee")]
    made = Catalogue.suggest([CALLS, texts, CIRCLES, homes], (14, 28), contacts=contacts)
    made.check([CALLS, texts, CIRCLES, homes])
    assert {
        "calls_callee_same_circles_circle_mean_28d",
        "texts_callee_same_homes_circle_mean_28d",
        "homes_circle_members_latest_ever",
    } <= {*made.names}
    assert Catalogue.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("contact", "fault"),
    [
        (
            (CALLS, "friend"),
            "contacts are in 'friend' of 'calls', which is no category of an event",
        ),
        ((CIRCLES, "circle"), "contacts are in 'circle' of 'circles', which is no category of an"),
        ("calls", "contacts are pairs of a table and a column, as .*; got 'calls'"),
    ],
)
def test_contacts_must_be_categories_of_events(contact: Any, fault: str) -> None:
    with pytest.raises(DefinitionError, match=fault):
        Catalogue.suggest(TABLES, contacts=[contact])
