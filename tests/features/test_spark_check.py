from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from features.carriers.spark_check import facts_query, suspicious, wanted_facts
from features.connection import connected
from features.contract import check, readings
from features.errors import ContractError
from features.reading import open_source
from features.tables import Table
from tests.helpers.breaches import CASES, KEPT, NOW


def suspects(contract: Table, columns: dict[str, Any]) -> bool:
    """Whether workers that see all rows together suspect them, but for duplicates."""
    with connected() as connection:
        raw = open_source(connection, contract, pa.table(columns), "raw")
        found = readings(contract, raw)
        wanted = wanted_facts(contract, found, NOW)
        facts = connection.execute(facts_query("raw", found, wanted)).fetchall()[0]
    return suspicious(contract, dict(zip(wanted, facts, strict=True)))


def is_whole(words: str) -> bool:
    """Whether a violation is seen by the columns alone, or by Spark's grouping."""
    return any(each in words for each in ("no such column", "cast the col", "that came", "nobody"))


@pytest.mark.parametrize("place", range(len(CASES)))
def test_every_violation_of_rows_is_suspected(place: int) -> None:
    contract, columns = CASES[place]
    with pytest.raises(ContractError) as caught:
        check(contract, pa.table(columns), now=NOW)
    if not is_whole(str(caught.value)):
        assert suspects(contract, columns)


def test_most_violations_are_of_rows() -> None:
    texts = []
    for contract, columns in CASES:
        with pytest.raises(ContractError) as caught:
            check(contract, pa.table(columns), now=NOW)
        texts.append(str(caught.value))
    assert sum(map(is_whole, texts)) == 6


@pytest.mark.parametrize("place", range(len(KEPT)))
def test_what_keeps_its_contract_is_not_suspected(place: int) -> None:
    contract, columns = KEPT[place]
    assert check(contract, pa.table(columns), now=NOW).rows
    assert not suspects(contract, columns)
