"""Who may enter, and how often."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from features.errors import DefinitionError
from serving.refusals import RefusalError
from serving.settings import SHORTEST_TOKEN

OPEN: Final = -1
"""The caller of a server without tokens."""


@dataclass(frozen=True)
class Access:
    """Bearer tokens, or the open door of a demonstration.

    Parameters
    ----------
    digests : tuple of bytes
        SHA-256 of every token.
    open : bool
        Without tokens: let in whoever calls from this machine.
    """

    digests: tuple[bytes, ...] = ()
    open: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Access:
        """Read ``FORETELL_TOKENS`` and ``FORETELL_OPEN``.

        Raises
        ------
        DefinitionError
            When a token is too short to be a secret.
        """
        tokens = [each for each in re.split(r"[\s,]+", environ.get("FORETELL_TOKENS", "")) if each]
        short = [len(each) for each in tokens if len(each) < SHORTEST_TOKEN]
        if short:
            fault = f"tokens need {SHORTEST_TOKEN} characters or more, one has {min(short)}"
            raise DefinitionError("FORETELL_TOKENS", [fault])
        return cls(
            tuple(hashlib.sha256(each.encode()).digest() for each in tokens),
            environ.get("FORETELL_OPEN") == "1",
        )

    def caller(self, scope: Mapping[str, Any]) -> int:
        """Return the number of the caller's token.

        Parameters
        ----------
        scope : mapping
            ASGI connection.

        Returns
        -------
        int
            Position of the token; `OPEN` when the door is open.

        Raises
        ------
        RefusalError
            401 when nobody is recognised.
        """
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        if not self.digests:
            if self.open and _local(scope):
                return OPEN
            raise _unauthorised(
                "no token is configured, so nobody may enter: set FORETELL_TOKENS (or, on this "
                "machine alone, FORETELL_OPEN=1)"
            )
        scheme, _, given = (headers[0] if len(headers) == 1 else b"").partition(b" ")
        digest = hashlib.sha256(given.strip()).digest()
        found = None
        # Every token is compared, so that time tells nothing about which one was near.
        for place, known in enumerate(self.digests):
            if hmac.compare_digest(known, digest):
                found = place
        if found is None or scheme.lower() != b"bearer":
            raise _unauthorised("send the header 'Authorization: Bearer TOKEN' with a known token")
        return found


class Buckets:
    """A token bucket for each caller.

    Parameters
    ----------
    rate, burst : float
        Requests a second in the long run, and at once.
    clock : callable
        Returns seconds that never go back.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, max(burst, 1.0), clock
        self._levels: dict[int, tuple[float, float]] = {}

    def take(self, caller: int) -> None:
        """Take one request.

        Raises
        ------
        RefusalError
            429 with ``Retry-After`` when the bucket is empty.
        """
        now = self._clock()
        level, then = self._levels.get(caller, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        taken = level >= 1
        self._levels[caller] = (level - taken, now)
        if not taken:
            wait = max(1, math.ceil((1 - level) / self._rate))
            message = f"more than {self._rate:g} requests a second; try again in {wait} s"
            raise RefusalError(
                429, "too_many_requests", message, headers={"Retry-After": str(wait)}
            )


def _local(scope: Mapping[str, Any]) -> bool:
    # The name is judged too: a page of another site may resolve its own name to this machine.
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    name = re.sub(r":\d+$", "", hosts[0]).strip("[]") if len(hosts) == 1 else ""
    ends = [(scope.get("client") or [""])[0], (scope.get("server") or [""])[0]]
    return (name == "localhost" or _loopback(name)) and all(map(_loopback, ends))


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _unauthorised(message: str) -> RefusalError:
    return RefusalError(401, "unauthorised", message, headers={"WWW-Authenticate": "Bearer"})
