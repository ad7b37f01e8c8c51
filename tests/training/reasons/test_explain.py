"""Reasons: plain words in two languages, one fact said once, and only what may be said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.builders import count, largest, latest, mean, total
from features.catalogue import Catalogue
from features.conditions import at_least
from features.errors import BundleError, DefinitionError
from features.kernel import Vectors
from features.recipes import ratio, share
from features.rhythms import days_between, days_since
from tests.helpers import bundles
from tests.helpers.explained import rows_and_bundle, with_settings
from training.bundle import Bundle, read_bundle, write_bundle
from training.reasons.lint import lint
from training.reasons.phrasebook import Entry, phrasebook
from training.reasons.phrases import family, forms, label
from training.reasons.quantities import Quantity
from training.reasons.settings import Reasons, read_texts
from training.reasons.written import reasons_toml


@pytest.fixture(scope="module")
def made() -> tuple[Bundle, Vectors]:
    return rows_and_bundle()


@pytest.mark.parametrize(
    ("feature", "english", "chinese"),
    [
        (count("visits", 28), "Number of visits in the last 28 days", "最近 28 天来访次数"),
        (
            total("visits", "spend", 30, lag=15),
            "Total spend of visits in the 30 days until 15 days ago",
            "15 天前的 30 天内来访的「spend」合计",
        ),
        (
            ratio(days_since("visits"), days_between("visits")),
            "Days since the last of visits, over usual days between visits",
            "距最近一次来访与两次来访的通常间隔之比",
        ),
        (
            share("visits", "shop", "NORTH", 91),
            "Share of number of visits where shop is NORTH in the last 91 days in all",
            "最近 91 天来访（「shop」为 NORTH）次数所占比例",
        ),
        (
            latest("clients", "city").named("town", "Home town"),
            "Home town",
            "「clients」最近的「city」",
        ),
    ],
)
def test_a_feature_is_named_in_both_languages(feature: Any, english: str, chinese: str) -> None:
    words = {"visits": {"zh": "来访"}}
    assert label(feature, "en", words) == english
    assert label(feature, "zh", words) == chinese


def test_windows_of_one_measure_are_one_fact() -> None:
    assert family(total("visits", "spend", 28)) == family(largest("visits", "spend", 91))
    assert family(count("visits", 28)) != family(count("visits", 28, where={"shop": "NORTH"}))
    assert family(count("visits", 28)) != family(days_since("visits"))
    late = {"overdue": at_least(1)}
    assert family(count("bills", 91, where=late)) == family(largest("bills", "overdue", 28))
    assert family(days_since("bills", where=late)) == family(mean("bills", "overdue", 91))


@pytest.mark.parametrize(
    ("kind", "decimals", "value", "english", "chinese"),
    [
        ("days", 2, 1.0, "1 day", "1 天"),
        ("days", 2, 40.04, "40 days", "40 天"),
        ("days", 2, 0.1, "2 hours", "2 小时"),
        ("days", 2, 0.04, "1 hour", "1 小时"),
        ("days", 2, 0.01, "less than an hour", "不到 1 小时"),
        ("days", 2, -0.25, "-6 hours", "-6 小时"),
        ("days", 2, 0.99, "1 day", "1 天"),
        ("days", 2, 0.0, "0 days", "0 天"),
        ("months", 2, 3.25, "3.2 months", "3.2 个月"),
        ("money", 2, 1234.5, "1,234.50", "1,234.50"),
        ("money", 0, -1234.0, "-1,234", "-1,234"),
        ("share", 2, 0.1234, "12.3 %", "12.3%"),
        ("count", 2, 1200.0, "1,200", "1,200"),
        ("number", 2, 0.5, "0.5", "0.5"),
        ("flag", 2, 0.0, "no", "否"),
        ("text", 2, "Bonn", "Bonn", "Bonn"),
    ],
)
def test_values_carry_their_units(
    kind: Any, decimals: int, value: Any, english: str, chinese: str
) -> None:
    quantity = Quantity(kind, decimals)
    assert (quantity.shown(value, "en"), quantity.shown(value, "zh")) == (english, chinese)


def test_braces_of_the_data_are_no_places_to_fill_in() -> None:
    odd = count("visits", 28, where={"shop": "{other}"})
    texts = forms(odd, Quantity("count"), "en", {})
    assert texts["zero"].format(value="") == "No visits where shop is {other} in the last 28 days"
    since = forms(days_since("visits", where={"shop": "{other}"}), Quantity("days"), "zh", {})
    assert "{other}" in since["high"].format(value="3 天")


def test_values_above_and_below_the_middle_of_nothing_and_none_read_differently(
    made: tuple[Bundle, Vectors],
) -> None:
    bundle, _ = made
    since, often = (_entry(bundle, name) for name in ("visits_days_since_ever", "visits_count_28d"))
    assert since.middle is not None
    assert since.say(since.middle + 40, "en").startswith("No visits for ")
    assert since.say(since.middle - 0.5, "en").endswith(" ago")
    assert since.say(0.1, "en") == "Last of visits 2 hours ago"
    assert since.say(0.1, "zh") == "2 小时前有「visits」"
    assert since.say(0.01, "en") == "Last of visits less than an hour ago"
    assert since.say(None, "zh") == "迄今没有「visits」"
    assert often.say(0.0, "en") == "No visits in the last 28 days"
    assert often.say(0.0, "zh") == "最近 28 天没有「visits」"


def _entry(bundle: Bundle, name: str) -> Entry:
    table = bundle.tables[0]
    feature = days_since(table) if "since" in name else count(table, 28)
    told = {name: {"edges": [2.0, 5.0, 9.0]}}
    return phrasebook([feature], bundle.tables, (), told, Reasons())[name]


def test_a_refusal_says_what_raises_the_risk_each_fact_once(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    explainer = with_settings(bundle, purpose="adverse")
    effects = explainer.attribute(explainer.bundle.matrix(rows))[:, :-1]
    assert max(map(len, explainer.groups)) > 1
    families = {entry.name: entry.family for entry in explainer.entries}
    places = {entry.name: place for place, entry in enumerate(explainer.entries)}
    said = explainer.reasons(rows, top=10)
    assert max(map(len, said)) > 1
    for row, reasons in enumerate(said):
        assert len(reasons) <= 4
        assert len({families[each.feature] for each in reasons}) == len(reasons)
        for each in reasons:
            assert each.direction == "raises"
            whole = sum(
                effects[row, place]
                for name, place in places.items()
                if families[name] == families[each.feature]
            )
            assert each.effect == pytest.approx(whole, abs=1e-12)
            assert effects[row, places[each.feature]] > 0


def test_a_refusal_is_not_filled_up_with_what_hardly_matters(made: tuple[Bundle, Vectors]) -> None:
    bundle, _ = made
    explainer = with_settings(bundle, purpose="adverse")
    effects = np.zeros((4, len(explainer.entries)))
    (first, *_), (second, *_), (third, *_) = explainer.groups[:3]
    effects[0, [first, second, third]] = 1.0, 0.06, 0.04
    effects[1, [first, second, third]] = 0.009, 0.011, -1.0
    effects[2, first] = 0.009
    told = [[int(group[0]) for group in row] for row in explainer.chosen(effects, 4)]
    assert told == [[first, second], [second], [], []]
    both = with_settings(bundle).chosen(effects, 4)
    assert [len(row) for row in both] == [3, 3, 1, 0]


def test_reasons_of_any_score_name_both_directions(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    said = with_settings(bundle).reasons(rows, top=5)
    assert {each.direction for row in said for each in row} == {"raises", "lowers"}


def test_what_is_protected_is_never_a_reason(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    open_ = with_settings(bundle, purpose="adverse").reasons(rows, 4)
    name = open_[0][0].feature
    closed = with_settings(bundle, purpose="adverse", protected=(name,))
    assert any(each.feature == name for row in open_ for each in row)
    assert not any(name in each.features for row in closed.reasons(rows, 4) for each in row)
    assert any("reads what is protected" in fault for fault in lint(closed, rows).faults)


def test_a_reason_is_the_same_alone_and_among_others(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    explainer = with_settings(bundle, purpose="adverse")
    together = explainer.reasons(rows, 4, "zh")
    alone = [explainer.reasons(rows.take(np.array([row])), 4, "zh")[0] for row in range(len(rows))]
    assert alone == together


def test_an_unknown_language_is_refused(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    with pytest.raises(DefinitionError, match="language must be 'en' or 'zh', got 'de'"):
        with_settings(bundle).reasons(rows, 3, "de")


def test_reviewed_texts_are_used_and_others_are_made(made: tuple[Bundle, Vectors]) -> None:
    bundle, rows = made
    name = with_settings(bundle).reasons(rows, 1)[0][0].feature
    own = {"en": {form: f"Mine ({form}): {{value}}" for form in ("high", "low", "zero", "none")}}
    own["zh"] = {"high": "我的：{value}", "low": "我的：{value}", "none": "无"}
    texts = {"features": {name: {"reviewed": True, **own}}}
    # Nobody wrote what is said of a 0 in Chinese.
    assert not with_settings(bundle, texts=texts).reasons(rows, 1)[0][0].reviewed
    own["zh"]["zero"] = "没有"
    for reviewed in (False, True):
        texts = {"features": {name: {"reviewed": reviewed, **own}}}
        told = with_settings(bundle, texts=texts).reasons(rows, 1)[0][0]
        assert told.reviewed is reviewed
        assert told.text.startswith("Mine (") is reviewed


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"purpose": "praise"}, "reasons.purpose must be 'any' or 'adverse', got 'praise'"),
        ({"most": 5}, "reasons.most must be 1 to 4, got 5"),
        ({"protected": (3,)}, "reasons.protected must hold names, got 3"),
        ({"texts": {"more": {}}}, "unknown table 'more'; known are words, features"),
        ({"texts": {"words": {"a": "b"}}}, "words.a must give texts by language"),
        ({"texts": {"features": {"a": 1}}}, "features.a must be a table, got 1"),
        ({"texts": {"features": {"a": {"de": {}}}}}, "unknown key 'features.a.de'; known are"),
        ({"texts": {"features": {"a": {"reviewed": 1}}}}, "reviewed must be true or false, got 1"),
        ({"texts": {"features": {"a": {"family": ""}}}}, "family must be a text, got ''"),
        ({"texts": {"features": {"a": {"en": 1}}}}, "en must be a table of texts, got 1"),
        ({"texts": {"features": {"a": {"en": {"big": "x"}}}}}, "unknown form 'features.a.en.big'"),
        ({"texts": {"features": {"a": {"en": {"high": " "}}}}}, "en.high must be a text, got ' '"),
        (
            {"texts": {"features": {"a": {"en": {"high": "{name}"}}}}},
            "only {value} is filled in, got {name} in '{name}'",
        ),
        ({"texts": {"features": {"a": {"en": {"high": "{"}}}}}, "write {{ for a brace"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: Any, words: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Reasons(**settings)
    assert words in str(caught.value)


def test_a_written_file_reads_back_and_keeps_what_was_reviewed(
    made: tuple[Bundle, Vectors], tmp_path: Path
) -> None:
    bundle, _ = made
    path, features = tmp_path / "reasons.toml", tuple(Catalogue(bundle.catalogue))
    book = phrasebook(features, bundle.tables, (), {}, Reasons())
    name = features[0].name
    path.write_text(reasons_toml(book, iter(["visits"]), {}), encoding="utf-8")
    texts = read_texts(path)
    assert set(texts["features"]) == set(book)
    assert not any(told["reviewed"] for told in texts["features"].values())
    texts["features"][name] |= {
        "reviewed": True,
        "family": "mine",
        "en": {"high": 'so "so" {value}'},
    }
    texts["words"]["visits"] = {"en": "visit", "zh": "来访"}
    path.write_text(reasons_toml(book, iter(["visits"]), texts), encoding="utf-8")
    again = read_texts(path)
    assert again["features"][name] == texts["features"][name]
    assert again["words"]["visits"] == {"en": "visit", "zh": "来访"}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "reasons.toml"
    assert read_texts(path) == {}
    path.write_text("words = ")
    with pytest.raises(DefinitionError, match="this is no TOML"):
        read_texts(path)
    path.write_text("words = 3")
    with pytest.raises(DefinitionError, match="'words' must be a table, got 3"):
        read_texts(path)


def test_a_bundle_carries_what_was_said_and_refuses_what_cannot_be(
    made: tuple[Bundle, Vectors], tmp_path: Path
) -> None:
    bundle, _ = made
    golden = bundles.learnt()[2].vectors
    settings = Reasons(purpose="adverse", most=2, protected=("age",)).to_json()
    write_bundle(replace(bundle, reasons=settings), golden, tmp_path / "a")
    assert read_bundle(tmp_path / "a").reasons == settings
    write_bundle(replace(bundle, reasons={}), golden, tmp_path / "old")
    assert read_bundle(tmp_path / "old").reasons == Reasons().to_json()
    write_bundle(replace(bundle, reasons={"mood": 1}), golden, tmp_path / "b")
    with pytest.raises(BundleError, match="unknown key 'mood'"):
        read_bundle(tmp_path / "b")
