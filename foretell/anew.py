"""What `foretell prove` runs in a fresh process: the project is loaded, and walks on."""

from __future__ import annotations

import sys
from pathlib import Path


def command(project: Path) -> tuple[str, ...]:
    """Return what starts the process; the folder of the walk is to be appended."""
    # -P: what can be imported is said by the process that asks.
    return sys.executable, "-P", "-m", "foretell.anew", str(project.resolve())


def main(project: str, folder: str) -> None:
    """Compute the vectors that a folder asks for, of a project loaded anew."""
    from features.prove.forward import walk
    from foretell.prove_command import features_of
    from foretell.workspace import load

    loaded = load(Path(project)).project
    walk(Path(folder), loaded.tables, features_of(loaded))


if __name__ == "__main__":
    main(*sys.argv[1:])
