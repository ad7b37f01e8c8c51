"""A look at a LightGBM model file before the native parser, which trusts what it reads.

The parser follows child positions and array lengths as they stand in the text, and a damaged file
can end the process. So every position is held against its bounds here first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from features.errors import BundleError

_HEADER: Final = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "label_index": "0",
    "objective": "binary sigmoid:1",
}
_OPTIONAL: Final = {"monotone_constraints"}
_LISTS: Final = {"feature_names", "feature_infos", "tree_sizes", "max_feature_idx"}
_NODES: Final = ("split_gain", "internal_value", "internal_weight", "internal_count")
_LEAVES: Final = ("leaf_value", "leaf_weight", "leaf_count")
_LINES: Final = (
    *("num_leaves", "num_cat", "split_feature", "split_gain", "threshold", "decision_type"),
    *("left_child", "right_child", *_LEAVES, *_NODES[1:]),
)
_LAST: Final = ("is_linear", "shrinkage")
_TAIL: Final = re.compile(
    r"end of trees\n"
    r"\nfeature_importances:\n(?:[^\n=]+=[0-9]+\n)*"
    r"\nparameters:\n(?:\[[a-z0-9_]+: [^\n\]]*\]\n)+"
    r"\nend of parameters\n"
    r"\npandas_categorical:null\n?"
)
_CATEGORICAL: Final = 1
_DECISIONS: Final = 12
"""Decisions are a bit for categories, a bit for the side of nulls, and a kind of null below 3."""


def require_sound(text: str, features: int) -> None:
    """Refuse a model text whose positions lead outside its own arrays.

    Parameters
    ----------
    text : str
        LightGBM's text of a binary model.
    features : int
        Columns of the matrix.

    Raises
    ------
    BundleError
        With the tree and the first thing that is wrong.
    """
    content = text.encode()
    head, _, _ = content.partition(b"\n\n")
    lines = head.decode().split("\n")
    if lines[0] != "tree":
        raise BundleError("it does not begin as a LightGBM model")
    header = _pairs(lines[1:])
    _require_header(header, features)
    place = len(head) + 2
    for number, size in enumerate(_whole(header["tree_sizes"].split())):
        block = content[place : place + size].decode(errors="replace")
        if size < 1 or not block.startswith(f"Tree={number}\n"):
            raise BundleError(f"tree {number} does not stand where the header says")
        try:
            _require_tree(_lines(block), features)
        except (BundleError, KeyError, ValueError, OverflowError) as error:
            raise BundleError(f"tree {number}: {error}") from None
        place += size
    tail = content[place:].decode()
    if not tail.startswith("end of trees\n"):
        raise BundleError("the trees do not end where the header says")
    if not _TAIL.fullmatch(tail):
        raise BundleError("what follows its trees is not whole")


def _require_header(header: Mapping[str, str], features: int) -> None:
    strange = set(header) - set(_HEADER) - _LISTS - _OPTIONAL
    missing = (set(_HEADER) | _LISTS) - set(header)
    if strange or missing:
        raise BundleError(f"its header has {sorted(strange)} too many, lacks {sorted(missing)}")
    for key, wanted in _HEADER.items():
        if header[key] != wanted:
            raise BundleError(f"expected {key}={wanted}, came {header[key]!r}")
    if header["max_feature_idx"] != str(features - 1):
        raise BundleError(f"expected max_feature_idx={features - 1}")
    for key in ("feature_names", "feature_infos"):
        if len(header[key].split(" ")) != features:
            raise BundleError(f"{key} must be {features}")


def _require_tree(tree: Mapping[str, str], features: int) -> None:
    (leaves,), (categories,) = _whole([tree["num_leaves"]]), _whole([tree["num_cat"]])
    if leaves < 1 or categories < 0 or tree.get("is_linear") != "0":
        raise BundleError("num_leaves, num_cat or is_linear is out of range")
    for name in (*_LEAVES, *_NODES):
        length = leaves if name in _LEAVES else leaves - 1
        values = np.array(tree[name].split(), dtype=np.float64)
        # A tree of one leaf says nothing of its weight.
        absent = leaves == 1 and name != "leaf_value" and not len(values)
        if (len(values) != length and not absent) or not np.isfinite(values).all():
            raise BundleError(f"{name} must be {length} finite numbers")
    if not np.isfinite(float(tree["shrinkage"])):
        raise BundleError("shrinkage must be finite")
    if leaves == 1:
        return
    split = _within(tree["split_feature"], leaves - 1, 0, features)
    decisions = _within(tree["decision_type"], leaves - 1, 0, _DECISIONS)
    left = _within(tree["left_child"], leaves - 1, -leaves, leaves - 1)
    right = _within(tree["right_child"], leaves - 1, -leaves, leaves - 1)
    _require_one_parent(left + right, leaves)
    thresholds = [float(value) for value in tree["threshold"].split()]
    if len(thresholds) != len(split) or any(value != value for value in thresholds):
        raise BundleError(f"threshold must be {len(split)} numbers")
    _require_categories(tree, decisions, thresholds, categories)


def _require_one_parent(children: Sequence[int], leaves: int) -> None:
    # With as many children as places below the root, each once, only a loop apart from the root
    # could remain; a child that stands after its parent cannot be in one.
    if sorted(children) != sorted([*range(-leaves, 0), *range(1, leaves - 1)]):
        raise BundleError("a node or leaf does not have exactly one parent")
    half = len(children) // 2
    if any(0 < child <= place % half for place, child in enumerate(children)):
        raise BundleError("a node stands before its parent")


def _require_categories(
    tree: Mapping[str, str], decisions: Sequence[int], thresholds: Sequence[float], categories: int
) -> None:
    asked = [
        value for value, kind in zip(thresholds, decisions, strict=True) if kind & _CATEGORICAL
    ]
    if any(value not in range(categories) for value in asked):
        raise BundleError("a split reads categories that are not there")
    if categories:
        bounds = _whole(tree["cat_boundaries"].split())
        words = _whole(tree["cat_threshold"].split())
        rising = all(low <= high for low, high in pairwise(bounds))
        if len(bounds) != categories + 1 or bounds[0] or not rising or bounds[-1] != len(words):
            raise BundleError("cat_boundaries lead outside cat_threshold")
        if any(not 0 <= word < 2**32 for word in words):
            raise BundleError("cat_threshold holds words that are out of range")


def _within(text: str, length: int, low: int, high: int) -> list[int]:
    values = _whole(text.split())
    if len(values) != length or any(not low <= value < high for value in values):
        raise BundleError(f"expected {length} positions from {low} up to {high}, came {text[:60]}")
    return values


def _whole(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts]


def _lines(block: str) -> dict[str, str]:
    """Read the lines of a tree, which stand in one order and end with two empty ones."""
    lines = block.split("\n")[1:]
    pairs = [line.partition("=") for line in lines[:-3]]
    keys = tuple(key for key, _, _ in pairs)
    categories = ("cat_boundaries", "cat_threshold")
    known = ((*_LINES, *_LAST), (*_LINES, *categories, *_LAST))
    if lines[-3:] != ["", "", ""] or keys not in known:
        raise BundleError(f"its lines are not those of a tree: {', '.join(keys)[:200]}")
    return {key: value for key, _, value in pairs}


def _pairs(lines: Sequence[str]) -> dict[str, str]:
    parts = [line.partition("=") for line in lines if line]
    if len({key for key, _, _ in parts}) < len(parts):
        raise BundleError("a key stands twice")
    return {key: value for key, _, value in parts}
