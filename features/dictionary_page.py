"""The data dictionary as one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from features.page import document, pairs, section, table, text

_STYLE: Final = """
main { max-width: 76rem; }
code { font: .8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
nav { margin: 1.25rem 0 0; font-size: .875rem; }
nav a { color: var(--model); margin-right: 1rem; white-space: nowrap; }
.search { position: sticky; top: 0; z-index: 1; padding: .75rem 0; background: var(--paper); }
.search[hidden], tr[hidden], section[hidden] { display: none; }
.search input { width: 100%; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--wash); border: 1px solid var(--grid); border-radius: .25rem; }
.search output { display: block; min-height: 1.2rem; font-size: .8125rem; color: var(--soft); }
section { scroll-margin-top: 5rem; }
.features table { table-layout: fixed; min-width: 56rem; }
.features th:nth-child(1) { width: 25%; } .features th:nth-child(2) { width: 34%; }
.features th:nth-child(3) { width: 9%; } .features th:nth-child(4) { width: 14%; }
td:not(.number) { min-width: 0; }
@media print { .search { display: none; } }
"""

_SCRIPT: Final = """
const box = document.querySelector(".search"), field = box.querySelector("input");
const told = box.querySelector("output"), rows = [...document.querySelectorAll("tbody tr")];
const groups = [...document.querySelectorAll("section")];
const texts = rows.map((row) => row.textContent.toLowerCase());
box.hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  rows.forEach((row, place) => {
    row.hidden = !words.every((word) => texts[place].includes(word));
    found += row.hidden ? 0 : 1;
  });
  groups.forEach((group) => { group.hidden = !group.querySelector("tbody tr:not([hidden])"); });
  told.textContent = words.length ? `${found} of ${rows.length} lines` : "";
});
"""

_SEARCH: Final = (
    '<div class="search" hidden><input type="search" aria-label="Search columns and features" '
    'placeholder="Search columns and features"><output></output></div>'
)


def dictionary_page(project: str, told: Mapping[str, Any]) -> str:
    """Write the data dictionary as HTML; without a script it only lacks its search box.

    Parameters
    ----------
    project : str
        Name of the project.
    told : mapping
        From `features.dictionary.dictionary`.

    Returns
    -------
    str
        The same dictionary gives the same text.
    """
    tables, features = told["tables"], told["features"]
    parts = [
        f"<header>\n<h1>Data dictionary of {escape(project)}</h1>",
        text(_summary(tables, features), "lead"),
        f"<nav>{_links(tables, features)}</nav>\n</header>",
        _SEARCH,
    ]
    for each in tables:
        read = [row for row in features if row["table"] == each["name"]]
        parts.append(_anchored(f"table-{each['name']}", section(*_table(each))))
        if read:
            parts.append(_anchored(f"features-{each['name']}", _features(each["name"], read)))
    return document(f"Data dictionary of {project}", parts, _STYLE, _SCRIPT)


def _summary(tables: Sequence[Mapping[str, Any]], features: Sequence[Mapping[str, Any]]) -> str:
    columns = sum(len(each["columns"]) for each in tables)
    return (
        f"{_many(len(tables), 'table')} with {_many(columns, 'column')}, and "
        f"{_many(len(features), 'feature')} made of them."
    )


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _links(tables: Iterable[Mapping[str, Any]], features: Sequence[Mapping[str, Any]]) -> str:
    links = []
    for each in tables:
        name = escape(each["name"])
        made = sum(row["table"] == each["name"] for row in features)
        links.append(f'<a href="#table-{name}">{name}</a>')
        if made:
            links.append(f'<a href="#features-{name}">{_many(made, "feature")} of {name}</a>')
    return " ".join(links)


def _table(told: Mapping[str, Any]) -> tuple[str, str, str]:
    days = told["fresh_within"]
    facts = [
        ("Holds", told["description"]),
        ("Kind", told["kind"]),
        ("Owner", told["owner"]),
        ("A row is known", told["known"]),
        ("Complete until", told["complete_until"] or ""),
        ("Stale after", "" if days is None else f"{days:g} days without news"),
    ]
    rows = [[each["name"], each["role"], each["type"], each["unit"]] for each in told["columns"]]
    head = ["Column", "Role", "Type", "Unit or zone"]
    return (
        f"Table {told['name']}",
        pairs((term, words) for term, words in facts if words),
        table(head, rows, texts=range(4), codes=(0,)),
    )


def _features(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        [
            row["name"],
            row["description"],
            row["unit"] if row["type"] != "text" else f"{row['unit']}\ntext",
            row["null"],
            ", ".join(row["sources"]) + (f"\n{row['owner']}" if row["owner"] else ""),
        ]
        for row in rows
    ]
    head = ["Feature", "What it says", "Unit", "Empty when", "Made of, by whom"]
    made = table(head, lines, texts=range(len(head)), codes=(0, 4))
    return section(f"Features of {name}", f'<div class="features">{made}</div>')


def _anchored(name: str, part: str) -> str:
    return part.replace("<section>", f'<section id="{escape(name)}">', 1)
