"""Columns that tell the outcome alone."""

import weakref
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.arrays import Values
from features.errors import DefinitionError
from tests.helpers.sliced import made
from training.guard import Guard, LeakError, alone, guarded, require_no_leak

RANDOM = np.random.default_rng(4)
LABEL = RANDOM.random(2_000) < 0.2
NOISE = RANDOM.normal(size=2_000)
STRONG = NOISE + 2.5 * LABEL


def refusal(columns: dict[str, Values], guard: Guard | None = None) -> str:
    with pytest.raises(LeakError) as caught:
        require_no_leak("default", {"train": (columns, LABEL)}, guard or Guard())
    return str(caught.value)


def test_a_number_counts_in_its_order_whichever_way() -> None:
    exact = roc_auc_score(LABEL, STRONG)
    found = alone({"up": STRONG, "down": -STRONG, "noise": NOISE}, LABEL)
    assert found["up"] == pytest.approx(exact, abs=0.01)
    assert found["up"] >= exact
    assert found["down"] == pytest.approx(found["up"], abs=0.005)
    assert [*found][-1] == "noise"
    assert found["noise"] < 0.55


def test_bins_levels_and_empty_cells_are_seen() -> None:
    bump = np.where(LABEL, RANDOM.normal(0, 0.1, 2_000), RANDOM.choice([-3.0, 3.0], 2_000))
    empty = np.where(LABEL, np.nan, NOISE)
    level = np.where(LABEL, "late", RANDOM.choice(["a", "b"], 2_000)).astype(object)
    found = alone({"bump": bump, "empty": empty, "level": level}, LABEL)
    assert min(found.values()) > 0.99


def test_names_of_single_rows_gain_nothing() -> None:
    names = np.array([f"n{n}" for n in range(2_000)], dtype=object)
    assert alone({"name": names}, LABEL)["name"] == 0.5


def test_a_copy_of_the_label_is_named_with_what_to_do() -> None:
    told = refusal({"fine": NOISE, "paid": LABEL.astype(float)})
    assert "'paid': AUC 1.0000 alone, a copy of the label in 'train'" in told
    assert "'fine'" not in told
    assert '[guard]\nallow = ["paid"]' in told


def test_a_column_far_ahead_of_the_rest_is_named() -> None:
    ahead = {"ahead": STRONG, "noise": NOISE}
    assert alone(ahead, LABEL)["ahead"] > 0.95
    assert "'ahead': AUC 0.9" in refusal(ahead)
    # Beside another that tells much it is believed.
    rival = NOISE + 1.5 * LABEL
    columns = {"ahead": STRONG, "rival": rival}
    require_no_leak("default", {"train": (columns, LABEL)}, Guard())


def test_a_leak_with_copies_of_itself_is_named_with_them() -> None:
    columns = {"leak": STRONG, "leak_eur": 1.1 * STRONG, "noise": NOISE}
    told = refusal(columns)
    assert "'leak': AUC 0.9" in told
    assert "'leak_eur': AUC 0.9" in told
    # Two columns alone stand beside no other, so nothing is far ahead of them.
    require_no_leak("default", {"train": ({"a": STRONG, "b": STRONG}, LABEL)}, Guard())


def test_all_slices_that_teach_or_choose_are_guarded() -> None:
    rows, roles = made()
    found = guarded(rows, roles)
    assert [*found] == ["train", "stop", "calibrate"]
    for name, (columns, label) in found.items():
        assert np.array_equal(label, rows.label[roles[name]])
        assert len(columns["visits_count_14d"]) == int(roles[name].sum())


def test_what_was_looked_at_is_allowed() -> None:
    columns = {"paid": LABEL.astype(float), "noise": NOISE}
    require_no_leak("default", {"train": (columns, LABEL)}, Guard(allow=("paid",)))
    with pytest.raises(DefinitionError, match=r"at_most must be above 0\.5 and up to 1, got 0"):
        Guard(at_most=0)


def test_few_outcomes_prove_nothing() -> None:
    few = np.arange(2_000) < 19
    require_no_leak("default", {"train": ({"copy": few.astype(float)}, few)}, Guard())


def test_a_column_that_leaks_from_some_day_on_is_named_with_the_slice() -> None:
    later = {"fine": NOISE, "late": LABEL.astype(float)}
    slices = {"train": ({"fine": NOISE, "late": NOISE}, LABEL), "stop": (later, LABEL)}
    told = r"'late': AUC 1\.0000 alone, a copy of the label in 'stop'"
    with pytest.raises(LeakError, match=told):
        require_no_leak("default", slices, Guard())
    # What is far ahead in a later slice alone may be so by chance.
    ahead = {"ahead": STRONG, "noise": RANDOM.normal(size=2_000)}
    slices = {"train": ({"ahead": NOISE, "noise": NOISE}, LABEL), "stop": (ahead, LABEL)}
    require_no_leak("default", slices, Guard())


