"""Scores for other programs and for people: service, batch scores and lists."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.batch import score_all
    from serving.launch import command
    from serving.lists import Selection, make_list
    from serving.manifest import Manifest, read_manifest
    from serving.scorer import Reason, Scorer, Scores
    from serving.store import EventStore

__all__ = [
    "EventStore",
    "Manifest",
    "Reason",
    "Scorer",
    "Scores",
    "Selection",
    "command",
    "make_list",
    "read_manifest",
    "score_all",
]

_HOMES = {
    "EventStore": "store",
    "Manifest": "manifest",
    "Reason": "scorer",
    "Scorer": "scorer",
    "Scores": "scorer",
    "Selection": "lists",
    "command": "launch",
    "make_list": "lists",
    "read_manifest": "manifest",
    "score_all": "batch",
}


def __getattr__(name: str) -> Any:
    # LightGBM takes seconds to import: only who scores shall pay for it.
    if name not in _HOMES:
        raise AttributeError(f"module 'serving' has no attribute {name!r}")
    return getattr(import_module(f"serving.{_HOMES[name]}"), name)
