import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from tests.helpers.judged import CONTEXT, NAMES, judged
from training.judge.evaluate import evaluate
from training.judge.fairness import Fairness
from training.report.context import ReportContext
from training.report.page import report
from training.report.plots import describe, elements, figures, kept, plots


@pytest.fixture(scope="module")
def evaluation() -> Any:
    return judged()


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.labels: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: Any, attrs: Any) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "action"):
                self.addresses.append(value)
            if tag == "svg" and name == "aria-label":
                self.labels.append(value)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: Any, attrs: Any) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: Any) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(evaluation: Any) -> Any:
    return report(evaluation, CONTEXT)


@pytest.fixture(scope="module")
def read(page: Any) -> Any:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_is_whole_and_stands_alone(page: Any, read: Any) -> None:
    assert read.open == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(read.tags)
    assert read.addresses
    assert all(address.startswith("#") for address in read.addresses)
    assert {address[1:] for address in read.addresses} <= set(read.ids)
    assert len(set(read.ids)) == len(read.ids)
    assert not re.search(r"url\((?!#)|@import", page)
    assert "default-src 'none'" in page
    assert len(page.encode()) < 2_000_000


def test_every_text_is_escaped(page: Any) -> None:
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 14


def test_every_figure_says_what_it_shows_and_gives_its_data(evaluation: Any, read: Any) -> None:
    assert read.labels == list(describe(evaluation).values())
    assert all(read.labels)
    assert read.tags.count("svg") == read.tags.count("figure") == len(NAMES)
    assert read.tags.count("details") == len(NAMES)


def test_no_figure_stands_without_numbers(evaluation: Any) -> None:
    for name, each in plots(evaluation).items():
        assert len(each.rows) >= 1, name
        assert all(len(row) == len(each.head) for row in each.rows), name
        assert each.means.endswith("."), name
    bare = replace(evaluation, diagnostics=None, slices=(), fairness=Fairness(0.1))
    bare = replace(bare, stability=(), segments=())
    bare = replace(bare, contacts=tuple(replace(each, profit=None) for each in bare.contacts))
    assert list(plots(bare)) == NAMES[:7]


def test_a_slice_below_the_minimum_shows_no_rate(page: Any) -> None:
    row = page[page.index(": rare") :]
    row = row[: row.index("</tr>")]
    assert "too few (n &lt; 200 or &lt; 20 positives or negatives)" in row
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert len(cells) == 6
    assert cells[0].isdigit()
    assert cells[1:] == [""] * 5


def test_the_page_stays_small_whatever_the_rows() -> None:
    random = np.random.default_rng(1)
    n = 300_000
    y = random.random(n) < 0.05
    p = np.round(np.clip(0.05 + 0.02 * y + 0.01 * random.normal(size=n), 0.0, 1.0), 3)
    ids, zeros = np.arange(n) // 2, np.zeros(n, int)
    judged = evaluate("t", y, p, ids, {}, zeros, resamples=5)
    made = report(
        judged,
        ReportContext("Who?", "all", 0, 28, "by time", ()),
        dict.fromkeys(plots(judged), "<svg></svg>"),
    )
    assert len(made.encode()) < 200_000


def test_the_same_inputs_give_the_same_page(evaluation: Any, page: Any) -> None:
    assert report(evaluation, CONTEXT) == page


def test_the_page_says_what_it_must(evaluation: Any, page: Any) -> None:
    for words in (
        "The model beats recency alone by",
        "ROC AUC",
        "Calibration slope",
        "Lift, top 5&nbsp;%",
        '5 from <span class="date">2017-01-01</span> to <span class="date">2017-01-01</span>',
        "28 days, starting 7 days after the cutoff",
        "Attributes without times",
        "Listed once, being the very same rows:",
        "= town: Bonn",
        "Uncertified: fewer than 50 rows of the rarer outcome",
        "not defined",
        f"{evaluation.base_rate:.1%} of them positive",
    ):
        assert words in page, words


def test_a_bare_context_makes_a_page(evaluation: Any) -> None:
    bare = ReportContext("Who?", "all", 0, 28, "by customer", ())
    made = report(replace(evaluation, diagnostics=None), bare)
    assert "starting at the cutoff" in made
    assert "<h2>Features</h2>" not in made
    assert "Attributes without times" not in made


def test_figures_are_named_and_become_png(evaluation: Any) -> None:
    made = figures(evaluation)
    assert list(made) == NAMES
    files = kept(made, elements(evaluation, made))
    assert files["gain.png"].startswith(b"\x89PNG")
    assert files["learning.svg"].startswith(b"<svg")
    assert b"var(--" not in files["learning.svg"]
