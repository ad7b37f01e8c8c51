"""The few pieces of HTML that a page is made of; every text is escaped here."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #25303b; --soft: #5b6774;
  --grid: #dbe0e5; --wash: #f4f6f8; --model: #1f6091; --other: #b0500f; --muted: #7b8794; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14191f; --ink: #e3e8ed; --soft: #a3aeb9;
  --grid: #36414c; --wash: #1d242c; --model: #6db3e8; --other: #e89a5c; --muted: #94a0ac; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--grid); }
h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p, ul, dl { margin: 0 0 .75rem; max-width: 46rem; }
p, li, figcaption { overflow-wrap: anywhere; }
.lead, .note, figcaption, dt { color: var(--soft); }
.note, figcaption { font-size: .875rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.verdict { margin: 1.5rem 0; padding: .75rem 1rem; max-width: none; background: var(--wash);
  border-left: 4px solid var(--model); list-style: none; }
.verdict.doubt { border-color: var(--other); }
.verdict li { padding: .125rem 0; }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); }
th { font-weight: 600; } tbody th { font-weight: 400; min-width: 8rem; }
td:not(.number) { min-width: 6rem; }
.number { text-align: right; white-space: nowrap; }
.span { display: block; color: var(--soft); font-size: .8125rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: 2rem 2.5rem; margin-bottom: 1.5rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
svg { display: block; width: 100%; height: auto; }
svg text { font-family: inherit !important; }
.date { white-space: nowrap; }
details { font-size: .875rem; } summary { cursor: pointer; color: var(--soft); }
@media (max-width: 30rem) { main { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.4rem; }
  tbody th { overflow-wrap: anywhere; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print { body { font-size: 11pt; } main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; } .scroll { overflow: visible; } tr { break-inside: avoid; }
  table { font-size: 8pt; } .span { font-size: 7pt; } th, td { padding-right: .4rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: 1rem 1.5rem; }
  figure { break-inside: auto; } svg { break-inside: avoid; } figcaption { break-before: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""

_DATE: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def document(title: str, parts: Iterable[str], style: str = "", script: str = "") -> str:
    """Put parts into a page that loads nothing and runs nothing but its own script.

    Parameters
    ----------
    title : str
        Title of the page.
    parts : iterable of str
        HTML, in order.
    style : str
        Rules beside those of every page.
    script : str
        What the page may run; the policy allows this text alone.

    Examples
    --------
    >>> "<title>a &amp; b</title>" in document("a & b", [])
    True
    """
    # What an escaped text could still reach, the policy forbids.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    if script:
        digest = b64encode(sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    head = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<main>",
    ]
    run = [f"<script>{script}</script>"] if script else []
    return "\n".join([*head, *parts, "</main>", *run, "</body>\n</html>\n"])


def section(title: str, *parts: str) -> str:
    """Put parts under a heading."""
    return "\n".join([f"<section>\n<h2>{escape(title)}</h2>", *parts, "</section>"])


def text(value: str, kind: str = "") -> str:
    """Make a paragraph.

    Examples
    --------
    >>> text("a < b", "note")
    '<p class="note">a &lt; b</p>'
    """
    return f"<p{_class(kind)}>{_words(value)}</p>"


def items(values: Iterable[str], kind: str = "") -> str:
    """Make a list."""
    lines = "".join(f"<li>{_words(value)}</li>" for value in values)
    return f"<ul{_class(kind)}>{lines}</ul>"


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """Make a list of terms and what they are."""
    lines = "".join(f"<dt>{escape(term)}</dt><dd>{_words(told)}</dd>" for term, told in values)
    return f"<dl>{lines}</dl>"


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    texts: Sequence[int] = (0,),
    codes: Sequence[int] = (),
) -> str:
    """Make a table whose first column names the row.

    Parameters
    ----------
    head : sequence of str
        Column names.
    rows : iterable of sequence of str
        Cells; what follows a line break in a cell is set below, smaller.
    texts : sequence of int
        Columns of words; the others are numbers and stand to the right.
    codes : sequence of int
        Columns of names of columns and features, which may break after an underscore.
    """
    sides = ["" if place in texts else "number" for place in range(len(head))]
    names = "".join(
        f'<th scope="col"{_class(side)}>{escape(name)}</th>'
        for name, side in zip(head, sides, strict=True)
    )
    lines = "\n".join(
        "<tr>"
        + "".join(
            _cell(value, side, place == 0, place in codes)
            for place, (value, side) in enumerate(cells)
        )
        + "</tr>"
        for cells in (list(zip(row, sides, strict=True)) for row in rows)
    )
    body = f"<thead><tr>{names}</tr></thead>\n<tbody>\n{lines}\n</tbody>"
    return f'<div class="scroll"><table>\n{body}\n</table></div>'


def figure(title: str, drawn: str, caption: str, data: str) -> str:
    """Make a figure: an SVG element, a sentence, and the table behind it."""
    return (
        f"<figure>\n<h3>{escape(title)}</h3>\n{drawn}\n<figcaption>{_words(caption)}</figcaption>\n"
        f"<details><summary>Data of this figure</summary>\n{data}\n</details>\n</figure>"
    )


def _cell(value: str, side: str, first: bool, code: bool) -> str:
    main, _, below = value.partition("\n")
    inside = _code(main) if code else _words(main)
    inside += f'<span class="span">{escape(below)}</span>' if below else ""
    return f'<th scope="row">{inside}</th>' if first else f"<td{_class(side)}>{inside}</td>"


def _words(value: str) -> str:
    """Escape, and keep a percent sign with its number, and a date in one line.

    Examples
    --------
    >>> _words("5 % from 2017-02-27")
    '5&nbsp;% from <span class="date">2017-02-27</span>'
    """
    told = escape(value).replace(" %", "&nbsp;%")
    return _DATE.sub(r'<span class="date">\g<0></span>', told)


def _code(value: str) -> str:
    if not value:
        return ""
    broken = (
        escape(value).replace("_", "_<wbr>").replace(".", ".<wbr>").replace(", ", "</code>, <code>")
    )
    return f"<code>{broken}</code>"


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""
