"""A PostgreSQL server for the tests that need one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.helpers.postgres import Server, binaries, running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if binaries() is None and not os.environ.get("CI"):
        pytest.skip("no PostgreSQL here: install the extra dev, or Debian's postgresql")
    with running() as started:
        started.run(
            "CREATE SCHEMA web",
            "CREATE TYPE kind AS ENUM ('new', 'old')",
            "CREATE DOMAIN price AS numeric CHECK (VALUE >= 0 OR VALUE = 'NaN')",
            "CREATE TABLE web.sales (client bigint, at timestamptz, known timestamptz, "
            "paid price, units int2, weight float8, shop text, kind kind, code uuid, online bool, "
            "note jsonb, tags int[], day date, local timestamp, big numeric(20,0), fee money, "
            "pad char(5), node oid)",
            "INSERT INTO web.sales VALUES (7, '2020-01-01 12:00+02', '2020-01-02 00:00+00', "
            "90071992547409.91, 3, 1.125, 'Köln ''1''', 'old', "
            "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', true, '{}', '{1}', '2020-01-03', "
            "'2020-01-03 10:00', 12345678901234567890, 1234.56, 'ab', 4000000000), "
            "(8, '2020-01-01 12:00+00', '2020-01-01 12:00+00', 0.1, NULL, NULL, '', NULL, NULL, "
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "CREATE VIEW late AS SELECT * FROM web.sales WHERE client > 7",
            "CREATE ROLE reader LOGIN PASSWORD 'r/e@d'",
            "GRANT USAGE ON SCHEMA web TO reader",
        )
        yield started
