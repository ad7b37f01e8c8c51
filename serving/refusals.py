"""The one shape of an error, wherever in the service it arises."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from features.errors import ForetellError


class RefusalError(ForetellError):
    """A request that is not answered with scores.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        Word for programs, from a fixed set.
    message : str
        Sentence for people: what was expected, what came, what to do.
    details : iterable of mapping
        ``where`` and ``message`` of each fault.
    headers : mapping of str to str
        Headers of the answer, such as ``Retry-After``.

    Examples
    --------
    >>> RefusalError(404, "unknown_route", "no route /x").body()
    b'{"error":{"code":"unknown_route","message":"no route /x","details":[]}}'
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.details = [dict(each) for each in details]
        self.headers = dict(headers or {})
        super().__init__(message)

    def body(self) -> bytes:
        """Return the JSON body of the answer."""
        error = {"code": self.code, "message": str(self), "details": self.details}
        return json.dumps({"error": error}, separators=(",", ":")).encode()


def not_ready() -> RefusalError:
    """Return the error of a server that has not loaded what it serves."""
    message = "the service is not ready; try again later"
    return RefusalError(503, "not_ready", message, headers={"Retry-After": "5"})
