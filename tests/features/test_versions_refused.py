"""Where versions are not read, the remedy must change no vector of the past."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from features import Catalogue, DefinitionError, EventTable, count
from features.append import build
from features.versions import refuse_versions

SALES = EventTable("sales", "id", "at", known_at="known", event_id="no", versions=True)
WORDS = (
    "table 'sales' declares versions, which kept vectors and Spark do not read; train and score "
    "from the tables with the default engine, duckdb"
)


def test_a_remedy_is_told_that_keeps_what_was_known_when() -> None:
    with pytest.raises(DefinitionError, match=WORDS) as caught:
        refuse_versions([SALES])
    assert "drop" not in str(caught.value)


def test_kept_vectors_refuse_versions(tmp_path: Path) -> None:
    times = ["2020-01-01T00:00Z"]
    source = pa.table({"id": [1], "at": times, "known": times, "no": [1]})
    with pytest.raises(DefinitionError, match=WORDS):
        build(Catalogue([count(SALES)]), [SALES], {"sales": source}, [0], tmp_path / "kept")
