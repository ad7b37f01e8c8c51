"""From tables with contacts to a model that none of them taught."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features import EventTable
from features.errors import DefinitionError
from tests.helpers import shop
from training import Cohort, Project, Task, contacted, silent
from training.data import Data, open_data
from training.prepare import prepare

CALLS = EventTable("calls", customer="member", occurred_at="at", categories=("by",))
TASK = Task(
    "churn", silent(shop.VISITS), Cohort(active=56), horizon=14, gap=2, weigh=[contacted(CALLS)]
)


def project(task: Task = TASK) -> Project:
    plain = shop.project()
    return Project("shop", [*plain.tables, CALLS], plain.catalogue, [task])


def data() -> Data:
    """Every third customer is called every forty days."""
    members = [f"c{number:04}" for number in range(0, 300, 3)]
    days = range(10, shop.DAYS, 40)
    calls = pa.table(
        {
            "member": [each for each in members for _ in days],
            "at": [shop.BEGIN + timedelta(days=day) for _ in members for day in days],
            "by": ["phone"] * (len(members) * len(days)),
        }
    )
    return open_data(project(), shop.frames() | {"calls": calls}, lambda text: None)


def test_rows_with_a_contact_are_stood_for_in_every_slice() -> None:
    config = shop.config()
    weighed, plain = (
        prepare(project(task), task, data(), config)
        for task in (TASK, Task("churn", TASK.label, TASK.cohort, TASK.horizon, TASK.gap))
    )
    told = weighed.rows.stood_for
    assert told is not None
    assert plain.rows.stood_for is None
    assert told.rows == len(plain.rows)
    assert 0.05 * told.rows < told.interrupted < 0.2 * told.rows
    for name in ("develop", "calibrate", "final", "test"):
        many, once = (int(each.splits[0][name].sum()) for each in (weighed, plain))
        assert many == pytest.approx(once, abs=3)
    # Rows called in the window are gone: of the called, only those between two calls are left.
    called = weighed.rows.vectors.customers[weighed.splits[0]["test"]]
    share = np.mean([int(each[1:]) % 3 == 0 for each in called])
    assert share < 1 / 3


def test_an_unknown_table_or_column_is_told() -> None:
    with pytest.raises(DefinitionError, match=r"weigh reads 'mails'; event tables are \['calls'"):
        project(Task("churn", TASK.label, TASK.cohort, 14, weigh=[contacted("mails")]))
    with pytest.raises(DefinitionError, match="colour"):
        project(
            Task("churn", TASK.label, TASK.cohort, 14, weigh=[contacted(CALLS, {"colour": "red"})])
        )
