"""Counts of target rates that are damaged, or cannot be."""

import re
from typing import Any

import pytest

from features import usual
from features.errors import BundleError, DefinitionError
from training import target_rate
from training.encoding import Encoding, encoding_from_json

SHOP = usual("visits", "shop", 56)


def counted(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "rate": "visits_shop_usual_56d_rate_20",
        "settled_at": ["2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"],
        "levels": ["a", "b"],
        "rows": [[20, 1], [0, 30], [25, 40]],
        "yes": [[3, 0], [0, 7], [8, 9]],
    }
    return value | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hook": 1}, "unknown key 'hook'"),
        (
            {"rate": "other"},
            "the task defines no 'other'; it has ['visits_shop_usual_56d_rate_20']",
        ),
        ({"levels": ["b", "a"]}, "levels must ascend, each once"),
        ({"levels": ["a", 2]}, "levels must be texts"),
        ({"settled_at": ["2024-01-08", "2024-01-01"]}, "settled_at must ascend, each once"),
        ({"levels": ["a"]}, "rows must have 2 lines (levels and all) of 2 counts"),
        ({"rows": [[20], [0, 30], [25, 40]]}, "rows must have lines of one length"),
        ({"rows": [[20, 1.5], [0, 30], [25, 40]]}, "rows must hold whole numbers"),
        ({"yes": [[True, 0], [0, 7], [8, 9]]}, "yes must hold whole numbers"),
        ({"yes": [[-1, 0], [0, 7], [8, 9]]}, "yes must be from 0 to rows"),
        ({"yes": [[21, 0], [0, 7], [22, 9]]}, "yes must be from 0 to rows"),
        ({"rows": [[20, 1], [6, 30], [25, 40]]}, "rows of the levels must not exceed those of all"),
        ({"yes": [[3, 0], [0, 7], [2, 9]]}, "yes of the levels must not exceed those of all"),
    ],
)
def test_counts_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(words)):
        encoding_from_json(counted(**changes), [target_rate(SHOP)])


def test_missing_keys_of_counts_are_told() -> None:
    value = counted()
    del value["yes"], value["levels"]
    with pytest.raises(DefinitionError) as caught:
        encoding_from_json(value, [target_rate(SHOP)])
    assert caught.value.faults == ("missing key 'levels'", "missing key 'yes'")
    assert isinstance(encoding_from_json(counted(), [target_rate(SHOP)]), Encoding)
    assert not issubclass(DefinitionError, BundleError)
