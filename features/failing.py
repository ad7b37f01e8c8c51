"""Code that is not Foretell's, as that of a project or of a feature of its own: where it failed."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from features.errors import ForetellError, ProjectError

_HOME: Final = Path(__file__).parent.parent
_ROOMS: Final = tuple(_HOME / room for room in ("features", "training", "serving", "foretell"))
_LIBRARY: Final = Path(sysconfig.get_paths()["stdlib"])
_PACKAGES: Final = ("site-packages", "dist-packages")
_SHOWN: Final = 3


@contextmanager
def own_code(what: str, remedy: str, instead: str) -> Iterator[None]:
    """Turn what code of others raises into one error with file and line.

    Parameters
    ----------
    what : str
        Whose code it is, as the error calls it.
    remedy : str
        What to do.
    instead : str
        Place to name when none is found.

    Raises
    ------
    ProjectError
        For every other error than Foretell's own.
    """
    try:
        yield
    except ForetellError:
        raise
    except (Exception, SystemExit) as error:
        raise _told(what, place_of(error) or instead, error, remedy) from error


def raise_if_own(error: Exception, names: Sequence[str], compute: Callable[..., Any]) -> None:
    """Raise an error that names the features whose own code failed.

    Nothing is raised when the code is Foretell's: then its trace is wanted.

    Parameters
    ----------
    error : Exception
        What was raised.
    names : sequence of str
        Features that the code computes.
    compute : callable
        The code.

    Raises
    ------
    ProjectError
        With the place.
    """
    place = place_of(error) or written_at(compute)
    if isinstance(error, ForetellError) or place is None:
        return
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    what = "feature" if len(names) == 1 else "features"
    named = ", ".join(f"'{name}'" for name in names[:_SHOWN]) + more
    remedy = "mend it, or leave the feature out"
    raise _told(f"code of {what} {named}", place, error, remedy) from error


def place_of(error: BaseException) -> str | None:
    """Return the last line outside of Foretell and of installed packages that an error came by.

    Examples
    --------
    >>> place_of(ValueError("never raised")) is None
    True
    """
    if isinstance(error, SyntaxError) and _is_own(error.filename):
        return f"{error.filename}, line {error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_own(frame.filename):
            inside = "" if frame.name == "<module>" else f", in {frame.name}"
            return f"{frame.filename}, line {frame.lineno}{inside}"
    return None


def written_at(code: Callable[..., Any]) -> str | None:
    """Return where a function begins, unless it is Foretell's or an installed package's.

    Examples
    --------
    >>> written_at(place_of) is None
    True
    """
    held = getattr(code, "__code__", None)
    if held is None or not _is_own(held.co_filename):
        return None
    return f"{held.co_filename}, line {held.co_firstlineno}, in {held.co_name}"


def _is_own(filename: str | None) -> bool:
    if filename is None or filename.startswith("<"):
        return False
    path = Path(filename)
    return not (
        any(path.is_relative_to(each) for each in (*_ROOMS, _LIBRARY))
        or any(part in _PACKAGES for part in path.parts)
    )


def _told(what: str, place: str, error: BaseException, remedy: str) -> ProjectError:
    # Of a syntax error only the words: its text names the file and line again.
    text = error.msg if isinstance(error, SyntaxError) else str(error).strip()
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return ProjectError(
        f"{what} fails at {place}: {said}; {remedy} (FORETELL_TRACE=1 shows the whole trace)"
    )
