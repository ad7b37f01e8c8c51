"""The OpenAPI document is true."""

import json
from collections.abc import Iterator
from typing import Any

from serving.openapi import REFUSALS, document
from serving.routes import ROUTES
from tests.serving.asking import Ask


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_the_document_holds_together() -> None:
    told = document("1.2.3")
    schemas = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    assert set(references(told)) <= schemas
    assert {f"#/components/schemas/{name}" for name in ("ScoreRequest", "ErrorAnswer")} <= schemas
    assert json.loads(json.dumps(told)) == told


def test_the_document_and_the_guard_know_the_same_routes() -> None:
    told = document("1.2.3")["paths"]
    assert set(told) == {route.path for route in ROUTES}
    for route in ROUTES:
        assert {method.upper() for method in told[route.path]} == set(route.methods) - {"HEAD"}
        (operation,) = told[route.path].values()
        assert (operation.get("security") == []) == route.health


def test_the_document_tells_every_status() -> None:
    responses = document("1.2.3")["paths"]["/v1/score"]["post"]["responses"]
    assert set(responses) == {"200", *map(str, REFUSALS)}


def test_the_examples_of_the_document_are_true(ask: Ask) -> None:
    schema = document("1.2.3")["components"]["schemas"]["ScoreRequest"]
    assert len(schema["examples"]) == 2
    for example in schema["examples"]:
        # The names are of another shop, so the shape is right and the names are not found.
        assert ask({**example, "tasks": ["none"]}).status_code == 404
