"""The Complete Journey: which households stop shopping, and which will buy coffee."""

from __future__ import annotations

from pathlib import Path

import duckdb

from features import (
    AttributeTable,
    Catalogue,
    EventTable,
    count,
    days_between,
    days_since,
    distinct,
    largest,
    latest,
    mean,
    ratio,
    shares,
    total,
    trend,
)
from foretell.datasets import COMPLETE_JOURNEY
from training import Cohort, Project, Task, bought, silent

WINDOWS = (7, 14, 28, 56, 91, 182)
COFFEE = {"product_category": "COFFEE"}

# The last receipt of 2017 in the stores' own zone is printed before five o'clock UTC.
END = "2018-01-01T05:00:00Z"

visits = EventTable(
    "visits",
    customer="household_id",
    occurred_at="transaction_timestamp",
    timezone="UTC",
    measures={"spend": "money(2)", "discount": "money(2)", "items": "int"},
    categories=["store_id"],
    event_id="basket_id",
    complete_until=END,
)
purchases = EventTable(
    "purchases",
    customer="household_id",
    occurred_at="transaction_timestamp",
    timezone="UTC",
    measures={"sales_value": "money(2)", "quantity": "int"},
    categories=["product_id", "department", "product_category", "brand"],
    complete_until=END,
)
redemptions = EventTable(
    "redemptions",
    customer="household_id",
    occurred_at="redemption_date",
    # A date says only that it happened by the end of that day.
    lag=1,
    timezone="America/New_York",
    categories=["coupon_upc"],
    complete_until=END,
)
demographics = AttributeTable(
    "demographics",
    customer="household_id",
    static=True,
    categories=["age", "income", "household_size", "household_comp"],
)

cadence = days_between("visits", 182)
catalogue = Catalogue(
    [
        days_since("visits"),
        cadence,
        days_between("visits", 56),
        ratio(days_since("visits"), cadence).named(
            "visits_lateness", "Days since the last visit, over the usual days between visits"
        ),
        *(count("visits", days) for days in WINDOWS),
        *(total("visits", "spend", days) for days in WINDOWS),
        *(trend("visits", days) for days in (14, 28, 56)),
        *(trend("visits", days, of="spend") for days in (28, 56)),
        mean("visits", "spend", 91),
        largest("visits", "spend", 91),
        total("visits", "discount", 91),
        distinct("visits", "store_id", 91),
        *(distinct("purchases", "product_category", days) for days in (28, 91)),
        distinct("purchases", "product_id", 91),
        *shares("purchases", "department", ["GROCERY", "DRUG GM", "PRODUCE", "MEAT"], 91),
        *shares("purchases", "brand", ["Private"], 91, of="sales_value"),
        count("redemptions", 91),
        *(latest("demographics", column) for column in ("age", "income", "household_comp")),
    ]
)

coffee_cadence = days_between("purchases", where=COFFEE).named(
    "coffee_days_between", "Usual days between purchases of coffee"
)
coffee_recency = days_since("purchases", where=COFFEE)
project = Project(
    "retail",
    tables=[visits, purchases, redemptions, demographics],
    catalogue=catalogue,
    tasks=[
        Task("churn", silent("visits"), Cohort(active=182), horizon=56),
        Task(
            "coffee",
            bought("purchases", where=COFFEE),
            Cohort(active=182, table="visits"),
            horizon=28,
            features=[
                coffee_cadence,
                ratio(coffee_recency, coffee_cadence).named(
                    "coffee_lateness",
                    "Days since coffee was last bought, over the usual days between such purchases",
                ),
                *(count("purchases", days, where=COFFEE) for days in (28, 56, 91, 182, None)),
                *(total("purchases", "sales_value", days, where=COFFEE) for days in (91, 182)),
                *(
                    count("purchases", 91, where={"product_category": category})
                    for category in ("COFFEE FILTERS", "FLUID MILK PRODUCTS", "TEAS")
                ),
                days_since("purchases", where={"product_category": "TEAS"}),
            ],
        ),
    ],
)

# The events end here; scores are given as of this instant.
as_of = "2018-01-01"


def prepare(cache: Path) -> dict[str, Path]:
    """Fetch the tables, join receipts with products, and return a file for each table."""
    raw = COMPLETE_JOURNEY.fetch(cache)
    made = {name: cache / "retail" / f"{name}.parquet" for name in ("visits", "purchases")}
    made["visits"].parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW lines AS SELECT household_id, basket_id, store_id, product_id, quantity, "
            "sales_value, retail_disc + coupon_disc + coupon_match_disc AS discount, "
            "transaction_timestamp, department, product_category, brand "
            f"FROM '{raw['transactions']}' LEFT JOIN '{raw['products']}' USING (product_id)"
        )
        _write(connection, "SELECT * FROM lines ORDER BY ALL", made["purchases"])
        _write(
            connection,
            "SELECT household_id, basket_id, any_value(store_id) AS store_id, "
            "min(transaction_timestamp) AS transaction_timestamp, "
            "round(sum(sales_value), 2) AS spend, round(sum(discount), 2) AS discount, "
            "count(*) AS items FROM lines GROUP BY ALL ORDER BY ALL",
            made["visits"],
        )
    return made | {
        "redemptions": raw["coupon_redemptions"],
        "demographics": raw["demographics"],
    }


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    part = path.with_suffix(".part")
    connection.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet)")
    part.replace(path)
