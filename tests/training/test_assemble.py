import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.assemble import bands


def odds(share: float) -> float:
    return share / (1 - share)


@given(
    base=st.floats(0.001, 0.999),
    multiples=st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]), st.sampled_from([0.25, 0.5, 1.0, 3.0, 8.0])
    ).filter(lambda found: len(set(found.values())) == len(found)),
)
def test_bands_start_at_multiples_of_the_odds_and_fall_to_0(
    base: float, multiples: dict[str, float]
) -> None:
    found = bands(base, multiples)
    starts = [band.at_least for band in found]
    assert starts == sorted(set(starts), reverse=True)
    assert (found[-1].name, starts[-1]) == ("low", 0.0)
    assert {band.name for band in found[:-1]} == set(multiples)
    for band in found[:-1]:
        assert odds(band.at_least) == pytest.approx(multiples[band.name] * odds(base))


def test_the_order_in_which_bands_are_written_does_not_matter() -> None:
    written = {"medium": 1.0, "high": 3.0}
    assert bands(0.1, written) == bands(0.1, dict(reversed(written.items())))
    assert [band.name for band in bands(0.1, written)] == ["high", "medium", "low"]


def test_a_band_at_1_starts_at_the_base_rate() -> None:
    assert bands(0.3, {"medium": 1.0})[0].at_least == pytest.approx(0.3)
    assert [band.name for band in bands(0.3, {})] == ["low"]
