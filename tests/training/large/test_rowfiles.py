"""Files of rows that cannot be read are told with their names."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import StateError
from training.large.given import given


def test_a_damaged_page_is_told_with_its_file(tmp_path: Path) -> None:
    many = pa.table(
        {
            "customer": pa.array(range(5_000)),
            "cutoff": pa.array([0] * 5_000, pa.timestamp("us", "UTC")),
            "label": pa.array([True, False] * 2_500),
            "spend": pa.array(np.random.default_rng(0).normal(size=5_000)),
            "city": pa.array(["Bonn"] * 5_000),
        }
    )
    path = tmp_path / "part.parquet"
    pq.write_table(many, path)
    damaged = bytearray(path.read_bytes())
    damaged[4:20_000] = bytes(19_996)
    path.write_bytes(damaged)
    with pytest.raises(
        StateError, match=r"part\.parquet: its rows cannot be read .* make it again"
    ):
        given(tmp_path, {"spend": False, "city": True})
