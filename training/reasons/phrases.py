"""What a feature says, in English and in Chinese, made from its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from features.conditions import Condition
from features.feature import Derived, Feature, Tally
from features.instants import plain
from features.windows import Window
from training.reasons.quantities import Quantity, is_part

Words: TypeAlias = Mapping[str, Mapping[str, str]]
"""Names of tables and columns, by language."""

_LABELS: Final = {
    "count": ("number of {events} {span}", "{span}{events}次数"),
    "total": ("total {column} of {events} {span}", "{span}{events}的{column}合计"),
    "mean": ("mean {column} of {events} {span}", "{span}{events}的平均{column}"),
    "median": ("median {column} of {events} {span}", "{span}{events}的{column}中位数"),
    "spread": ("spread of {column} of {events} {span}", "{span}{events}的{column}波动"),
    "largest": ("largest {column} of {events} {span}", "{span}{events}的最大{column}"),
    "smallest": ("smallest {column} of {events} {span}", "{span}{events}的最小{column}"),
    "days_since": ("days since the last of {events} {span}", "{span}距最近一次{events}"),
    "days_since_first": ("days since the first of {events} {span}", "{span}距第一次{events}"),
    "days_between": ("usual days between {events} {span}", "{span}两次{events}的通常间隔"),
    "longest_gap": ("longest pause between {events} {span}", "{span}两次{events}的最长间隔"),
    "irregularity": ("irregularity of {events} {span}", "{span}{events}间隔的不规则程度"),
    "active_days": ("days with {events} {span}", "{span}有{events}的天数"),
    "distinct": ("different {column} among {events} {span}", "{span}{events}的{column}种类数"),
    "novel": ("new {column} among {events} {span}", "{span}{events}中新出现的{column}数"),
    "entropy": ("variety of {column} among {events} {span}", "{span}{events}的{column}多样性"),
    "concentration": (
        "concentration of {events} on few {column} {span}",
        "{span}{events}的{column}集中度",
    ),
    "usual": ("most frequent {column} of {events} {span}", "{span}{events}最常见的{column}"),
    "of_usual": (
        "{column} at the most frequent one of {events} {span}",
        "{span}{events}最常去处的{column}",
    ),
    "levels": ("{column} held by {events} {span}", "{span}{events}的全部{column}"),
    "latest": ("last known {column} of {events} {span}", "{span}{events}最近的{column}"),
    "earliest": ("first {column} of {events} {span}", "{span}{events}最初的{column}"),
    "slope": ("trend of {column} of {events} {span}", "{span}{events}的{column}趋势"),
    "days_below_zero": ("days with {column} below 0 {span}", "{span}{column}低于 0 的天数"),
    "given": ("{column}", "{column}"),
    "days_since_largest": (
        "days since {column} of {events} was largest {span}",
        "{span}距{events}的{column}达到最大",
    ),
}
_OPERATIONS: Final = {
    "per": ("{0}, over {1}", "{0}与{1}之比"),
    "against": ("change from {1} to {0}", "{0}较{1}的变化"),
    "bend": ("change of the trend of {0}", "{0}变化的快慢"),
    "overdue": ("days beyond the usual pause: {0}", "{0}超出通常间隔"),
    "less": ("{0}, less {1}", "{0}减{1}"),
    "present": ("any: {0}", "有无：{0}"),
    "part": ("part of {0} in it and {1}", "{0}占其与{1}之和的比例"),
    "months": ("{0}, in months", "{0}（月）"),
    "band": ("class among customers by {0}", "按{0}的客户档次"),
    "alive": ("probability of still being a customer, from {0}", "仍为客户的概率（依据{0}）"),
    "expected": ("days with an event to expect, from {0}", "预计有活动的天数（依据{0}）"),
    "spend": ("spend to expect of a day, from {0}", "预计每日消费（依据{0}）"),
}
_TESTS: Final = {
    "in": "为",
    "not_in": "不为",
    "at_least": "不小于",
    "at_most": "不大于",
    "above": "大于",
    "below": "小于",
}


def label(feature: Feature, language: str, words: Words) -> str:
    """Name what a feature measures.

    Examples
    --------
    >>> from features.builders import count
    >>> label(count("visits", 28), "en", {}), label(count("visits", 28), "zh", {})
    ('Number of visits in the last 28 days', '最近 28 天「visits」次数')
    >>> label(count("visits", 28), "zh", {"visits": {"zh": "来访"}})
    '最近 28 天来访次数'
    """
    if language == "en":
        text = getattr(feature, "says", "") or _structure(feature, language, words)
        return text[:1].upper() + text[1:]
    return _structure(feature, language, words)


def forms(feature: Feature, quantity: Quantity, language: str, words: Words) -> dict[str, str]:
    """Write the texts of a feature: for values above and up to the middle, for 0 and for none.

    Examples
    --------
    >>> from features.rhythms import days_since
    >>> made = forms(days_since("purchases"), Quantity("days"), "zh", {"purchases": {"zh": "购买"}})
    >>> made["high"].format(value="40 天")
    '已有 40 天没有购买'
    """
    english = language == "en"
    if isinstance(feature, Tally) and not feature.says:
        events = braced(_events(feature, language, words))
        span = _span(feature.window, language)
        never = f"No {events} {span}" if english else f"{span}没有{events}"
        if feature.aggregate.name == "days_since" and feature.window.days is None:
            high = f"No {events} for {{value}}" if english else f"已有 {{value}}没有{events}"
            low = f"Last of {events} {{value}} ago" if english else f"{{value}}前有{events}"
            return {"high": high, "low": low, "none": never}
        if feature.aggregate.name == "count":
            what = braced(label(feature, language, words))
            return {**_plain(what, language, few=True), "zero": never}
    what = braced(label(feature, language, words))
    return _plain(what, language, few=quantity.kind in ("count", "money"))


def family(feature: Feature) -> str:
    """Name the measure that a feature looks at, whatever the window and the way of adding up.

    Examples
    --------
    >>> from features.builders import count, mean, total
    >>> family(count("visits", 28)) == family(count("visits", 91))
    True
    >>> family(total("visits", "spend", 28)), family(mean("visits", "spend", 91))
    ('amount of visits.spend', 'amount of visits.spend')
    """
    if isinstance(feature, Derived):
        parts = list(dict.fromkeys(family(each) for each in feature.inputs))
        if feature.operation.name == "per":
            return " over ".join(parts)
        return f"{feature.operation.name}: {', '.join(parts)}"
    name = feature.aggregate.name
    bounded = [each.column for each in feature.where if each.test not in ("in", "not_in")]
    if bounded:
        # How often a number was high says what the number itself says.
        return f"amount of {feature.table}.{bounded[0]}"
    groups = {
        **dict.fromkeys(("count", "active_days"), "number"),
        **dict.fromkeys(("total", "mean", "median", "largest", "smallest"), "amount"),
        **dict.fromkeys(("days_between", "longest_gap", "irregularity"), "rhythm"),
        **dict.fromkeys(("distinct", "entropy", "concentration", "novel"), "variety"),
    }
    group = "number" if name.startswith("streak") else groups.get(name, name.replace("_", " "))
    read = f"{feature.table}.{feature.column}" if feature.column else feature.table
    where = "".join(f" where {each.phrase}" for each in feature.where)
    return f"{group} of {read}{where}"


def _plain(what: str, language: str, *, few: bool) -> dict[str, str]:
    if language == "en":
        only = "only " if few else ""
        texts = ("{what}: {{value}}", f"{{what}}: {only}{{{{value}}}}", "{what}: not known")
    else:
        only = "仅 " if few else ""
        texts = ("{what}：{{value}}", f"{{what}}：{only}{{{{value}}}}", "{what}：未知")
    made = [text.format(what=what) for text in texts]
    return dict(zip(("high", "low", "none"), made, strict=True))


def _structure(feature: Feature, language: str, words: Words) -> str:
    place = 0 if language == "en" else 1
    if isinstance(feature, Derived):
        parts = [_structure(each, language, words) for each in feature.inputs]
        if is_part(feature):
            return f"share of {parts[0]} in all" if not place else f"{parts[0]}所占比例"
        phrase = _OPERATIONS.get(feature.operation.name, ("{0}", "{0}"))[place]
        return phrase.format(*parts)
    streak = feature.aggregate.name.startswith("streak_of_")
    phrases: Any = _LABELS.get(feature.aggregate.name)
    if streak:
        days = feature.aggregate.name.removeprefix("streak_of_").removesuffix("d")
        phrases = (
            f"periods of {days} days in a row with {{events}} {{span}}",
            f"{{span}}连续有{{events}}的 {days} 天周期数",
        )
    if phrases is None:
        return feature.description if not place else f"「{feature.name}」"
    text: str = phrases[place]
    return text.format(
        events=_events(feature, language, words),
        column=_noun(feature.column, language, words),
        span=_span(feature.window, language) if _spans(feature) else "",
    ).strip()


def _spans(feature: Tally) -> bool:
    """Tell whether to name the window: "so far" says something of amounts only."""
    endless = feature.window.days is None and not feature.window.lag
    return not endless or feature.aggregate.name in ("count", "total", "active_days", "distinct")


def _events(feature: Tally, language: str, words: Words) -> str:
    noun = _noun(feature.table, language, words)
    if not feature.where:
        return noun
    if language == "en":
        told = (_noun(each.column, "en", words) + _rest(each) for each in feature.where)
        return f"{noun} where {' and '.join(told)}"
    return f"{noun}（{'，'.join(_condition(each, words) for each in feature.where)}）"


def _rest(condition: Condition) -> str:
    return condition.phrase.removeprefix(condition.column)


def _condition(condition: Condition, words: Words) -> str:
    values = "、".join(
        plain(value) if isinstance(value, float) else str(value) for value in condition.values
    )
    return f"{_noun(condition.column, 'zh', words)}{_TESTS[condition.test]} {values}"


def _noun(name: str, language: str, words: Words) -> str:
    told = words.get(name, {}).get(language)
    if told:
        return told
    return name.replace("_", " ") if language == "en" else f"「{name}」" if name else ""


def _span(window: Window, language: str) -> str:
    lag = plain(window.lag)
    if window.days is None:
        if language == "en":
            return f"until {lag} days ago" if window.lag else "so far"
        return f"{lag} 天前为止" if window.lag else "迄今"
    days = plain(window.days)
    if language == "en":
        return (
            f"in the {days} days until {lag} days ago" if window.lag else f"in the last {days} days"
        )
    return f"{lag} 天前的 {days} 天内" if window.lag else f"最近 {days} 天"


def braced(text: str) -> str:
    """Keep the braces of a text that stands in a form.

    Examples
    --------
    >>> braced("{other}").format(value=3)
    '{other}'
    """
    return text.replace("{", "{{").replace("}", "}}")
