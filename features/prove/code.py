"""The code that a project brings: its folder, and modules from elsewhere that it imports."""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Final

import features

_FORETELL: Final = tuple(
    Path(str(features.__file__)).resolve().parents[1] / room
    for room in ("features", "training", "serving", "foretell")
)
_STANDARD: Final = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")
)
_INSTALLED: Final = {"site-packages", "dist-packages"}
_PASSED_OVER: Final = {*_INSTALLED, "__pycache__", "node_modules"}


def project_code(file: Path, modules: Iterable[str] = ()) -> dict[str, str]:
    """Return fingerprints of the code that a project brings.

    Parameters
    ----------
    file : Path
        Its ``project.py``.
    modules : iterable of str
        Names of modules that its import pulled in, whoever's they are. Those that import statements
        name, also inside functions, are found without.

    Returns
    -------
    dict of str to str
        SHA-256 by path below the project's folder, and by name of module for what lies elsewhere.
        The standard library, installed packages and Foretell itself are left out.
    """
    folder = file.resolve().parent
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*.py"))
        if not _is_passed_over(path, folder)
    }
    inside = set(found.values())
    pulled = {name: path for name in modules if (path := _file_of(name)) and _is_brought(path)}
    for name, path in sorted({**_imported(file.resolve()), **pulled}.items()):
        if path not in inside:
            found[f"module {name}"] = path
    return {
        label: hashlib.sha256(path.read_bytes()).hexdigest()
        for label, path in found.items()
        if path.is_file()
    }


def _imported(file: Path) -> dict[str, Path]:
    """Return the modules that a file imports and that are brought, and those that they import."""
    found: dict[str, Path] = {}
    waiting = [("", file)]
    while waiting:
        importer, path = waiting.pop()
        for name in _named(importer, path) if path.suffix == ".py" else ():
            place = None if name in found else _file_of(name)
            if place is not None and _is_brought(place):
                found[name] = place
                waiting.append((name, place))
    return found


def _named(importer: str, file: Path) -> Iterator[str]:
    """Yield the names of everything in a file that may be a module it imports."""
    package = importer.split(".") if file.stem == "__init__" else importer.split(".")[:-1]
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # It cannot be imported either.
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield from _prefixes(each.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            if base:
                yield from _prefixes(base)
                yield from (f"{base}.{each.name}" for each in node.names)


def _prefixes(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:many]) for many in range(1, len(parts) + 1))


def _file_of(name: str) -> Path | None:
    """Return the file of a module, and import nothing to find it."""
    module = sys.modules.get(name)
    if module is not None:
        file = getattr(module, "__file__", None)
    else:
        spec = _spec(name)
        file = spec.origin if spec is not None and spec.has_location else None
    return Path(file).resolve() if file else None


def _spec(name: str) -> ModuleSpec | None:
    above, _, _ = name.rpartition(".")
    if not above:
        return PathFinder.find_spec(name)
    package = _spec(above)
    places = None if package is None else package.submodule_search_locations
    return None if places is None else PathFinder.find_spec(name, list(places))


def _is_brought(path: Path) -> bool:
    if _INSTALLED & set(path.parts):
        return False
    return not any(path.is_relative_to(place) for place in (*_STANDARD, *_FORETELL))


def _is_passed_over(path: Path, folder: Path) -> bool:
    above = path.relative_to(folder).parts[:-1]
    return any(
        part in _PASSED_OVER or part.startswith(".") or (folder / part / "pyvenv.cfg").exists()
        for part in above
    )
