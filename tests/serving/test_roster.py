"""Customers of a server are read strictly, or what is set aside stands in its log."""

import logging
from pathlib import Path

import pytest

from features.errors import ContractError
from features.tables import EventTable
from serving.roster import read_tables

VISITS = EventTable("visits", customer="id", occurred_at="at")


def test_rows_that_a_server_sets_aside_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "visits.csv"
    source.write_text("id,at\n1,2020-01-01T00:00Z\n2,soon\n")
    with pytest.raises(ContractError, match="row 2: 'soon'"):
        read_tables([VISITS], {"visits": source}, {}, quarantine=False)
    with caplog.at_level(logging.WARNING):
        part = read_tables([VISITS], {"visits": source}, {}, quarantine=True)
    assert part.customers.tolist() == [1]
    assert "visits: 1 of 2 rows set aside (at: not a time 1)" in caplog.text
