"""Rows tagged and sorted as Spark does it, by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from features.carriers.rows import id_kind, id_type, rows_of
from features.carriers.tagged import Layout
from features.connection import connected
from features.reading import open_source
from features.tables import Table


def sorted_rows(tables: Sequence[Table], sources: Mapping[str, Any]) -> tuple[Layout, pa.Table]:
    """Tag and sort the rows of some tables."""
    with connected() as connection:
        raws = [
            open_source(connection, table, sources[table.name], f"raw_{place}")
            for place, table in enumerate(tables)
        ]
        kinds = [id_kind(connection, *each) for each in zip(tables, raws, strict=True)]
        layout = Layout.of(tables, id_type(tables, kinds))
        selects = [
            layout.select(tables, place, rows_of(table, raws[place], layout.ids))
            for place, table in enumerate(tables)
        ]
        order = ", ".join(f"{name} NULLS FIRST" for name in layout.names)
        query = f"{' UNION ALL '.join(selects)} ORDER BY {order}"
        return layout, connection.sql(query).to_arrow_table()
