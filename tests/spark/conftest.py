from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from features.carriers.spark_session import started


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    """Two cores, and a second try for a task that dies."""
    settings = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"}
    with started("local[2,2]", settings) as spark:
        yield spark
