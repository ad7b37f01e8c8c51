import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from training.calibration.contract import Clause, Contract
from training.judge.attribution import Attribution, Dependence, DependencePoint
from training.judge.diagnostics import Diagnostics, TrialRow
from training.judge.evaluate import evaluate
from training.judge.fairness import Fairness
from training.judge.intervals import Interval
from training.judge.refits import LearningPoint, RandomSplit
from training.judge.settings import Judging
from training.report.card import card, card_markdown
from training.report.context import Importance, ReportContext, Slice
from training.report.drawing import drawn
from training.report.grouptables import contract_table, period_words
from training.report.numbers import number
from training.report.page import report
from training.report.plots import describe, elements, figures, kept, plots

NASTY = "<script>alert(\"1\")</script> & 'x' $a_b$"

SOME = Interval(0.8, 0.7, 0.9)
POINTS = (
    DependencePoint("1 to 2", 1.5, 40, 0.5, 0.1, 0.9),
    DependencePoint(NASTY, None, 60, -0.2, -0.3, 0.0),
)
DIAGNOSTICS = Diagnostics(
    random_split=RandomSplit(
        3, 900, 300, Interval(0.9, 0.88, 0.92), SOME, Interval(0.1, 0.02, 0.2)
    ),
    learning=(LearningPoint(0.5, 150, 450, SOME), LearningPoint(1.0, 300, 900, SOME)),
    tuning=(TrialRow(1, 10, 0.4, 0.4), TrialRow(2, 12, 0.3, 0.3)),
    attributed=100,
    attributions=(Attribution(NASTY, SOME), Attribution("visits", SOME)),
    dependence=(Dependence(NASTY, POINTS),),
)
NAMES = ["reliability", "gain", "lift", "roc", "precision_recall", "ks", "scores", "profit"]
NAMES += ["segment_1", "segment_2", "slices", "fairness", "stability"]
NAMES += ["learning", "tuning", "attribution", "dependence_1"]
UNDRAWN = dict.fromkeys(NAMES, "<svg/>")


@pytest.fixture(scope="module")
def evaluation() -> Any:
    random = np.random.default_rng(0)
    z = random.normal(-1, 1, 1500)
    y = random.random(1500) < 1 / (1 + np.exp(-z))
    p = 1 / (1 + np.exp(-z))
    baselines = {"recency": np.round(p, 1), NASTY: np.full(1500, 0.3)}
    ids, cutoffs = random.integers(0, 400, 1500), np.arange(1500) % 2 * 86_400_000_000
    common = random.random(1500) < 0.9
    groups = {
        NASTY: np.where(common, NASTY, "rare").astype(object),
        "town": np.where(common, "Bonn", "elsewhere").astype(object),
    }
    judged = evaluate(
        "coffee",
        y,
        p,
        ids,
        baselines,
        cutoffs,
        uncalibrated=p**2,
        resamples=50,
        by=groups,
        protected={NASTY: (ids % 2).astype(float)},
        judging=Judging(hit_value=20, contact_cost=4),
        levels=np.where(ids % 3 == 0, NASTY, "south").astype(object),
    )
    return replace(judged, diagnostics=DIAGNOSTICS)


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
    repeat=(("seed", "7"),),
    contract=Contract(
        Clause(None, "calibrated", 1500, 465, 0.31, 0.31, 0.02, 0.0, 0.03),
        "2024-01-01T00:00:00Z",
        0.31,
        "region",
        (
            Clause("south", "drifting", 1001, 301, 0.31, 0.3, 0.04, 0.02, 0.06),
            Clause(NASTY, "uncertified", 9, 1, 0.1, 0.11),
        ),
    ),
    inputs=12,
    reasons=("No reason may be about age.",),
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


def test_the_card_says_what_a_model_must_not_be_used_for(evaluation: Any) -> None:
    text = card_markdown("shop.coffee", card(evaluation, CONTEXT))
    assert text.startswith("# Model card: shop.coffee\n")
    for words in (
        "## Who it must not be used for",
        "## Metrics, with 95 % intervals",
        f"{evaluation.customers:,} customers",
        "Gaps on a list of the highest-scored 10% of rows",
        "With too few rows to be judged: 1 slice.",
        "= town: Bonn",
        "Each answer states whether its probability is calibrated, drifting or uncertified.",
        "All rows: calibrated, by outcomes up to 2024-01-01.",
        "By region, drifting: south.",
        "It reads 12 inputs; 0 features left out before training.",
        "40.0% of the gain",
        "- No reason may be about age.",
        "from which nothing was learnt or chosen",
        ", within chance",
        "Slice train, 2017-01-01 to 2017-01-01: 100 rows, 10 positive (10.0%).",
        "would have flattered the model",
        "- seed: 7",
    ):
        assert words in text, words
    assert "<script" not in text


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


