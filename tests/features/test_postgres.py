from __future__ import annotations

import pytest

from features.errors import DefinitionError
from features.postgres import PostgresQuery, PostgresTable, hidden, without_password
from tests.helpers.postgres import dsn_of


@pytest.mark.parametrize(
    "dsn",
    [
        dsn_of("ann", "p@ss", "db/crm"),
        dsn_of("ann", "p/ss", "db/crm"),
        dsn_of("ann", "p ss", "db/"),
        dsn_of("ann", "p%zzss", "db/crm"),
        "postgresql://db/crm?password=p@ss",
    ],
)
def test_a_password_that_a_url_cannot_hold_is_refused_unseen(dsn: str) -> None:
    with pytest.raises(DefinitionError, match=r"leave it to PGPASSWORD or ~/\.pgpass") as told:
        PostgresTable(dsn, "sales")
    assert "ss" not in str(told.value).replace("password", "").replace("pgpass", "").replace(
        "PGPASSWORD", ""
    )


def test_a_source_without_scheme_table_or_query_is_refused() -> None:
    with pytest.raises(DefinitionError, match="expected a DSN postgresql://") as told:
        PostgresTable("host=db password=hush", "")
    assert "expected a table, got none" in str(told.value)
    assert "hush" not in str(told.value)
    with pytest.raises(DefinitionError, match="expected a query, got none"):
        PostgresQuery("postgresql://db/crm", " ; ")


def test_every_form_of_a_password_is_taken_out() -> None:
    dsn = dsn_of("ann", "p%40ss", "db/crm?password=other", "postgres")
    assert without_password(dsn) == "postgres://ann@db/crm?password=***"
    assert hidden(f"p@ss p%40ss other {dsn}", dsn) == f"*** *** *** {without_password(dsn)}"
