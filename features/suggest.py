"""A first catalogue, written from the contracts of tables alone."""

from __future__ import annotations

from features.builders import count, distinct, largest, latest, mean, total
from features.feature import Feature
from features.recipes import ratio, trend
from features.rhythms import days_between, days_since
from features.tables import AttributeTable, Table


def suggested(table: Table, windows: tuple[float, ...]) -> list[Feature]:
    """Return the features to make of one table; see `Catalogue.suggest`."""
    if isinstance(table, AttributeTable):
        return [latest(table, each) for each in (*table.measures, *table.categories)]
    made: list[Feature] = [
        days_since(table),
        days_between(table),
        ratio(days_since(table), days_between(table)).named(f"{table.name}_lateness"),
    ]
    for days in windows:
        made += [count(table, days), trend(table, days)]
        for column in table.measures:
            made += [total(table, column, days), mean(table, column, days)]
            made += [largest(table, column, days), trend(table, days, of=column)]
        made += [distinct(table, column, days) for column in table.categories]
    return made
