"""The levels by which slices and groups are told."""

import numpy as np

from training.judge.levels import levels_of


def test_codes_are_levels_and_many_numbers_are_quarters() -> None:
    codes = np.array([3.0, 1.0, 5.0, 4.0, 2.0, np.nan, 4.0])
    names, places = levels_of(codes)
    assert names == ("1", "2", "3", "4", "5", "unknown")
    assert places.tolist() == [2, 0, 4, 3, 1, 5, 3]
    assert levels_of(np.array([0.5, 0.25]))[0] == ("0.25", "0.5")
    assert len(levels_of(np.arange(12.0))[0]) == 12
    names, places = levels_of(np.array([*range(13), np.nan]))
    assert names == ("up to 3", "above 3 to 6", "above 6 to 9", "above 9", "unknown")
    assert places.tolist() == [0] * 4 + [1] * 3 + [2] * 3 + [3] * 3 + [4]


def test_what_is_absent_is_apart_from_a_text_of_its_name() -> None:
    texts = np.array(["unknown"] * 3 + [None] * 2 + ["m"], dtype=object)
    names, places = levels_of(texts)
    assert names == ("unknown", "no value (unknown)", "m")
    assert places.tolist() == [0, 0, 0, 1, 1, 2]
    nested = np.array(["unknown", "no value (unknown)", None], dtype=object)
    assert len(levels_of(nested)[0]) == 3
