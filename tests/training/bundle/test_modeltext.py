"""Whatever is changed in a model text: refused here, or harmless to the native parser."""

import re
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import BundleError
from tests.helpers.learnable import COLUMNS, TRAIN
from training.bundle.modeltext import require_sound
from training.config import Config, Params
from training.fit import refit


@cache
def text() -> str:
    made: str = refit(
        TRAIN,
        COLUMNS,
        Params(min_data_in_leaf=5, learning_rate=0.3, lambda_l2=1, feature_fraction=0.7),
        Config(seed=3),
        6,
    ).model_to_string()
    return made


def replaced(pattern: str, new: str) -> str:
    changed, times = re.subn(pattern, new, text(), count=1, flags=re.MULTILINE)
    assert times == 1
    assert changed != text()
    # Sizes follow the change, as an attacker would see to it.
    head, trees = changed.split("\n\n", 1)
    blocks = re.split(r"(?=^Tree=)", trees.partition("end of trees")[0], flags=re.MULTILINE)
    sizes = " ".join(str(len(block.encode())) for block in blocks if block)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return f"{head}\n\n{trees}"


def test_what_lightgbm_writes_is_sound() -> None:
    assert "cat_threshold" in text()
    require_sound(text(), 3)
    stump = refit(TRAIN, COLUMNS, Params(min_data_in_leaf=5000), Config(), 1).model_to_string()
    assert "num_leaves=1\n" in stump
    require_sound(stump, 3)


@pytest.mark.parametrize(
    ("pattern", "new", "told"),
    [
        (r"\Atree", "three", "does not begin as a LightGBM model"),
        (r"^version=v4", "version=v9", "expected version=v4, came 'v9'"),
        (r"^num_class=1", "num_class=1000000000", "expected num_class=1"),
        (r"^objective=.*", "objective=regression", "expected objective=binary sigmoid:1"),
        (r"^version=v4", "version=v4\naverage_output=", "1 too many|'average_output'"),
        (r"^label_index=0\n", "", "lacks .'label_index'"),
        (r"^label_index=0", "label_index=0\nlabel_index=0", "a key stands twice"),
        (r"^max_feature_idx=2", "max_feature_idx=9", "expected max_feature_idx=2"),
        (r"^feature_names=noise ", "feature_names=", "feature_names must be 3"),
        (r"^feature_infos=\S+ ", "feature_infos=", "feature_infos must be 3"),
        (r"^num_leaves=7", "num_leaves=700000000", "tree 0: leaf_value must be 700000000 finite"),
        (r"^num_leaves=7", "num_leaves=-3", "tree 0: num_leaves, num_cat or is_linear"),
        (r"^num_leaves=7", "num_leaves=x", "tree 0: invalid literal"),
        (r"^num_leaves=7\n", "", "tree 0: its lines are not those of a tree: num_cat,"),
        (r"^num_cat=[1-9]", "num_cat=9", "cat_boundaries lead outside"),
        (r"^num_cat=0", "num_cat=9", "'cat_boundaries'"),
        (r"^leaf_weight=\S+ ", "leaf_weight=", "tree 0: leaf_weight must be 7 finite numbers"),
        (r"^leaf_count=", "\nleaf_count=", "tree 0: its lines are not those of a tree"),
        (r"^split_feature=\d", "split_feature=3", "tree 0: expected 6 positions from 0 up to 3"),
        (r"^split_feature=\d", "split_feature=-1", "tree 0: expected 6 positions from 0 up to 3"),
        (r"^split_feature=\d ", "split_feature=", "tree 0: expected 6 positions"),
        (r"^decision_type=\d+", "decision_type=13", "tree 0: expected 6 positions from 0 up to 12"),
        (r"^left_child=\S+", "left_child=99", "tree 0: expected 6 positions from -7 up to 6"),
        (r"^left_child=\S+", "left_child=0", "does not have exactly one parent"),
        (r"^right_child=\S+", "right_child=-99", "tree 0: expected 6 positions from -7 up to 6"),
        (r"^leaf_value=\S+", "leaf_value=nan", "tree 0: leaf_value must be 7 finite numbers"),
        (r"^threshold=\S+", "threshold=nan", "tree 0: threshold must be 6 numbers"),
        (r"^threshold=\S+ ", "threshold=", "tree 0: threshold must be 6 numbers"),
        (r"^cat_boundaries=0", "cat_boundaries=1", "cat_boundaries lead outside"),
        (r"^cat_boundaries=0 \d+", "cat_boundaries=0 999", "cat_boundaries lead outside"),
        (r"^cat_threshold=\d+", "cat_threshold=-5", "cat_threshold holds words"),
        (r"^is_linear=0", "is_linear=1", "tree 0: num_leaves, num_cat or is_linear"),
        (r"^shrinkage=\S+", "shrinkage=inf", "tree 0: shrinkage must be finite"),
        (r"^is_linear=0", "is_linear=0\nis_linear=0", "tree 0: its lines are not those of a tree"),
        (r"^Tree=1$", "Tree=7", "tree 1 does not stand where the header says"),
    ],
)
def test_a_change_of_structure_is_refused(pattern: str, new: str, told: str) -> None:
    with pytest.raises(BundleError, match=told):
        require_sound(replaced(pattern, new), 3)


