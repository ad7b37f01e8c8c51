"""Columns that are scored and hold what training hardly met."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from features.catalogue import Catalogue
from features.kernel import Vectors
from features.schema import Schema, SchemaColumn
from serving.unlike import Unlike, unlike_training
from training.bundle.reference import reference

CITIES = np.array(["B", "R"] * 45 + ["Q"] * 10, dtype=object)
AGES = np.where(np.arange(100) < 40, np.nan, np.arange(100))


def vectors(city: Any, age: Any) -> Vectors:
    rows = np.arange(len(age))
    columns = {"city": np.asarray(city, dtype=object), "age": np.asarray(age, dtype=np.float64)}
    return Vectors(rows, rows, columns)


def unlike() -> Unlike:
    """Training met an unknown city in a tenth of its rows, and no age in two of five."""
    schema = Schema((SchemaColumn("city", ("B", "R")), SchemaColumn("age"), SchemaColumn("rate")))
    trained = {"reference": reference(vectors(CITIES, AGES))}
    bundle: Any = SimpleNamespace(schema=schema, trained=trained, catalogue=Catalogue([]))
    return Unlike(bundle)


def told(city: Any, age: Any) -> list[str]:
    looked = unlike()
    looked.look(vectors(city, age))
    return looked.sentences()


def test_rows_like_those_of_training_tell_nothing() -> None:
    assert told(CITIES, AGES) == []
    looked = unlike()
    assert looked.sentences() == []
    assert unlike_training({"churn": looked}) == {}


def test_levels_that_nobody_knew_and_empty_columns_are_told() -> None:
    found = told(["X", "Y", "X", None], [50, 60, 70, 80])
    assert found == [
        "'city' holds levels that the model does not know in 75% of the rows, such as 'X', in "
        "training 10%; they score as if it were empty"
    ]
    assert told(["B"] * 10, [np.nan] * 10) == [
        "'age' is empty in 100% of the rows, in training 40%"
    ]
    assert told([None] * 10, [50.0] * 10) == ["'city' is empty in 100% of the rows, in training 0%"]
    # Half of the rows more than in training are needed.
    assert told(["X"] * 6 + ["B"] * 4, [50.0] * 10) == []


def test_numbers_beyond_training_and_columns_that_went_dry_are_told() -> None:
    words = "'age' lies outside of all that training met (40 to 99) in 75% of the rows that have it"
    assert told(["B"] * 6, [1, 2, 300, 50, np.nan, np.nan]) == [words]
    assert told(["B"] * 6, [1, 2, 50, 50, np.nan, np.nan]) == []
    # Three of five had an age in training; a rule of half of the rows more would never hold here.
    assert told(["B"] * 100, [50.0] * 5 + [np.nan] * 95) == [
        "'age' is empty in 95% of the rows, in training 40%"
    ]
    assert told(["B"] * 100, [50.0] * 15 + [np.nan] * 85) == []


def test_another_unit_is_told_where_most_values_are_zero() -> None:
    schema = Schema((SchemaColumn("late"),))
    late = np.where(np.arange(100) < 60, 0.0, np.arange(100) / 20)
    blank = np.arange(100)
    trained = {"reference": reference(Vectors(blank, blank, {"late": late}))}
    bundle: Any = SimpleNamespace(schema=schema, trained=trained, catalogue=Catalogue([]))

    def told(values: Any) -> list[str]:
        looked, rows = Unlike(bundle), np.arange(len(values))
        looked.look(Vectors(rows, rows, {"late": np.asarray(values, dtype=np.float64)}))
        return looked.sentences()

    assert told(100 * late) == [
        "'late' lies outside of all that training met (0 to 4.95) in 40% of the rows that have it"
    ]
    assert told(late) == []
    # A few among many zeros are no other unit.
    assert told([0.0] * 97 + [300.0] * 3) == []


def test_parts_are_counted_together_and_many_rows_thinned() -> None:
    looked = unlike()
    looked.look(vectors(["X"] * 12_000, [50.0] * 12_000))
    looked.look(vectors(["B"] * 12_000, [50.0] * 12_000))
    assert looked.rows == 8_000
    assert looked.sentences() == []
    looked.look(vectors(["X"] * 12_000, [50.0] * 12_000))
    assert "in 67% of the rows, such as 'X'" in looked.sentences()[0]
    assert list(unlike_training({"churn": looked})["unlike_training"]) == ["churn"]
