"""The command that says whether this machine and this folder are ready."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import typer

from foretell.arguments import HERE, Home, Json
from foretell.console import FAULT, show_json, show_table

PACKAGES: Final = {
    "duckdb": "foretell",
    "lightgbm": "foretell[train]",
    "mlflow": "foretell[train]",
    "optuna": "foretell[train]",
    "bentoml": "foretell[serve]",
}
"""Packages that commands need, and what brings them."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty when it is well."""

    name: str
    found: str
    remedy: str = ""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog="Example: foretell doctor")(doctor)


def doctor(home: Home = HERE, as_json: Json = False) -> None:
    """Look at packages and champions, and say what to mend."""
    findings = [*machine(), *registry(home / "mlruns")]
    if as_json:
        show_json([vars(each) for each in findings])
    else:
        rows = [[each.name, each.found, each.remedy or "well"] for each in findings]
        show_table("Doctor", ["looked at", "found", "remedy"], rows)
    if any(each.remedy for each in findings):
        raise typer.Exit(FAULT)


def machine() -> Iterator[Finding]:
    """Look at Python and the packages."""
    old = sys.version_info < (3, 11)
    yield Finding("python", platform.python_version(), "install 3.11 or newer" if old else "")
    for name, bringer in PACKAGES.items():
        try:
            yield Finding(name, version(name))
        except PackageNotFoundError:
            yield Finding(name, "not installed", f"pip install '{bringer}'")


def registry(mlruns: Path) -> Iterator[Finding]:
    """Look at the record of trainings, and verify every champion."""
    database = mlruns / "mlflow.db"
    if not database.exists():
        yield Finding("registry", f"{database} is not there", "run `foretell train PROJECT`")
        return
    yield Finding("registry", str(database))
    entries = (mlruns / "champions").glob("*/[!.]*")
    champions = sorted(entry for entry in entries if entry.is_dir())
    if not champions:
        yield Finding("champions", "none", "run `foretell promote PROJECT TASK`")
    from features.errors import BundleError
    from training.bundle import read_bundle

    for folder in champions:
        name = f"{folder.parent.name}.{folder.name}"
        try:
            yield Finding(name, f"bundle {read_bundle(folder).digest[:12]} verified")
        except BundleError as error:
            yield Finding(name, str(error), f"promote {name} again")
