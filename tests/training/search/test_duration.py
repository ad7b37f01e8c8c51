import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DefinitionError
from training.search.duration import in_words, seconds
from training.search.settings import Search


@pytest.mark.parametrize(
    ("text", "span"),
    [("45s", 45), ("10m", 600), (" 2H ", 7200), ("1h30m", 5400), ("1d", 86_400), ("90m", 5400)],
)
def test_times_are_read(text: str, span: int) -> None:
    assert seconds(text) == span
    assert Search(budget=text).seconds == span


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a time such as 45s, 10m or 1h30m, got ''"),
        ("10", "expected a time such as 45s, 10m or 1h30m, got '10'; 10m are minutes"),
        ("10 minutes", "expected a time such as 45s, 10m or 1h30m, got '10 minutes'"),
        ("30m1h", "expected a time such as 45s, 10m or 1h30m, got '30m1h'"),
        ("-5m", "expected a time such as 45s, 10m or 1h30m, got '-5m'"),
        ("1.5h", "expected a time such as 45s, 10m or 1h30m, got '1.5h'"),
        ("٣m", "expected a time such as 45s, 10m or 1h30m, got '٣m'"),
        ("0s", "expected a time of 1s to 30d, got '0s'"),
        ("31d", "expected a time of 1s to 30d, got '31d'"),
    ],
)
def test_what_is_no_time_is_said(text: str, told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        seconds(text)
    assert caught.value.faults == (told,)


@given(st.integers(0, 40 * 86_400))
def test_words_lose_less_than_the_smaller_unit(span: int) -> None:
    units = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
    parts = in_words(span).split(" ")
    told = sum(int(count) * units[unit] for count, unit in zip(*[iter(parts)] * 2, strict=True))
    assert 0 <= span - told < units[parts[-1]]


def test_every_fault_of_the_settings_is_said() -> None:
    with pytest.raises(DefinitionError) as caught:
        Search(budget="soon", most=0, grace=0)
    assert str(caught.value) == (
        "search is not well defined:\n"
        "  - most must be 1 or more, got 0\n"
        "  - grace must be 1 or more, got 0\n"
        "  - budget: expected a time such as 45s, 10m or 1h30m, got 'soon'"
    )