def test_a_column_that_leaks_where_it_is_filled_in_is_named() -> None:
    seen = np.arange(2_000) % 4 == 0
    some = np.where(seen, 3.0 * LABEL + NOISE / 100, np.nan)
    texts = np.where(LABEL, "late", "paid").astype(object)
    texts[~seen] = None
    assert alone({"some": some}, LABEL)["some"] < 0.8
    told = refusal({"some": some, "texts": texts, "fine": NOISE})
    assert "'some': AUC 1.0000 alone on the 500 rows that have it in 'train'" in told
    assert "'texts': AUC 1.0000 alone on the 500 rows that have it" in told
    # Too few of them prove nothing.
    rare = np.where(np.arange(2_000) < 60, LABEL.astype(float), np.nan)
    require_no_leak("default", {"train": ({"rare": rare, "fine": NOISE}, LABEL)}, Guard())


@pytest.mark.parametrize("part", [0.15, 0.9])
def test_a_column_that_stands_only_where_the_outcome_is_yes_is_named(part: float) -> None:
    filled = LABEL & (RANDOM.random(2_000) < part)
    texts = np.full(2_000, None, dtype=object)
    texts[filled] = "closed"
    numbers = np.where(filled, NOISE, np.nan)
    told = refusal({"texts": texts, "numbers": numbers, "noise": NOISE})
    assert f"'texts': the outcome is always yes on the {filled.sum():,} rows that have it" in told
    assert "'numbers': the outcome is always yes" in told
    # One that some of the others have too is an honest one.
    honest = np.where(filled | (np.arange(2_000) % 50 == 0), NOISE, np.nan)
    require_no_leak("default", {"train": ({"honest": honest, "noise": NOISE}, LABEL)}, Guard())


def test_a_column_that_is_set_only_where_the_outcome_is_yes_is_named() -> None:
    random = np.random.default_rng(9)
    filled = LABEL & (random.random(2_000) < 0.4)
    note = np.where(filled, np.where(NOISE > 0, "legal", "sold"), "ok").astype(object)
    told = refusal({"note": note, "flag": filled.astype(np.float64), "noise": NOISE})
    rows = f"{filled.sum():,} rows"
    assert f"'note': the outcome is always yes on the {rows} where it is not 'ok'" in told
    assert f"'flag': the outcome is always yes on the {rows} where it is not 0" in told
    kinds = np.array(["a", "b", "c"], dtype=object)[random.integers(0, 3, 2_000)]
    level = np.where(filled, "sold", kinds).astype(object)
    told = refusal({"level": level, "noise": NOISE})
    assert f"'level': the outcome is always yes on the {rows} where it is 'sold'" in told
    # One of them with the other outcome, and it may be known before.
    note[np.flatnonzero(~LABEL)[:2]] = ["legal", "sold"]
    level[np.flatnonzero(~LABEL)[0]] = "sold"
    safe = np.where(~LABEL & (random.random(2_000) < 0.3), 1.0, 0.0)
    columns = {"note": note, "level": level, "safe": safe, "noise": NOISE}
    require_no_leak("default", {"train": (columns, LABEL)}, Guard())


def test_a_column_that_stands_only_where_the_outcome_is_no_is_named() -> None:
    stayed = ~LABEL & (RANDOM.random(2_000) < 0.9)
    told = refusal({"renewed": np.where(stayed, NOISE, np.nan), "noise": NOISE})
    assert f"'renewed': the outcome is always no on the {stayed.sum():,} rows that have it" in told
    # Few of those who stayed may all have what is rare.
    few = ~LABEL & (RANDOM.random(2_000) < 0.3)
    columns = {"few": np.where(few, NOISE, np.nan), "noise": NOISE}
    require_no_leak("default", {"train": (columns, LABEL)}, Guard())


class Asked(Mapping[str, Values]):
    """Columns that are made when they are asked for, as those of rows in files are."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Values]] = []

    def __getitem__(self, name: str) -> Values:
        assert not [each for each in self.made if each() is not None], "one at a time is held"
        values = np.where(RANDOM.random(2_000) < 0.5, NOISE, np.nan)
        self.made.append(weakref.ref(values))
        return values

    def __iter__(self) -> Iterator[str]:
        return iter("abcde")

    def __len__(self) -> int:
        return 5


def test_each_column_is_read_once_and_none_is_held() -> None:
    columns = Asked()
    require_no_leak("default", {"train": (columns, LABEL)}, Guard())
    assert len(columns.made) == 5
    # The other reader of columns alone does so too.
    assert len(alone(columns, LABEL)) == 5
