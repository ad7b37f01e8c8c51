"""What must stay on the screen: sentences that are no step of the work."""

from __future__ import annotations


class Notice(str):
    """A sentence that somebody must be able to read when the work is done.

    It says what was left out, or done otherwise than asked. A step is shown while it lasts, and a
    log keeps its beginning; a notice is printed whole.

    Examples
    --------
    >>> print(Notice("12 rows of visits were left out: their customers were erased"))
    12 rows of visits were left out: their customers were erased
    """

    __slots__ = ()
