"""Taiwan 2005 as it was published: one row a client, no events."""

from __future__ import annotations

from pathlib import Path

from features import LabelledTable
from foretell.datasets import CREDIT_CARD
from training import Project, Task, labelled

clients = LabelledTable(
    "clients",
    label="default.payment.next.month",
    customer="ID",
    as_of="2005-10-01",
    categories=["EDUCATION"],
    # Protected, as in experiments/credit.
    leave_out=["SEX", "MARRIAGE", "AGE"],
    texts={
        "EDUCATION": "Education (1 graduate school, 2 university, 3 high school)",
        "LIMIT_BAL": "Credit limit",
        "PAY_0": "Repayment status in the last month (months overdue)",
    },
)

project = Project("credit_table", tables=[clients], tasks=[Task("unpaid", labelled(clients))])


def prepare(cache: Path) -> dict[str, Path]:
    """Fetch the table; it is read as it is."""
    return {"clients": CREDIT_CARD.fetch(cache)["UCI_Credit_card"]}
