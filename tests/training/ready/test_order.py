"""What tells the rows of a ready-made table from one another."""

import numpy as np
import pyarrow as pa

from features.ready.read import read_rows
from tests.helpers.readymade import CALLS, calls, project
from training.production.kept import codes
from training.ready.order import marks, ordered


def told(table: pa.Table) -> dict[str, float]:
    """The age behind each mark."""
    made, _ = ordered(read_rows(CALLS, table), project().tasks[0])
    found = marks(made)
    assert len(set(found)) == len(made)
    assert len(np.unique(codes(found, b"key"))) == len(made)
    return dict(zip(found.tolist(), made.vectors.columns["age"].tolist(), strict=True))


def test_rows_keep_their_marks_whatever_is_beside_them() -> None:
    table = calls(400)
    place = np.random.default_rng(0).permutation(400)[:300]
    fewer = told(table.take(place))
    whole = told(table)
    assert all(whole[mark] == age for mark, age in fewer.items())
    # A column more changes no mark where customer and time tell the row.
    wider = told(table.append_column("pets", pa.array(np.arange(400) % 7)))
    assert wider == whole


def test_rows_of_one_customer_and_instant_are_told_by_content_and_copies_by_number() -> None:
    table = calls(400)
    crowded = table.set_column(0, "client", pa.array(np.arange(400) // 40))
    twice = pa.concat_tables([crowded, crowded])
    place = np.random.default_rng(0).permutation(800)
    assert told(twice) == told(twice.take(place))
    assert len(told(twice)) == 800
