"""Hours, weekdays and months by the clocks of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import Catalogue, EventTable, Spine, count, share, usual, vectors
from features.calendar import CALENDAR, Dated
from features.carriers.duck import load
from features.carriers.single import from_records
from features.errors import DefinitionError
from features.instants import instant
from features.tables import AttributeTable
from tests.helpers.compared import differing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]


@given(st.integers(-(10**9), 4 * 10**9), st.sampled_from(ZONES))
def test_the_calendar_is_that_of_the_zone(second: int, zone: str) -> None:
    clock = (EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(zone))
    expected = {"@hour": f"{clock:%H}", "@weekday": f"{clock:%a}".lower(), "@month": f"{clock:%m}"}
    columns = Dated({}, np.array([second * 1_000_000]), zone)
    for name in CALENDAR:
        column = columns[name]
        assert column.levels.names[column.codes[0]] == expected[name]  # type: ignore[union-attr]


@pytest.mark.parametrize("second", range(-3700, 3800, 50))
def test_the_night_on_which_clocks_change_is_read_as_the_zone_reads_it(second: int) -> None:
    for change in ("2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"):
        moment = instant(change) + second * 1_000_000
        clock = (EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo("Europe/Berlin"))
        column = Dated({}, np.array([moment]), "Europe/Berlin")["@hour"]
        assert column.codes[0] == clock.hour  # type: ignore[union-attr]


VISITS = EventTable("visits", customer="id", occurred_at="at", timezone="Asia/Tokyo")
PROFILE = Catalogue(
    [
        usual(VISITS, "@hour"),
        share(VISITS, "@weekday", "sat", 28),
        count(VISITS, 28, where={"@month": ["01", "02"]}),
    ]
)


def test_features_read_the_calendar_alike_from_tables_and_from_a_request() -> None:
    records = [{"at": f"2024-01-{day:02}T{day:02}:30:00"} for day in (5, 6, 7, 13, 20)]
    spine = Spine(np.array([0]), np.array([instant("2024-01-25")]))
    import pandas as pd

    table = load([VISITS], {"visits": pd.DataFrame(records).assign(id=1)})
    batch = vectors(PROFILE, table, spine)
    posted = vectors(PROFILE, from_records([VISITS], {"visits": records}, 1), spine)
    assert differing(batch, posted) == []
    assert {name: values[0] for name, values in batch.columns.items()} == {
        "visits_hour_usual_ever": "20",
        "visits_weekday_sat_share_28d": 0.6,
        "visits_month_01_or_02_count_28d": 5.0,
    }


def test_the_calendar_is_known_to_the_check_and_read_from_no_file() -> None:
    PROFILE.check([VISITS])
    assert PROFILE.columns_read() == {"visits": set()}
    static = AttributeTable("people", customer="id", static=True, categories=["city"])
    with pytest.raises(DefinitionError, match="needs a category column of 'people', got '@hour'"):
        Catalogue([usual("people", "@hour")]).check([static])


def test_a_column_may_not_be_called_as_the_calendar_is() -> None:
    with pytest.raises(DefinitionError, match="column '@hour' has a name of the calendar"):
        EventTable("visits", customer="id", occurred_at="at", categories=["@hour"])