def test_the_trees_end_where_the_header_says() -> None:
    with pytest.raises(BundleError, match="the trees do not end where the header says"):
        require_sound(text().replace("end of trees", "end of bees"), 3)


@pytest.mark.parametrize("lost", ["end of parameters", "pandas_categorical:null", "parameters:"])
def test_what_follows_the_trees_is_whole(lost: str) -> None:
    # The native parser ends the process where its parameters break off.
    for changed in (text().replace(f"\n{lost}", "\n"), text()[: text().index(f"\n{lost}")]):
        with pytest.raises(BundleError, match="what follows its trees is not whole"):
            require_sound(changed, 3)


def test_a_loop_apart_from_the_root_is_refused() -> None:
    # Every node and leaf has one parent, but the nodes 1 and 2 are each other's.
    tree = (
        "Tree=0\nnum_leaves=4\nnum_cat=0\nsplit_feature=0 0 0\nsplit_gain=1 1 1\n"
        "threshold=0 0 0\ndecision_type=2 2 2\nleft_child=-1 2 1\nright_child=-2 -3 -4\n"
        "leaf_value=0 0 0 0\nleaf_weight=1 1 1 1\nleaf_count=1 1 1 1\ninternal_value=0 0 0\n"
        "internal_weight=1 1 1\ninternal_count=1 1 1\nis_linear=0\nshrinkage=1\n\n\n"
    )
    head = re.sub(
        r"^tree_sizes=.*$", f"tree_sizes={len(tree)}", text().split("\n\n")[0], flags=re.MULTILINE
    )
    with pytest.raises(BundleError, match="a node stands before its parent"):
        require_sound(f"{head}\n\n{tree}end of trees\n", 3)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_text_is_refused(share: float) -> None:
    trees = text().index("end of trees")
    with pytest.raises((BundleError, ValueError)):
        require_sound(text()[: int(trees * share)], 3)


PROGRAM = """
import sys
import numpy as np, lightgbm
from lightgbm.basic import LightGBMError
rows = np.random.default_rng(0).normal(size=(200, 3)) * 3
for text in sys.stdin.read().split("\\x1e"):
    try:
        lightgbm.Booster(model_str=text).predict(rows, raw_score=True, num_threads=1)
    except LightGBMError:
        pass
print("alive")
"""

edits = st.tuples(st.floats(0, 0.999), st.sampled_from("0123456789-. =\nex"))


def test_what_is_let_through_does_not_end_the_native_parser() -> None:
    survivors: list[str] = []

    @settings(max_examples=300, database=None)
    @given(changes=st.lists(edits, min_size=1, max_size=3))
    def gather(changes: list[tuple[float, str]]) -> None:
        letters = list(text()[: text().index("parameters:")])
        for place, letter in changes:
            letters[int(place * len(letters))] = letter
        changed = "".join(letters) + text()[len(letters) :]
        try:
            require_sound(changed, 3)
        except (BundleError, KeyError, ValueError):
            return
        survivors.append(changed)

    gather()
    assert len(survivors) > 20
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\x1e".join(survivors),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stdout.splitlines()[-1:]) == (0, ["alive"])
