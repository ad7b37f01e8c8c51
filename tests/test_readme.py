"""What the README tells is true today."""

import re
from pathlib import Path

import typer

from foretell.main import app
from training import Project

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_example_project_is_one() -> None:
    example, *_ = blocks("python")
    names: dict[str, object] = {}
    exec(example, names)
    project = names["project"]
    assert isinstance(project, Project)
    assert [task.name for task in project.tasks] == ["churn", "return"]


def test_every_command_is_told_and_every_told_command_exists() -> None:
    told = set(re.findall(r"^foretell (\w+) ", README, re.MULTILINE))
    assert told | {"demo"} == set(typer.main.get_group(app).commands)


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *ROOT.glob("experiments/*/README.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_architecture_names_every_module() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text()
    modules = {
        file.stem
        for room in ("features", "training", "serving", "foretell")
        for file in (ROOT / room).glob("*.py")
    }
    small = {"__init__", "main", "arguments", "console", "arrays", "errors"}
    assert {name for name in modules - small if f"`{name}`" not in told} == set()