def test_one_period_is_a_sentence_and_no_figure(evaluation: Any) -> None:
    first, second = evaluation.stability
    one = replace(evaluation, stability=(first,), cutoffs=evaluation.cutoffs[:1])
    assert "stability" not in plots(one)
    made = report(one, CONTEXT, UNDRAWN)
    assert "Gini over time" not in made
    assert made.count("The test slice has one period with rows enough for a Gini, 1970-01-01") == 2
    assert "All test rows share one cutoff" in made
    few = replace(one, stability=(first, replace(second, positives=None, gini=None)))
    assert "; 1 more have too few rows, so no course" in period_words(few)
    none = replace(one, stability=(replace(first, positives=None, gini=None),))
    assert period_words(none) == "No period of the test slice has rows enough for a Gini."
    assert "stability" not in plots(none)
    assert "The test slice has one" not in report(evaluation, CONTEXT, UNDRAWN)


def test_a_contract_is_told_by_segment(page: Any) -> None:
    start = page.index("<h2>Calibration</h2>")
    table = page[start : page.index("</table>", start)]
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", each) for each in rows[1:]]
    assert [each[:4] for each in cells[:2]] == [
        ["all rows", "calibrated", "1,500", "465"],
        ["region: south", "drifting", "1,001", "301"],
    ]
    assert cells[1][-1] == '0.040<span class="span">0.020 to 0.060</span>'
    assert cells[2][1:4] == ["uncertified", "9", "1"]
    assert cells[2][-1] == ""


def test_segments_beyond_a_limit_are_counted() -> None:
    clauses = tuple(Clause(f"s{each}", "uncertified", each, 0, 0.1, 0.0) for each in range(60))
    overall = Clause(None, "uncertified", 60, 0, 0.1, 0.0)
    contract = Contract(overall, "2024-01-01T00:00:00Z", 0.1, "region", clauses)
    table, note = contract_table(contract)
    assert table.count("<tr>") == 1 + 1 + 50
    assert "region: s59" in table
    assert "region: s9<" not in table
    assert "10 smaller segments are in the bundle." in note


def test_long_lists_are_cut_and_say_so(evaluation: Any) -> None:
    trials = tuple(
        TrialRow(each, 9, loss, lowest)
        for each, (loss, lowest) in enumerate([(0.5, 0.5)] * 300 + [(0.4, 0.4)] + [(0.5, 0.4)] * 9)
    )
    made = plots(replace(evaluation, diagnostics=replace(DIAGNOSTICS, tuning=trials)))["tuning"]
    assert len(made.rows) == 201
    assert made.rows[-1][1] == "0.4000"
    assert "leaves out 109 trials" in made.says
    dropped = tuple((f"f{each}", "constant") for each in range(250))
    told = report(evaluation, replace(CONTEXT, dropped=dropped), UNDRAWN)
    assert told.count("<td>constant</td>") == 200
    assert "250 features were left out" in told
    assert "The first 200 are listed" in told


def test_scores_that_part_the_outcomes_perfectly_are_worth_no_number_of_rows() -> None:
    y = np.arange(400) % 2 == 0
    judged = evaluate("t", y, np.where(y, 0.9, 0.1), np.arange(400), {}, np.zeros(400, int))
    made = report(judged, ReportContext("Who?", "all", 0, 28, "by time", ()), UNDRAWN)
    assert " nan " not in made
    assert "judged on 400 rows of 400 customers" in made


def test_what_a_figure_shows_is_what_its_table_and_the_metrics_say(evaluation: Any) -> None:
    def lines(name: str) -> Any:
        return drawn(plots(evaluation)[name], evaluation).axes[0].lines

    (_, captured), (_, false), gap = (each.get_data() for each in lines("ks"))
    assert captured.tolist() == [each.captured for each in evaluation.curve]
    assert false.tolist() == [each.false_positive_rate for each in evaluation.curve]
    assert gap[1][1] - gap[1][0] == pytest.approx(evaluation.metrics["ks"].value, abs=0.01)
    south = next(each for each in evaluation.segments if each.segment == "south")
    told = [each.predicted for each in south.reliability]
    assert told in [each.get_data()[0].tolist() for each in lines("segment_1")]
    rows = plots(evaluation)["segment_1"].rows
    assert [each[2] for each in rows] == [number(each) for each in told]
    assert [int(each[1].replace(",", "")) for each in rows] == [
        each.rows for each in south.reliability
    ]
