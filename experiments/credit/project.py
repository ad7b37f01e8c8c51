"""Taiwan 2005: which credit card clients will default next month, from six months of events."""

from __future__ import annotations

from pathlib import Path

import duckdb

from features import (
    AttributeTable,
    Catalogue,
    EventTable,
    at_least,
    count,
    days_since,
    largest,
    latest,
    mean,
    ratio,
    smallest,
    total,
    trend,
)
from features.feature import Feature
from foretell.datasets import CREDIT_CARD
from training import Cohort, Project, Task, first

# Month ends fall 1, 31, 62, 93, 123 and 154 days before the cutoff, the first of October 2005.
MONTHS = ((30, 0), (30, 15), (30, 46), (30, 77), (30, 108), (30, 139))
SPANS = (61, 92, 184)

statements = EventTable(
    "statements",
    customer="client_id",
    occurred_at="month_end",
    timezone="UTC",
    measures={"bill": "money(0)", "status": "int"},
)
payments = EventTable(
    "payments",
    customer="client_id",
    occurred_at="month_end",
    timezone="UTC",
    measures={"amount": "money(0)"},
)
outcomes = EventTable(
    "outcomes",
    customer="client_id",
    occurred_at="month_end",
    timezone="UTC",
    categories=["outcome"],
    complete_until="2005-11-01",
)
clients = AttributeTable(
    "clients",
    customer="client_id",
    static=True,
    measures={"credit_limit": "money(0)"},
    # The model does not read the sex; it is judged by it, see train.toml.
    categories=["education", "sex"],
)

credit_limit = latest("clients", "credit_limit").named("credit_limit", "Credit limit")
late = {"status": at_least(1)}
very_late = {"status": at_least(2)}


def monthly(month: int) -> list[Feature]:
    """Make what one statement tells, with how much of it was paid; 0 is the last month."""
    days, lag = MONTHS[month]
    ago = f"{month}m_ago"
    said = ["in the last month", "a month before", *(f"{n} months before" for n in range(2, 6))]
    status = largest("statements", "status", days, lag=lag)
    bill = total("statements", "bill", days, lag=lag)
    paid = total("payments", "amount", days, lag=lag)
    made: list[Feature] = [
        status.named(f"status_{ago}", f"Repayment status {said[month]} (months overdue)"),
        bill.named(f"bill_{ago}", f"Bill {said[month]}"),
        paid.named(f"paid_{ago}", f"Payment {said[month]}"),
        ratio(bill, credit_limit).named(
            f"utilisation_{ago}", f"Bill over credit limit {said[month]}"
        ),
    ]
    if month < 5:
        # What was paid in a month answers the bill of the month before.
        billed = total("statements", "bill", MONTHS[month + 1][0], lag=MONTHS[month + 1][1])
        words = f"Part of the earlier bill that was paid {said[month]}"
        made.append(ratio(paid, billed).named(f"paid_of_bill_{ago}", words))
    return made


catalogue = Catalogue(
    [
        credit_limit,
        latest("clients", "education"),
        *(feature for month in range(6) for feature in monthly(month)),
        *(count("statements", days, where=late) for days in SPANS),
        *(count("statements", days, where=very_late) for days in SPANS),
        *(largest("statements", "status", days) for days in SPANS),
        *(mean("statements", "status", days) for days in SPANS),
        smallest("statements", "status", 184),
        days_since("statements", where=late),
        days_since("statements", where=very_late),
        *(mean("statements", "bill", days) for days in SPANS),
        *(mean("payments", "amount", days) for days in SPANS),
        *(smallest("payments", "amount", days) for days in SPANS),
        largest("statements", "bill", 184),
        largest("payments", "amount", 184),
        ratio(total("payments", "amount", 184), total("statements", "bill", 184)).named(
            "paid_of_bill_184d", "Part of the bills of six months that was paid"
        ),
        ratio(mean("statements", "bill", 184), credit_limit).named(
            "utilisation_184d", "Mean bill of six months over credit limit"
        ),
        ratio(total("payments", "amount", 184), credit_limit).named(
            "paid_of_limit_184d", "Payments of six months over credit limit"
        ),
        trend("statements", 92, of="bill"),
        trend("payments", 92, of="amount"),
    ]
)

project = Project(
    "credit",
    tables=[statements, payments, outcomes, clients],
    catalogue=catalogue,
    tasks=[
        Task(
            "default",
            first("outcomes", where={"outcome": "default"}),
            Cohort(active=31, table="statements"),
            horizon=31,
            baseline=days_since("statements", where=late),
        ),
    ],
)

# The events end here; scores are given as of this instant.
as_of = "2005-10-01"


def prepare(cache: Path) -> dict[str, Path]:
    """Fetch the table, turn its monthly columns into events, and return a file for each table."""
    raw = CREDIT_CARD.fetch(cache)["UCI_Credit_card"]
    queries = {
        "statements": _monthly({"bill": "BILL_AMT{n}", "status": "PAY_{status}"}),
        "payments": _monthly({"amount": "PAY_AMT{n}"}),
        "outcomes": "SELECT ID AS client_id, DATE '2005-10-31' AS month_end, "
        "if(\"default.payment.next.month\" = 1, 'default', 'paid') AS outcome FROM clients",
        "clients": "SELECT ID AS client_id, LIMIT_BAL AS credit_limit, "
        "CASE EDUCATION WHEN 1 THEN 'graduate school' WHEN 2 THEN 'university' "
        "WHEN 3 THEN 'high school' ELSE 'other' END AS education, "
        "CASE SEX WHEN 1 THEN 'male' ELSE 'female' END AS sex FROM clients",
    }
    folder = cache / "credit"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW clients AS SELECT * FROM read_csv('{raw}')")
        for name, query in queries.items():
            part = folder / f"{name}.part"
            connection.execute(f"COPY ({query} ORDER BY ALL) TO '{part}' (FORMAT parquet)")
            part.replace(folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in queries}


def _monthly(columns: dict[str, str]) -> str:
    """Write one row for each client and month; column n is n months before October."""
    ends = ["2005-09-30", "2005-08-31", "2005-07-31", "2005-06-30", "2005-05-31", "2005-04-30"]
    rows = []
    for month, end in enumerate(ends, start=1):
        # The published table calls the status of September PAY_0 and has no PAY_1.
        status = 0 if month == 1 else month
        values = ", ".join(
            f"{source.format(n=month, status=status)} AS {name}" for name, source in columns.items()
        )
        rows.append(f"SELECT ID AS client_id, DATE '{end}' AS month_end, {values} FROM clients")
    return " UNION ALL ".join(rows)
