"""The command line on a small shop, and copies of the shop that differ."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from foretell.main import app

SHOP = str(Path(__file__).parents[1] / "foretell" / "shop")

# Two visits have a client, but no time.
SPOILT = """    frame["day"] = frame["day"].mask(frame.index.isin([3, 5]))
"""


def foretell(*words: str, code: int = 0) -> str:
    """Run a command, hold its exit code, and return stdout, or stderr when it fails."""
    found = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.stderr if code else found.stdout


def copied(folder: Path, table: str = "", project: str = "", prepare: str = "") -> str:
    """Return a copy of the shop with more lines in its table, its project and its reading."""
    source = Path(SHOP, "project.py").read_text()
    for place, more in (
        ('    complete_until="2024-11-01",\n', table),
        ('    "shop",\n', project),
        ('tz="UTC")\n', prepare),
    ):
        assert place in source
        source = source.replace(place, place + more)
    copy = folder / "copied"
    copy.mkdir()
    (copy / "project.py").write_text(source)
    (copy / "train.toml").write_text(Path(SHOP, "train.toml").read_text())
    return str(copy)
