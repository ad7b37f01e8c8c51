"""What a person sees: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

BAR: Final = 24
"""Characters of a progress bar."""

FAULT = 1
"""Exit code when the data, a definition or a missing file is at fault; 2 is a wrong command."""


def progress() -> Console:
    """Return the console on stderr."""
    # Imported here, because help needs none of it and must come at once.
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@contextmanager
def told() -> Iterator[None]:
    """Turn errors that a user can mend into a message and exit code 1.

    ``FORETELL_TRACE=1`` shows the trace as well.
    """
    try:
        yield
    except Exception as error:
        # Imported here: the features need numpy, and help must come at once.
        from features.errors import ForetellError

        if not isinstance(error, ForetellError) or os.environ.get("FORETELL_TRACE"):
            raise
        progress().print(f"[red]error:[/red] {escaped(str(error))}", soft_wrap=True)
        raise typer.Exit(FAULT) from error


SECONDS_BETWEEN_LINES: Final = 30.0
"""In a log, of work that tells how far it is."""


@contextmanager
def steps(title: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done: a spinner on a terminal, a line a step elsewhere.

    Parameters
    ----------
    title : str
        Stands before each step.

    Yields
    ------
    callable
        Tell it each step. A text with a ``share`` (0 to 1), as `training.search` says it, is shown
        with a bar; elsewhere than on a terminal, with a line every half minute. A
        `features.notice.Notice` is printed whole, and stays.
    """
    from features.notice import Notice

    console = progress()

    def notice(text: str) -> None:
        console.print(f"{title}: {escaped(text)}", soft_wrap=True)

    if not console.is_terminal:
        last, told_at = "", 0.0

        def line(text: str) -> None:
            nonlocal last, told_at
            # A search counts its trials; in a log a line now and then is enough.
            share = getattr(text, "share", None)
            head, now = text.split(":")[0], time.monotonic()
            due = share is not None and (share == 1 or now - told_at >= SECONDS_BETWEEN_LINES)
            if head != last or due:
                last, told_at = head, now
                shown = text if share is not None else head
                console.print(f"{title}: {escaped(shown)}", soft_wrap=True)

        yield lambda text: notice(text) if isinstance(text, Notice) else line(text)
        return
    with console.status(title) as status:
        yield (
            lambda text: (
                notice(text) if isinstance(text, Notice) else status.update(_with_bar(title, text))
            )
        )


def show_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    sys.stdout.write(json.dumps(value, indent=1, allow_nan=False, default=str) + "\n")


def show_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout; the first column is text, the others are numbers.

    A terminal too narrow for the longest word of every column gets a line for each cell instead.
    """
    from rich.console import Console
    from rich.table import Table

    # Piped output is as wide as its content: cut cells help nobody.
    console = Console(width=None if sys.stdout.isatty() else 200)
    # A title of the table would be wrapped to its width, and titles hold paths.
    console.print(f"[bold]{escaped(title)}[/bold]", soft_wrap=True, highlight=False)
    if sys.stdout.isatty() and narrowest(head, rows) > console.width:
        for line in records(head, rows):
            console.print(escaped(line), soft_wrap=True, highlight=False)
        return
    table = Table()
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*map(escaped, row))
    console.print(table)


def narrowest(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the least width of a table in which no word is cut.

    Examples
    --------
    >>> narrowest(["task", "by"], [["churn rate", "ann"]])
    15
    """
    columns = zip(head, *rows, strict=True)
    longest = (max(len(word) for cell in column for word in cell.split()) for column in columns)
    return 1 + sum(each + 3 for each in longest)


def records(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield each row as lines of a name and a cell; empty cells are left out.

    Examples
    --------
    >>> list(records(["task", "version", "by"], [["churn", "3", ""]]))
    ['churn', '  version  3']
    """
    wide = max(len(name) for name in head[1:])
    for first, *others in rows:
        yield first
        yield from (
            f"  {n:{wide}}  {cell}" for n, cell in zip(head[1:], others, strict=True) if cell
        )


def show_made(title: str, made: Mapping[str, Any]) -> None:
    """Print what was made as a table of one row, and below it what was left out, in words."""
    from features.aside import in_words

    plain = {name: value for name, value in made.items() if not isinstance(value, Mapping)}
    show_table(title, list(plain), [[str(value) for value in plain.values()]])
    for table, counts in made.get("set_aside", {}).items():
        typer.echo(f"{table}: {in_words(counts)}")
    erased = made.get("erased")
    if isinstance(erased, Mapping) and "set_aside" not in made:
        for table, rows in erased.items():
            typer.echo(f"{table}: {rows:,} rows of erased customers left out")


def _with_bar(title: str, text: str) -> RenderableType:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    words = f"[bold]{title}[/bold]: {escaped(text)}"
    share = getattr(text, "share", None)
    if share is None:
        return words
    beside = Table.grid(padding=(0, 1))
    beside.add_column(ratio=1)
    beside.add_column(width=BAR)
    beside.add_row(words, ProgressBar(total=1.0, completed=share, width=BAR))
    return beside


def escaped(text: str) -> str:
    """Keep rich from reading brackets as markup."""
    return text.replace("[", "\\[")
