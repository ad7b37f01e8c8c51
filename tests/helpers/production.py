"""Commands about what is in production, and what they change."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from typing import Any

from foretell.workspace import Workspace
from tests.helpers.commands import SHOP, foretell
from training.production.log import read_history

ME = pwd.getpwuid(os.getuid()).pw_name


def run(command: str, *words: str, at: Path, code: int = 0, project: str = SHOP) -> str:
    task = () if command == "models" else ("churn",)
    said = foretell(command, project, *task, *words, "--home", str(at), code=code)
    return " ".join(said.split())


def asked(command: str, *words: str, at: Path, code: int = 0, project: str = SHOP) -> Any:
    return json.loads(run(command, *words, "--json", at=at, code=code, project=project))


def standing(at: Path) -> tuple[Any, ...]:
    """What a decision changes: links, log and aliases."""
    champions = Workspace.at(at).champions("shop")
    told = asked("models", at=at)["churn"]
    links = [
        each.readlink().name if each.is_symlink() else None
        for each in (champions / "churn", champions / ".challengers" / "churn")
    ]
    return *links, read_history(champions), told["champion"], told["challenger"], told["note"]


def override(at: Path, *versions: int) -> None:
    for version in versions:
        run("promote", "--version", str(version), "--override", f"test {version}", at=at)
