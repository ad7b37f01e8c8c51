"""What a report and a model card say, and that figures, tables and metrics say the same."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.helpers.judged import CONTEXT, DIAGNOSTICS, UNDRAWN, judged
from training.calibration.contract import Clause, Contract
from training.judge.diagnostics import TrialRow
from training.judge.evaluate import evaluate
from training.judge.fairness import fairness
from training.judge.intervals import Interval
from training.report.card import card, card_markdown
from training.report.context import ReportContext
from training.report.drawing import drawn
from training.report.grouptables import contract_table, fairness_tables, period_words
from training.report.numbers import number
from training.report.page import report
from training.report.plots import plots


@pytest.fixture(scope="module")
def evaluation() -> Any:
    return judged()


@pytest.fixture(scope="module")
def page(evaluation: Any) -> Any:
    return report(evaluation, CONTEXT, UNDRAWN)


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
        "Slice train, 2017-01-01: 100 rows, 10 positive (10.0%).",
        "would have flattered the model",
        "- seed: 7",
    ):
        assert words in text, words
    assert "<script" not in text


def test_groups_left_out_of_a_measure_are_named_with_the_reason(evaluation: Any) -> None:
    level = np.repeat(np.array(["a", "b", "c"], dtype=object), [1000, 400, 60])
    y = np.arange(1460) % 5 == 0
    y[1004:1400] = False
    y[1400:1430] = True
    p = np.linspace(0.01, 0.9, 1460)
    found = fairness(y, p, np.arange(1460), {"x": level}, share=0.1, resamples=9, seed=0)
    told = replace(evaluation, fairness=found)
    page, text = report(told, CONTEXT, UNDRAWN), card_markdown("s", card(told, CONTEXT))
    rows = re.findall(r"<tr><t[hd][^>]*>x: b</t[hd]>.*?</tr>", page)
    (row,) = (each for each in rows if "left out" in each)
    assert re.findall(r"<td[^>]*>(?:<[^>]*>)*([^<]*)", row)[:2] == ["400", "1"]
    assert "left out: fewer than 20 positives" in row
    assert "in others (2 levels, in calibration)" in row
    assert "each level by itself" in page
    assert "- x: b (n = 400) is left out of 'positives on it': fewer than 20 positives" in text
    assert "- x: c (n = 60) is left out of 'on the list': fewer than 200 rows" in text
    alone = {"x": level[:1400]}
    found = fairness(y[:1400], p[:1400], np.arange(1400), alone, share=0.1, resamples=9, seed=0)
    told = replace(evaluation, fairness=found)
    page, text = report(told, CONTEXT, UNDRAWN), card_markdown("s", card(told, CONTEXT))
    assert re.search("x: told minus found</t[hd]>", page)
    assert "fewer than two groups are large enough" in page
    assert "- x, told minus found: fewer than two groups are large enough" in text
    assert (
        "- x: b (n = 400) is left out of 'positives on it', 'told minus found': fewer than 20"
        in text
    )


def test_one_period_is_a_sentence_and_no_figure(evaluation: Any) -> None:
    first, second = evaluation.stability
    one = replace(evaluation, stability=(first,), cutoffs=evaluation.cutoffs[:1])
    assert "stability" not in plots(one)
    made = report(one, CONTEXT, UNDRAWN)
    assert "Gini over time" not in made
    day = '<span class="date">1970-01-01</span>'
    assert made.count(f"The test slice has one period with rows enough for a Gini, {day}") == 2
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
        ["south", "drifting", "1,001", "301"],
    ]
    assert cells[1][-1] == '0.040<span class="span">0.020 to 0.060</span>'
    assert cells[2][1:4] == ["uncertified", "9", "1"]
    assert cells[2][-1] == ""


def test_segments_beyond_a_limit_are_counted() -> None:
    clauses = tuple(Clause(f"s{each}", "uncertified", each, 0, 0.1, 0.0) for each in range(60))
    overall = Clause(None, "uncertified", 60, 0, 0.1, 0.0)
    contract = Contract(overall, "2024-01-01T00:00:00Z", 0.1, "region", clauses)
    words, table, note = contract_table(contract)
    assert "the levels of region" in words
    assert table.count("<tr>") == 1 + 1 + 50
    assert ">s59<" in table
    assert ">s9<" not in table
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


def test_a_gap_of_too_few_customers_is_told_neither_within_nor_beyond_chance(
    evaluation: Any,
) -> None:
    fair = evaluation.fairness
    first = fair.gaps[0]
    unsure = replace(first, gap=Interval(first.gap.value, float("nan"), float("nan")))
    sure = replace(first, measure="fpr", gap=Interval(0.3, 0.1, 0.5))
    assert (unsure.beyond_chance, sure.beyond_chance) == (None, True)
    made = replace(evaluation, fairness=replace(fair, gaps=(unsure, sure)))
    text = card_markdown("shop.coffee", card(made, CONTEXT))
    assert ", of too few customers to tell it from chance" in text
    assert text.count(", beyond chance") == 1
    table = "".join(fairness_tables(made))
    assert "too few customers to say" in table
