"""The data dictionary tells every table and feature, and its page loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from features.builders import count, latest, total
from features.catalogue import Catalogue
from features.dictionary import dictionary, sources_of
from features.dictionary_page import dictionary_page
from features.recipes import ratio
from features.tables import AttributeTable, EventTable

VISITS = EventTable(
    "visits",
    customer="id",
    occurred_at="at",
    known_at="booked",
    timezone="Europe/Berlin",
    measures={"spend": "money(2)", "items": "int"},
    categories=["shop"],
    event_id="receipt",
    description="One row for each <receipt>",
    owner="Store systems",
    fresh_within=2.5,
)
CLIENTS = AttributeTable("clients", customer="id", static=True, categories=["city"])
CALLS = EventTable("calls", customer="id", occurred_at="at", lag=1)
TABLES = (VISITS, CLIENTS, CALLS)
BIG = count(VISITS, 28, where={"shop": "NORTH"})
CATALOGUE = Catalogue([BIG, ratio(total(VISITS, "spend", 28), BIG), latest(CLIENTS, "city")])
TOLD = dictionary(CATALOGUE, TABLES)


def test_every_table_tells_its_columns_and_clocks() -> None:
    visits, clients, calls = TOLD["tables"]
    assert (visits["owner"], visits["fresh_within"], visits["known"]) == (
        *("Store systems", 2.5, "at booked"),
    )
    assert [(each["name"], each["role"], each["type"]) for each in visits["columns"]] == [
        ("id", "customer", "whole number or text"),
        ("at", "occurred at", "time"),
        ("booked", "known at", "time"),
        ("receipt", "event id, unique", "whole number or text"),
        ("spend", "measure", "number, 2 decimals"),
        ("items", "measure", "whole number"),
        ("shop", "category", "name or id"),
    ]
    assert visits["columns"][1]["unit"] == "times without a zone are those of Europe/Berlin"
    assert clients["kind"] == "attributes without history"
    assert clients["columns"][0]["role"] == "customer, unique"
    assert clients["known"].startswith("always")
    assert (calls["kind"], calls["known"]) == ("events", "1 days after at")


def test_every_feature_tells_its_columns_and_owner() -> None:
    first, second, third = TOLD["features"]
    assert first["sources"] == ["visits.shop"]
    assert second["sources"] == ["visits.spend", "visits.shop"]
    assert (third["sources"], third["owner"]) == (["clients.city"], "")
    assert {*first} >= {"name", "description", "unit", "null", "type", "table", "sources", "owner"}
    assert first["owner"] == "Store systems"
    assert sources_of(count(VISITS, 28)) == ["visits"]
    assert json.loads(json.dumps(TOLD)) == TOLD


class Page(HTMLParser):
    """What a page holds: its elements, and the text of its rows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_holds_all_and_loads_nothing() -> None:
    text = dictionary_page("shop <1>", TOLD)
    page = Page(text)
    plain = text.replace("<wbr>", "")
    for row in TOLD["features"]:
        assert f"<code>{row['name']}</code>" in plain
    assert "One row for each &lt;receipt&gt;" in text
    assert "Data dictionary of shop &lt;1&gt;" in text
    assert "2.5 days without news" in text
    assert not {"img", "link", "iframe"} & {tag for tag, _ in page.found}
    assert all("src" not in held for _, held in page.found)
    links = [held["href"] for tag, held in page.found if tag == "a"]
    anchors = {f"#{held['id']}" for _, held in page.found if "id" in held}
    assert set(links) == anchors
    assert dictionary_page("shop <1>", TOLD) == text


def test_the_policy_lets_only_the_search_run() -> None:
    page = dictionary_page("shop", TOLD)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_what_a_table_is_called_by_people_makes_no_other_table() -> None:
    bare = EventTable("calls", customer="id", occurred_at="at", lag=1, owner="Service")
    assert bare == CALLS
    assert bare.to_json()["owner"] == "Service"
    assert "owner" not in CALLS.to_json()
