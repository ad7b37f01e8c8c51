"""The OpenAPI document of what is really answered."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from serving.row_schemas import RowsAnswer, RowsRequest
from serving.schemas import ErrorAnswer, ModelsAnswer, ScoreAnswer, ScoreRequest

REFUSALS: Final = {
    400: "The body is not JSON.",
    401: "No known bearer token.",
    404: "Unknown task (the message lists the known), or all customers are unknown.",
    405: "Another method is needed; see Allow.",
    413: "The body is too large.",
    415: "The body is not declared as application/json, or is encoded.",
    422: "Fields, as_of, records or rows cannot be used; details tell each fault.",
    429: "Too many requests for this token; see Retry-After.",
    500: "An unexpected error; the message names the request in the server's log.",
    503: "Overloaded or not ready; see Retry-After.",
    504: "Not done within the deadline.",
}
"""Every status that is not an answer."""

_EVERYWHERE: Final = (401, 405, 413, 415, 429, 500, 503, 504)


def document(version: str) -> dict[str, Any]:
    """Return the document.

    Parameters
    ----------
    version : str
        Version of Foretell.
    """
    _, schemas = models_json_schema(
        [
            (ScoreRequest, "validation"),
            (ScoreAnswer, "serialization"),
            (RowsRequest, "validation"),
            (RowsAnswer, "serialization"),
            (ModelsAnswer, "serialization"),
            (ErrorAnswer, "serialization"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    score = {
        "operationId": "score",
        "summary": "Score customers: calibrated probabilities with bands and reasons.",
        "requestBody": {"required": True, "content": _json("ScoreRequest")},
        "responses": _responses("ScoreAnswer", 400, 404, 422),
    }
    rows = {
        "operationId": "rows",
        "summary": "Score rows of a ready-made table: the columns come with the request.",
        "requestBody": {"required": True, "content": _json("RowsRequest")},
        "responses": _responses("RowsAnswer", 400, 404, 422),
    }
    models = {
        "operationId": "models",
        "summary": "Describe the champions that are served.",
        "responses": _responses("ModelsAnswer"),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Foretell", "version": version},
        "paths": {
            "/v1/score": {"post": score},
            "/v1/rows": {"post": rows},
            "/v1/models": {"get": models},
            "/docs.json": {"get": _plain("document", "This document.", "application/json")},
            "/metrics": {"get": _plain("metrics", "Metrics for Prometheus.", "text/plain")},
            "/livez": {"get": _health("livez", "The process answers.")},
            "/healthz": {"get": _health("healthz", "The process answers.")},
            "/readyz": {"get": _health("readyz", "Champions and stores are loaded.")},
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _responses(answer: str, *more: int) -> dict[str, Any]:
    found: dict[str, Any] = {"200": {"description": "The answer.", "content": _json(answer)}}
    for status in sorted((*_EVERYWHERE, *more)):
        found[str(status)] = {"description": REFUSALS[status], "content": _json("ErrorAnswer")}
    return found


def _plain(name: str, summary: str, kind: str) -> dict[str, Any]:
    responses = _responses("ErrorAnswer")
    responses["200"] = {"description": summary, "content": {kind: {}}}
    return {"operationId": name, "summary": summary, "responses": responses}


def _health(name: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": {"description": summary},
            "503": {"description": REFUSALS[503], "content": _json("ErrorAnswer")},
        },
    }


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
