"""The BentoML service. Start it with ``bentoml serve serving.service:Foretell``; see `launch`."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import anyio
import bentoml

from features.errors import ForetellError
from features.instants import instant
from serving.access import Access
from serving.answer_rows import answer_rows
from serving.guard import App, Guard
from serving.meter import Meter
from serving.openapi import document
from serving.roster import Roster, load_roster
from serving.routes import ROUTES, Desk, application
from serving.row_schemas import RowsRequest
from serving.schemas import Telling
from serving.settings import settings_from
from serving.store import vectors_of
from serving.tell import tell

logger = logging.getLogger("bentoml.serve")

# Read by BentoML when it starts to serve, after it has imported this module.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

APP = application()


class Guarded(bentoml.Service):  # type: ignore[misc]  # BentoML's base class has no types
    """A BentoML service whose application, routes and middleware stand behind the guard.

    BentoML puts middleware that is added to a service inside its own; the guard must be outside.
    """

    def to_asgi(self, is_main: bool = True) -> App:
        """Return the whole application, guarded."""
        inner: App = super().to_asgi(is_main)
        limits = settings_from(os.environ).limits
        access = Access.from_environment(os.environ)
        if not access.digests:
            logger.warning("no FORETELL_TOKENS: %s", _closed(access))
        return Guard(inner, access, limits, ROUTES, _meter().refused)

    @property
    def openapi_spec(self) -> Any:
        """What ``/docs.json`` answers."""
        return _Document()


@bentoml.asgi_app(APP, path="/v1", name="v1")
@bentoml.service(
    name="foretell",
    service_class=Guarded,
    workers=1,
    # The guard's deadline is the shorter one, and answers in our shape.
    traffic={"timeout": 3_600},
    tracing={"excluded_urls": ".*"},
    logging={"access": {"enabled": False}},
    metrics={"enabled": True, "namespace": "foretell"},
    runner_probe={"enabled": False},
)
class Foretell:
    """Champions and stores, loaded when a worker starts."""

    def __init__(self) -> None:
        APP.state.desk = open_desk(os.environ)

    def __is_ready__(self) -> bool:
        return APP.state.desk is not None


def open_desk(environ: Mapping[str, str]) -> Desk | None:
    """Load what the settings name, and score once with every model.

    Parameters
    ----------
    environ : mapping of str to str
        Names the settings file.

    Returns
    -------
    Desk or None
        None when it cannot be loaded: the cause is logged and the server stays, but is not ready.
        BentoML would start a worker that fails again and again, without end.
    """
    try:
        settings = settings_from(environ)
        roster = load_roster(settings)
        warm(roster)
    except ForetellError as error:
        logger.error("nothing can be served, restart when it is mended: %s", error)
        return None
    # What is loaded stays: the collector need not walk it, which takes 100 ms each time.
    gc.collect()
    gc.freeze()
    return Desk(roster, anyio.CapacityLimiter(settings.limits.threads), _meter().answered)


class _Document:
    def asdict(self) -> dict[str, Any]:
        try:
            return document(version("foretell"))
        except PackageNotFoundError:
            return document("0")


@cache
def _meter() -> Meter:
    return Meter()


def warm(roster: Roster) -> None:
    """Score once with every model, so that no request waits for what is compiled."""
    # Whoever comes first may not have consented, and nobody is told of this score.
    wishes = Telling()
    for project in roster.projects:
        store = project.store
        cutoff = instant(roster.clock()) if project.as_of is None else project.as_of
        for catalogue, tasks in project.plan(tuple(project.scorers)) if len(store) else ():
            first = vectors_of(store.partition, [0], cutoff, catalogue)
            for task in tasks:
                tell(project.scorers[task], first, wishes)
    for ready in roster.ready:
        for task, contract in ready.contracts.items():
            nothing = dict.fromkeys(contract.inputs) | (
                {contract.time: "2000-01-01"} if contract.since else {}
            )
            answer_rows(roster, RowsRequest(task=task, rows=[nothing]))


def _closed(access: Access) -> str:
    return (
        "open to this machine (FORETELL_OPEN=1)"
        if access.open
        else "every route but health is closed"
    )
