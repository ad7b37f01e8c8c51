"""Where the rows of a task are kept while a model is made: in memory, or in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

from features.errors import StateError
from features.notice import Notice
from features.spilled import SpilledColumns
from features.spilling import Spill, disk_words
from features.whole import passing_folder
from training.large.settings import Large
from training.snapshots import Snapshot, joined

Gather: TypeAlias = Callable[[Iterable[Snapshot]], Snapshot]

_WORD: Final = 8
_GIB: Final = 2**30


@contextmanager
def gathering(large: Large, beside: Path, say: Callable[[str], None]) -> Iterator[Gather]:
    """Have a way to put parts of rows together, for as long as the block runs.

    Rows that were spilled are gone after it, also when it raises; what a killed run left is
    removed by the next.

    Parameters
    ----------
    large : Large
        Settings.
    beside : Path
        Folder to spill into where the settings name none.
    say : callable
        Told when and why rows are spilled.

    Yields
    ------
    callable
        From parts to all rows of a task.
    """
    if large.engine == "dask":
        require_dask()
    with ExitStack() as stack:
        rooms: list[Path] = []

        def room() -> Path:
            if not rooms:
                place = Path(large.folder) if large.folder else beside
                with disk_words(place / "rows", 0):
                    place.mkdir(parents=True, exist_ok=True)
                    rooms.append(stack.enter_context(passing_folder(place / "rows")))
            return rooms[0]

        yield lambda parts: spilled(parts, room, large, say)


def require_dask() -> None:
    """Refuse the engine of Dask where it cannot be: asked before the search, not after it.

    Raises
    ------
    StateError
        When its packages are not installed.
    """
    missing = [name for name in ("dask", "distributed") if find_spec(name) is None]
    if missing:
        raise StateError(
            f"the engine dask needs packages that are not installed ({' and '.join(missing)}): pip "
            "install 'foretell[dask]', or use the engine file, which needs none"
        )


def spilled(
    parts: Iterable[Snapshot],
    room: Callable[[], Path],
    large: Large,
    say: Callable[[str], None],
) -> Snapshot:
    """Put parts together, in files from when they take more memory than they may.

    Parameters
    ----------
    parts : iterable of Snapshot
        Rows; each part is held only until the next one is asked for.
    room : callable
        Makes the folder for the files, or names the one that is made.
    large : Large
        Says how much memory they may take.
    say : callable
        Told when and why rows are spilled.

    Raises
    ------
    StateError
        When the disk is full.
    """
    held: list[Snapshot] = []
    heads: list[Snapshot] = []
    spill: Spill | None = None
    kinds: dict[str, bool] = {}
    size = 0
    for part in parts:
        size += len(part) * (len(part.vectors.columns) + 2) * _WORD
        held.append(part)
        if size <= large.most_bytes:
            continue
        if spill is None:
            say(Notice(_why(large)))
            spill = Spill(room())
            kinds = {name: each.dtype == object for name, each in part.vectors.columns.items()}
        heads += [_written(spill, each) for each in held]
        held.clear()
    if spill is None:
        return joined(held)
    whole = joined(heads)
    say(f"{len(whole):,} rows x {len(kinds)} columns lie in files")
    columns = SpilledColumns(spill.shards(), kinds)
    return replace(whole, vectors=replace(whole.vectors, columns=columns))


def _written(spill: Spill, part: Snapshot) -> Snapshot:
    """Write a part, and return what is held of it: whose rows they are, when, and outcomes."""
    spill.add(part.vectors, part.label)
    return replace(part, vectors=replace(part.vectors, columns={}))


def _why(large: Large) -> str:
    if large.engine in ("file", "dask"):
        return f"rows go to files, as the engine {large.engine} asks for"
    return (
        f"rows go to files: they take more than {large.most_bytes / _GIB:.1f} GiB of memory "
        "(memory_gib of [large] in train.toml)"
    )
