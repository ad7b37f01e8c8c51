"""The next part is made while the present one is worked on."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

T = TypeVar("T")


def ahead(parts: Generator[T]) -> Iterator[T]:
    """Run a generator in a thread of its own, one part ahead of whoever takes the parts.

    Reading and sorting leave the interpreter alone, and so do the loops of the kernel: the two go
    on side by side. One part is in work while another is in use, never more.

    Parameters
    ----------
    parts : generator
        Makes the parts. It is closed in its thread, also when nobody wants more of them.

    Yields
    ------
    T
        The same parts in the same order; what the generator raises is raised here.

    Examples
    --------
    >>> list(ahead(number * number for number in range(4)))
    [0, 1, 4, 9]
    """
    made: SimpleQueue[tuple[str, T | BaseException | None]] = SimpleQueue()
    permits, unwanted = Semaphore(1), Event()

    def work() -> None:
        try:
            permits.acquire()
            for part in parts:
                made.put(("part", part))
                permits.acquire()
                if unwanted.is_set():
                    break
            parts.close()
            made.put(("end", None))
        except BaseException as error:
            made.put(("fault", error))

    worker = Thread(target=work, name="foretell-ahead", daemon=True)
    worker.start()
    try:
        while True:
            kind, found = made.get()
            if kind == "end":
                return
            if kind == "fault":
                assert isinstance(found, BaseException)  # noqa: S101  for the type checker
                raise found
            permits.release()
            yield found  # type: ignore[misc]
            # What was taken is not held here while the next part is waited for.
            del found
    finally:
        unwanted.set()
        permits.release()
        worker.join()
