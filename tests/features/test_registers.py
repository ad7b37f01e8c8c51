"""Customers who asked to be forgotten, and what others agreed to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features import AttributeTable, Catalogue, Consents, Erasures, EventTable, Identities, count
from features.append import append, build
from features.aside import Aside
from features.carriers.duck import load, partitions
from features.carriers.single import from_records
from features.connection import connected
from features.contract import Checked
from features.dictionary import dictionary
from features.errors import ContractError, DefinitionError
from features.freshness import freshness
from features.instants import instant
from features.reading import open_source
from features.registers import Register
from features.segments import Partition, Spine
from features.tables import table_from_json
from features.typed import type_rows
from tests.helpers.compared import assert_same_partition, differing

VISITS = EventTable("visits", customer="id", occurred_at="at", timezone="UTC")
CLIENTS = AttributeTable("clients", customer="id", categories=["city"], static=True)
MERGES = Identities("merges", "old", "new", "at", timezone="UTC")
ERASED = Erasures("erased", customer="id", known_at="at", timezone="UTC")
CONSENTS = Consents(
    "consents", "id", "at", "purpose", "given", uses={"scoring": "profile"}, timezone="UTC"
)
FEATURES = Catalogue([count(VISITS, 28)])
CUTOFF = instant("2020-02-01")


def visits(*ids: str) -> pa.Table:
    days = [f"2020-01-{day:02}" for day in range(1, len(ids) + 1)]
    return pa.table({"id": list(ids), "at": days})


def asked(*ids: str) -> pa.Table:
    columns = {"id": list(ids), "at": ["2020-03-01"] * len(ids)}
    return pa.table(columns, schema=pa.schema({"id": pa.string(), "at": pa.string()}))


def merges(*pairs: tuple[str, str]) -> pa.Table:
    columns = {"old": [each[0] for each in pairs], "new": [each[1] for each in pairs]}
    return pa.table({**columns, "at": ["2020-01-15"] * len(pairs)})


def said(*rows: tuple[str, str, str, bool | None]) -> pa.Table:
    names = ("id", "at", "purpose", "given")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


@pytest.mark.parametrize("parts", [1, 2, None])
def test_no_row_of_an_erased_customer_is_brought_and_all_are_counted(parts: int | None) -> None:
    ids = ("anna", "bert", "anna", "carl", "bert")
    clients = pa.table({"id": ["anna", "bert", "dora"], "city": ["Bonn", "Rome", "Oslo"]})
    sources = {"visits": visits(*ids), "clients": clients, "erased": asked("anna", "nobody")}
    told: dict[str, Checked] = {}
    found = partitions([VISITS, CLIENTS, ERASED], sources, parts=parts, report=told.__setitem__)
    without = {
        "visits": visits(*ids).filter(pc.field("id") != "anna"),
        "clients": clients.slice(1),
    }
    if parts == 1:
        assert_same_partition(next(found), load([VISITS, CLIENTS], without))
    else:
        names = sorted(name for part in found for name in part.customers.tolist())
        assert names == ["bert", "carl", "dora"]
    assert (told["visits"].rows, told["visits"].erased) == (3, 2)
    assert (told["clients"].rows, told["clients"].erased) == (2, 1)
    assert told["visits"].first == instant("2020-01-02")


def test_the_last_event_of_an_erased_customer_ends_no_table() -> None:
    told: dict[str, Checked] = {}
    sources = {"visits": visits("bert", "anna"), "erased": asked("anna")}
    list(partitions([VISITS, ERASED], sources, report=told.__setitem__))
    assert told["visits"].last == told["visits"].complete_until == instant("2020-01-01")


def test_rows_in_are_rows_used_set_aside_and_erased() -> None:
    rows = pa.concat_tables(
        [visits("anna", "bert", "anna"), pa.table({"id": ["carl"], "at": ["soon"]})]
    )
    told: list[Aside] = []
    list(partitions([VISITS, ERASED], {"visits": rows, "erased": asked("anna")},
                    quarantine=told.append))  # fmt: skip
    aside = told[0]
    assert (aside.rows_in, aside.used, aside.rows, aside.erased) == (4, 1, 1, 2)
    assert aside.to_json()["rows_erased"] == 2
    assert str(aside) == (
        "visits: 1 of 4 rows set aside (at: not a time 1); 2 of erased customers left out"
    )


@pytest.mark.parametrize("who", ["card", "anna", "house"])
def test_whoever_is_known_to_be_the_same_customer_is_erased_too(who: str) -> None:
    sources = {
        "visits": visits("card", "anna", "bert", "house"),
        "merges": merges(("card", "anna"), ("anna", "house")),
        "erased": asked(who),
    }
    told: dict[str, Checked] = {}
    (part,) = partitions([VISITS, MERGES, ERASED], sources, parts=1, report=told.__setitem__)
    assert part.customers.tolist() == ["bert"]
    assert told["visits"].erased == 3


def test_what_an_alias_did_under_an_erased_customer_is_gone_with_it() -> None:
    # Until 20 January the card was taken for anna's; it is bert's.
    links = pa.table(
        {"old": ["card"] * 2, "new": ["anna", "bert"], "at": ["2020-01-10", "2020-01-20"]}
    )
    sources = {"visits": visits("card", "bert"), "merges": links, "erased": asked("anna")}
    part = load([VISITS, MERGES, ERASED], sources)
    assert part.customers.tolist() == ["bert", "card"]


def stands(part: Partition, cutoff: str = "2020-02-01") -> dict[str, bool]:
    rows = np.arange(len(part.customers))
    found = part.permits["scoring"].stood(rows, np.full(len(rows), instant(cutoff)))
    return dict(zip(part.customers.tolist(), found.tolist(), strict=True))


YES, NO = True, False


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2020-01-31", "profile", YES)], True),
        ([("2020-02-01", "profile", YES)], False),  # <- at the cutoff is not before it
        ([("2020-01-31", "letters", YES)], False),
        ([("2020-01-30", "profile", YES), ("2020-01-31", "profile", None)], False),
        ([("2020-01-01", "profile", YES), ("2020-01-02", "profile", NO)], False),
        ([("2020-01-02", "profile", YES), ("2020-01-01", "profile", NO)], True),
        ([("2020-01-02", "profile", YES), ("2020-01-02", "profile", NO)], False),
        # Taken back after the cutoff: what was allowed then is not allowed now.
        ([("2020-01-02", "profile", YES), ("2020-05-01", "profile", NO)], False),
    ],
)
def test_consent_stood_at_the_cutoff_and_stands(rows: list[Any], expected: bool) -> None:
    sources = {
        "visits": visits("anna", "bert"),
        "consents": said(*(("anna", *row) for row in rows)),
    }
    assert stands(load([VISITS, CONSENTS], sources)) == {"anna": expected, "bert": False}


def test_who_says_nothing_consents_only_when_the_contract_says_so() -> None:
    silent = Consents(**{**vars(CONSENTS), "unless_said": True})
    sources = {
        "visits": visits("anna", "bert"),
        "consents": said(("anna", "2020-01-01", "profile", False)),
    }
    assert stands(load([VISITS, silent], sources)) == {"anna": False, "bert": True}


@pytest.mark.parametrize("parts", [1, 2, None])
def test_a_customer_speaks_under_all_names(parts: int | None) -> None:
    sources = {
        "visits": visits("card", "anna", "bert"),
        "merges": merges(("card", "anna")),
        "consents": said(
            ("card", "2020-01-03", "profile", True),
            ("anna", "2020-01-02", "profile", False),
            ("bert", "2020-01-02", "profile", True),
        ),
    }
    found = partitions([VISITS, MERGES, CONSENTS], sources, parts=parts)
    told = {name: answer for part in found for name, answer in stands(part).items()}
    assert told == {"card": True, "anna": True, "bert": True}


@pytest.mark.parametrize(
    ("register", "source", "words"),
    [
        (ERASED, pa.table({"id": ["a"], "at": ["soon"]}), "column 'at': expected an ISO 8601 time"),
        (ERASED, pa.table({"id": [None], "at": ["2020-01-01"]}), "'id': expected a customer"),
        (
            CONSENTS,
            said(("a", "2020-01-01", "", True)),
            r"'purpose': expected a name, text or whole number in every row, came empty cells",
        ),
        (
            CONSENTS,
            said(("a", "2020-01-01", "x", "perhaps")),  # type: ignore[arg-type]
            r"column 'given': expected true or false, came something else in 1 row .*write true or "
            "false; an empty cell is false",
        ),
    ],
)  # fmt: skip
def test_a_register_that_cannot_be_read_is_refused(
    register: Register, source: Any, words: str
) -> None:
    with pytest.raises(ContractError, match=words):
        load([VISITS, register], {"visits": visits("a"), register.name: source})


def test_definitions_come_back_from_json_and_tell_every_fault() -> None:
    assert table_from_json(ERASED.to_json()) == ERASED
    assert table_from_json(CONSENTS.to_json()) == CONSENTS
    with pytest.raises(DefinitionError) as error:
        Consents("c", "id", "at", "id", "given", uses={"spying": "x"})
    assert "uses must be among training, scoring, marketing, got 'spying'" in str(error.value)
    assert "column 'id' has two roles" in str(error.value)
    with pytest.raises(DefinitionError, match=r"uses must name what needs consent, .* got none"):
        Consents("c", "id", "at", "purpose", "given", uses={})
    uses: Any = ["marketing"]
    with pytest.raises(
        DefinitionError, match=r"uses must be a mapping such as {'marketing': 'lette"
    ):
        Consents("c", "id", "at", "purpose", "given", uses=uses)
    uses = {"marketing": None}
    with pytest.raises(
        DefinitionError, match="must give the purpose of marketing as a text, got N"
    ):
        Consents("c", "id", "at", "purpose", "given", uses=uses)
    nobody: Any = None
    with pytest.raises(DefinitionError, match="customer must be the name of a column, got None"):
        Erasures("e", customer=nobody, known_at="at")


def test_no_feature_reads_a_register() -> None:
    catalogue = Catalogue([count("erased")])
    with pytest.raises(DefinitionError, match="reads 'erased', which is about customers; no"):
        catalogue.check([VISITS, ERASED])
    assert all(each.table == "visits" for each in Catalogue.suggest([VISITS, ERASED, CONSENTS]))
    told = dictionary(FEATURES, [VISITS, CONSENTS])["tables"][1]
    assert told["kind"] == "consents"
    roles = {each["name"]: each["role"] for each in told["columns"]}
    expected = {"id": "customer", "at": "known at", "purpose": "purpose", "given": "given"}
    assert roles == expected


def test_a_register_is_as_fresh_as_its_last_news() -> None:
    fresh = Erasures("erased", customer="id", known_at="at", timezone="UTC", fresh_within=7)
    with connected() as connection:
        raw = open_source(connection, fresh, asked("anna"), "raw")
        rows = type_rows(connection, fresh, raw)
        found = freshness(connection, fresh, rows, instant("2020-03-11"))
    assert (found.age, found.is_stale, found.recent[28]) == (10.0, True, 1)


def test_nothing_is_posted_to_a_register() -> None:
    part = from_records([VISITS, ERASED], {"visits": [{"at": "2020-01-01"}]}, "anna")
    assert list(part.events) == ["visits"]
    with pytest.raises(ContractError, match="expected a table among visits, came 'erased'"):
        from_records([VISITS, ERASED], {"erased": [{"at": "2020-01-01"}]}, "anna")


def test_kept_vectors_lose_erased_customers_with_the_next_append(tmp_path: Path) -> None:
    first, more = visits("anna", "bert", "carl"), visits("anna", "dora")
    nobody, cutoffs = asked(), [CUTOFF, CUTOFF + 1]
    build(FEATURES, [VISITS, ERASED], {"visits": first, "erased": nobody}, cutoffs, tmp_path / "a")
    before = {"visits": first, "erased": asked("anna")}
    done = append(FEATURES, [VISITS, ERASED], before, {"visits": more}, tmp_path / "a")
    both = {"visits": pa.concat_tables([first, more]), "erased": asked("anna")}
    anew = build(FEATURES, [VISITS, ERASED], both, cutoffs, tmp_path / "b")
    for cutoff in cutoffs:
        assert differing(done.store.vectors(cutoff), anew.vectors(cutoff)) == []
    assert done.store.customers().tolist() == ["bert", "carl", "dora"]
    assert done.erased == 2
    held = b"".join(path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert b"anna" not in held
    # A request that comes with the new rows, and nothing else, counts as well.
    gone = append(FEATURES, [VISITS, ERASED], both, {"erased": asked("bert")}, tmp_path / "a")
    assert gone.store.customers().tolist() == ["carl", "dora"]
    assert (gone.erased, gone.recomputed) == (2, 0)


def test_kept_vectors_follow_no_links(tmp_path: Path) -> None:
    sources = {"visits": visits("a"), "merges": merges(("a", "b"))}
    with pytest.raises(DefinitionError, match="'merges' holds identities, which kept"):
        build(FEATURES, [VISITS, MERGES], sources, [CUTOFF], tmp_path / "a")


def test_customers_who_were_merged_are_read_apart_from_others() -> None:
    # So that those who were not are read in the order of time, and fast.
    sources = {"visits": visits("card", "anna", "bert"), "merges": merges(("card", "anna"))}
    apart = list(partitions([VISITS, MERGES], sources))
    assert [part.customers.tolist() for part in apart] == [["bert"], ["anna", "card"]]
    assert [part.events["visits"].knowledge_ascends for part in apart] == [True, False]
    assert Spine.everyone(apart[1], [CUTOFF]).customer.tolist() == [0]
