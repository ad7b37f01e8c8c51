"""Where a proof is kept, and whether it still speaks of the features as they are."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import CodeType
from typing import Any, Final

import features
from features.catalogue import Catalogue
from features.errors import StateError
from features.feature import Feature, Tally
from features.prove.proof import Proof, proof_from_json
from features.tables import Table
from features.whole import whole_file

FILE: Final = "proof.json"
"""Name of a proof in its home."""

NAMELESS: Final = "(not kept)"
"""Stands for the customer of an example in a proof that was kept."""

_OWN: Final = "features."


def keep(home: Path, proof: Proof) -> Path:
    """Write a proof over the one before, whole or not at all, and return its file.

    A file outlives a request to be forgotten: examples are kept without their customers.
    """
    path = home / FILE
    nameless = tuple(replace(each, customer=NAMELESS) for each in proof.culprits)
    proof = replace(proof, culprits=nameless)
    with whole_file(path) as partial_file:
        partial_file.write_text(json.dumps(proof.to_json(), indent=1) + "\n", encoding="utf-8")
    return path


def proof_of(
    home: Path,
    catalogue: Catalogue,
    tables: Sequence[Table] = (),
    code: Mapping[str, str] | None = None,
) -> Proof | None:
    """Read the proof of a project, and say where it no longer holds.

    Parameters
    ----------
    home : Path
        Folder of the project's proof.
    catalogue : Catalogue
        Features that are to be proven: all of the project's, or those of one task.
    tables : sequence of Table
        Contracts as they are now; left out, they are not compared.
    code : mapping of str to str, optional
        The code that the project brings now, see `features.prove.code.project_code`; left out, it
        is not compared.

    Returns
    -------
    Proof or None
        None when none was made. ``stale`` says why a proof no longer holds: features that are new
        or changed since, code that the project brings, contracts, or Foretell itself.

    Raises
    ------
    StateError
        When the file is damaged.
    """
    path = home / FILE
    if not path.exists():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        fault = f"{path} should hold a proof, came {error}; run `foretell prove` again"
        raise StateError(fault) from None
    proof = proof_from_json(value, str(path))
    reasons = [
        *_unlike("feature", proof.features, {each.name: fingerprint(each) for each in catalogue}),
        *_unlike("table", proof.tables, {each.name: contract(each) for each in tables}),
    ]
    if code is not None:
        reasons += _unlike("code", proof.code, code)
        gone = [name for name in proof.code if name not in code]
        reasons += [f"code '{name}' is not there any more" for name in gone]
    if proof.engine != engine():
        reasons.append("Foretell's own code is not what it was")
    return replace(proof, stale=tuple(reasons))


def fingerprint(feature: Feature) -> str:
    """Return a SHA-256 of a feature's definition and of the functions in it outside Foretell.

    A function is known by the file it stands in, so any edit of that file counts as a change; what
    it calls elsewhere is told by `features.prove.code`. What a feature learnt is no part of it:
    constants see nothing, and a bundle may have learnt others.
    """
    called = sorted({_code(each) for each in _functions(feature) if not _is_own(each)})
    return _digest([_unlearnt(feature).to_json(), called])


def _unlearnt(feature: Feature) -> Feature:
    if isinstance(feature, Tally):
        return feature
    inputs = tuple(_unlearnt(each) for each in feature.inputs)
    return replace(feature, inputs=inputs, parameters=None)


def contract(table: Table) -> str:
    """Return a SHA-256 of a table's contract."""
    return _digest(table.to_json())


@cache
def engine() -> str:
    """Return a SHA-256 of the code that makes vectors."""
    folder, digest = Path(str(features.__file__)).parent, hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder).as_posix()}:".encode() + file.read_bytes())
    return digest.hexdigest()


def _unlike(noun: str, proven: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name, digest in now.items():
        if name not in proven:
            yield f"{noun} '{name}' was not there"
        elif proven[name] != digest:
            yield f"{noun} '{name}' is not what it was"


def _functions(value: object) -> Iterator[Any]:
    """Find everything in a definition that is called, however deep."""
    if isinstance(value, partial):
        yield from _functions(value.func)
        yield from _functions(value.args)
        return
    if callable(value):
        yield value
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _functions(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _functions(item)


def _is_own(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(_OWN)


def _code(function: Any) -> str:
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        file = inspect.getsourcefile(type(function))
    if file is not None and Path(file).is_file():
        return _digest([getattr(function, "__qualname__", ""), Path(file).read_text("utf-8")])
    # Typed at a prompt: the compiled code is all there is.
    code = getattr(function, "__code__", None)
    return _digest(_plain(code) if isinstance(code, CodeType) else repr(type(function)))


def _plain(code: CodeType) -> list[Any]:
    consts = [_plain(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), consts]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
