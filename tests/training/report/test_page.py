import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from training.judge.evaluate import evaluate
from training.report.context import Importance, ReportContext, Slice
from training.report.page import report
from training.report.plots import describe, figures, png

NASTY = "<script>alert(\"1\")</script> & 'x'"


@pytest.fixture(scope="module")
def evaluation() -> Any:
    random = np.random.default_rng(0)
    z = random.normal(-1, 1, 1500)
    y = random.random(1500) < 1 / (1 + np.exp(-z))
    p = 1 / (1 + np.exp(-z))
    baselines = {"recency": np.round(p, 1), NASTY: np.full(1500, 0.3)}
    ids, cutoffs = random.integers(0, 400, 1500), np.zeros(1500, int)
    return evaluate("coffee", y, p, ids, baselines, cutoffs, uncalibrated=p**2, resamples=50)


CONTEXT = ReportContext(
    question=f"Who will buy? {NASTY}",
    cohort=NASTY,
    gap=7,
    horizon=28,
    split=NASTY,
    slices=(Slice("train", ("2017-01-01T00:00:00Z",) * 5, 100, 10), Slice(NASTY, (), 0, 0)),
    importance=(Importance(NASTY, 0.4, NASTY),),
    sources=((NASTY, NASTY),),
    data_hash=NASTY,
    static=(NASTY,),
    limits=(NASTY,),
    model=NASTY,
    calibration=NASTY,
)


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
    assert read.tags.count("figure") == read.tags.count("details") == 6


def test_the_same_inputs_give_the_same_page(evaluation: Any, page: Any) -> None:
    assert report(evaluation, CONTEXT) == page


def test_the_page_says_what_it_must(evaluation: Any, page: Any) -> None:
    for words in (
        "The model beats recency alone by",
        "ROC AUC",
        "Calibration slope",
        "Lift, top 5&nbsp;%",
        "5 from 2017-01-01 to 2017-01-01",
        "28 days, starting 7 days after the cutoff",
        "Attributes without times",
        "All test rows share one cutoff",
        "not defined",
        f"{evaluation.base_rate:.1%} of them positive",
    ):
        assert words in page, words


def test_a_bare_context_makes_a_page(evaluation: Any) -> None:
    bare = ReportContext("Who?", "all", 0, 28, "by customer", ())
    made = report(evaluation, bare)
    assert "starting at the cutoff" in made
    assert "<h2>Features</h2>" not in made
    assert "Attributes without times" not in made


def test_figures_are_named_and_become_png(evaluation: Any) -> None:
    made = figures(evaluation)
    assert list(made) == ["reliability", "gain", "lift", "roc", "precision_recall", "scores"]
    assert png(made["gain"]).startswith(b"\x89PNG")
