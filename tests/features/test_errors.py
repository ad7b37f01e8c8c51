"""Every exception that a user may meet is raised where it belongs, in the words promised."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features import errors
from features.builders import count
from features.catalogue import Catalogue
from features.contract import check
from features.errors import (
    BundleError,
    CohortError,
    ContractError,
    DefinitionError,
    ForetellError,
    MaturityError,
    ProjectError,
    SchemaError,
    StateError,
    UnknownCustomerError,
    UnknownTaskError,
    Violation,
)
from features.instants import DAY
from features.kernel import Vectors
from features.schema import Schema, SchemaColumn
from features.segments import Partition
from features.tables import EventTable
from features.windows import require_mature
from foretell.workspace import Loaded
from serving.store import EventStore
from training.bundle import read_bundle
from training.project import Project
from training.tasks import Cohort, Task, silent

VISITS = EventTable("visits", customer="id", occurred_at="at")


def unknown_task() -> None:
    churn = Task("churn", silent("visits"), Cohort(active=91), horizon=56)
    Project("shop", [VISITS], Catalogue([count("visits")]), [churn]).task("coffee")


def unknown_customer() -> None:
    EventStore(Partition(np.array([1]), {})).position(7)


def faulty_prepare() -> None:
    churn = Task("churn", silent("visits"), Cohort(active=91), horizon=56)
    shop = Project("shop", [VISITS], Catalogue([count("visits")]), [churn])
    Loaded(Path(), shop, lambda cache: {"visits": cache / None}).sources()  # type: ignore[operator]


def foreign_column() -> None:
    rows = np.zeros(1, dtype=np.int64)
    Schema((SchemaColumn("age"),)).matrix(Vectors(rows, rows, {}))


RAISED: dict[type[ForetellError], tuple[Callable[[], object], str]] = {
    DefinitionError: (
        lambda: EventTable("X", customer="id", occurred_at="id"),
        "table 'X' is not well defined:\n  - name must .*\n  - column 'id' has two roles",
    ),
    ContractError: (
        lambda: check(VISITS, pa.table({"id": [1]})),
        "table 'visits', read from an Arrow table, breaks its contract:\n  - column 'at': expected "
        "a column with occurred at, came no such column among id; name the column",
    ),
    MaturityError: (
        lambda: require_mature(0, 0, 2, DAY, "churn"),
        "churn labels at 1970-01-01T00:00:00Z need events up to 1970-01-03T00:00:00Z; the events "
        "end on 1970-01-02T00:00:00Z. Use cutoffs up to 1969-12-31T00:00:00Z.",
    ),
    CohortError: (lambda: Vectors.concat([]), "expected vectors of at least one partition"),
    SchemaError: (
        foreign_column,
        "columns differ from those of the model:\n  - missing column 'age'",
    ),
    UnknownCustomerError: (unknown_customer, "nothing is stored of customer 7"),
    UnknownTaskError: (unknown_task, "project 'shop' has no task 'coffee'; it has churn"),
    BundleError: (
        lambda: read_bundle(Path("nowhere")),
        "nowhere/bundle.json cannot be read: No such file or directory; is this a bundle?",
    ),
    ProjectError: (
        faulty_prepare,
        r"prepare\(\) of the project fails at .*test_errors\.py, line \d+, in <lambda>: TypeError: "
        r"unsupported .*; mend it \(FORETELL_TRACE=1 shows the whole trace\)$",
    ),
    StateError: (
        lambda: check(VISITS, "nowhere.csv"),
        "no table is there: expected a Parquet or CSV file, folder or glob at nowhere.csv",
    ),
}


def test_every_exception_is_raised_here() -> None:
    every = {each for _, each in inspect.getmembers(errors, inspect.isclass)}
    defined = {each for each in every if issubclass(each, ForetellError)}
    assert set(RAISED) == defined - {ForetellError}


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: str(kind.__name__))
def test_each_exception_says_what_was_promised(kind: type[ForetellError]) -> None:
    provoke, words = RAISED[kind]
    with pytest.raises(ForetellError, match=words) as caught:
        provoke()
    assert type(caught.value) is kind
    assert caught.value.__doc__


def test_a_violation_is_put_into_words() -> None:
    one = Violation("at", "a time", "text", "mend it", 1, ((3, "'soon'"),))
    many = Violation("at", "a time", "text", "mend it", 1_234, ((3, "'soon'"), (4, "'x'")))
    whole = Violation("at", "a time", "text", "mend it")
    assert str(one) == "column 'at': expected a time, came text in 1 row (row 3: 'soon'); mend it"
    assert "in 1,234 rows (row 3: 'soon', row 4: 'x'); mend it" in str(many)
    assert str(whole) == "column 'at': expected a time, came text; mend it"


def test_faults_and_violations_are_kept_as_values() -> None:
    definition = DefinitionError("feature", iter(["a", "b"]))
    contract = ContractError("t", "file", iter([Violation("c", "a", "b", "d")]))
    assert (definition.subject, definition.faults) == ("feature", ("a", "b"))
    assert (contract.table, contract.source) == ("t", "file")
    assert [each.column for each in contract.violations] == ["c"]
