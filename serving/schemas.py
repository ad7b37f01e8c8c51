"""What may be asked and what is answered, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from serving.refusals import RefusalError

MOST_CUSTOMERS: Final = 1_000
MOST_EVENTS: Final = 10_000
MOST_CHANGED: Final = 50
_SHOWN: Final = 50

Whole = Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)]
Id = Whole | Annotated[StrictStr, Field(min_length=1, max_length=200)]
Cell = Whole | StrictFloat | StrictBool | Annotated[StrictStr, Field(max_length=1_000)] | None
TaskName = Annotated[StrictStr, Field(max_length=100)]
Asked = TypeVar("Asked", bound=BaseModel)


class Telling(BaseModel):
    """How much is told of each score."""

    model_config = ConfigDict(extra="forbid")

    reasons: Annotated[StrictInt, Field(ge=0, le=10)] = Field(
        default=3, description="Reasons for each score, at most."
    )
    language: Literal["en", "zh"] = Field(default="en", description="Language of the texts.")
    counterfactual: StrictBool = Field(
        default=False,
        description="Tell for each score the smallest change of one fact, or else of two, that "
        "leads to a lower band; for at most 50 customers, or rows, at a time.",
    )


class ScoreRequest(Telling):
    """Whom to score, on what, as of when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"customers": ["2375"], "tasks": ["churn"], "reasons": 3},
                {
                    "customers": ["2375"],
                    "as_of": "2017-11-01T00:00:00Z",
                    "events": {"purchases": [{"at": "2017-10-28T17:05:00Z", "paid": 12.34}]},
                },
            ]
        },
    )

    customers: Annotated[list[Id], Field(min_length=1, max_length=MOST_CUSTOMERS)] = Field(
        description="Ids of customers, each once: numbers or texts, as the tables hold them."
    )
    tasks: Annotated[list[TaskName], Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="Scores to give, of one project. Left out: all, when one project is served.",
    )
    as_of: Annotated[StrictStr, Field(max_length=64)] | None = Field(
        default=None,
        description="Score as of this instant (ISO 8601 with a zone), not in the future. Only "
        "what was known before it is used. Left out: the present, or for stored events the "
        "instant at which a project's data end.",
    )
    events: dict[TaskName, list[dict[TaskName, Cell]]] | None = Field(
        default=None,
        description="Records by table, for one customer who is not (or not yet) stored. They are "
        "all that is used: the store is not read. At most 10,000 records.",
    )

    @field_validator("customers", "tasks")
    @classmethod
    def _each_once(cls, value: list[Any] | None) -> list[Any] | None:
        if value is not None and len(set(value)) < len(value):
            raise ValueError("names must be there once each")
        return value

    @model_validator(mode="after")
    def _events_of_one_customer(self) -> ScoreRequest:
        if self.counterfactual and len(self.customers) > MOST_CHANGED:
            raise ValueError(f"counterfactual is for at most {MOST_CHANGED} customers at a time")
        if self.events is not None:
            if len(self.customers) > 1:
                raise ValueError("events are those of one customer: give exactly one in customers")
            count = sum(map(len, self.events.values()))
            if count > MOST_EVENTS:
                raise ValueError(f"at most {MOST_EVENTS:,} records are read, came {count:,}")
        return self


class Answered(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ReasonAnswer(Answered):
    """What one feature did to a score."""

    feature: str
    value: float | str | None
    text: str = Field(description="Feature and value in plain words.")
    effect: float = Field(description="Change in log-odds.")
    direction: Literal["raises", "lowers"]
    features: list[str] = Field(
        description="Every feature of the reason: those of one measure are told once in reasons "
        "of a refusal, and their effects are summed."
    )
    reviewed: bool = Field(description="Whether somebody has read and kept the words.")


class ChangeAnswer(Answered):
    """One fact that would be otherwise."""

    feature: str
    before: float
    after: float
    text: str = Field(description="What would then be said of it.")
    along: bool = Field(
        description="Whether it only moves along with another, as a visit more in a week is one "
        "more in the month."
    )


class CounterfactualAnswer(Answered):
    """What would have to be otherwise for a lower band."""

    changes: list[ChangeAnswer] = Field(
        description="One or two, then what moves along; empty when there is none."
    )
    score: float | None = Field(description="Score after the changes, as it was computed.")
    text: str


class CalibrationOf(Answered):
    """What is known of the probability of a score."""

    state: Literal["calibrated", "drifting", "uncertified"] = Field(
        description="calibrated: later outcomes were as told; drifting: they were not; "
        "uncertified: too few were seen to say."
    )
    segment: str | None = Field(description="Level that the state is of; null for all customers.")


class Scored(Answered):
    """What every score tells."""

    customer: int | str | None
    task: str
    score: float = Field(ge=0, le=1, description="Calibrated probability.")
    band: str
    calibration: CalibrationOf
    reasons: list[ReasonAnswer]
    counterfactual: CounterfactualAnswer | None = Field(
        default=None, description="Null unless it was asked for."
    )
    model_version: str
    as_of: str
    scored_at: str


class ScoreOf(Scored):
    """One score of one customer."""

    customer: int | str
    in_cohort: bool = Field(
        description="Whether the customer belongs to those for whom the score is calibrated; when "
        "false, read the score with care."
    )


class Detail(Answered):
    """One fault."""

    where: str = Field(description="Field of the request, or table and column of the records.")
    message: str
    customer: int | str | None = None


class ScoreAnswer(Answered):
    """Scores by customer, then task, in the order asked; customers who are unknown in errors."""

    scores: list[ScoreOf]
    errors: list[Detail]
    data_until: str | None = Field(
        description="When the last stored event became known; null for posted events."
    )


class ModelOf(Answered):
    """The champion of one task."""

    task: str
    project: str
    model_version: str
    digest: str
    horizon_days: float
    gap_days: float
    trained: dict[str, Any] = Field(description="Cutoffs, base rate, data hash, versions.")
    bands: dict[str, float] = Field(description="Lowest probability of each band.")
    calibration: dict[str, Any] | None = Field(
        description="Calibration contract: state, rows, positives, predicted and observed rate and "
        "expected calibration error overall and by segment, and until when it was checked; null "
        "for models of older versions."
    )
    data_until: str | None
    columns: dict[str, Literal["number", "category", "date"]] | None = Field(
        description="What a row must hold, by column, for models of ready-made tables; null for "
        "those of events."
    )


class ModelsAnswer(Answered):
    """Every champion that is served."""

    models: list[ModelOf]


class ErrorOf(Answered):
    """What went wrong, and what to do."""

    code: str
    message: str
    details: list[Detail]


class ErrorAnswer(Answered):
    """The shape of every error."""

    error: ErrorOf


def parse(body: bytes, shape: type[Asked]) -> Asked:
    """Read the body of a request.

    Raises
    ------
    RefusalError
        400 when the body is no JSON, 422 with every field that does not fit.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        raise RefusalError(400, "malformed_json", f"the body is not JSON: {found[0]['msg']}")
    details = [
        {"where": ".".join(map(str, each["loc"]))[:200] or "(body)", "message": each["msg"]}
        for each in found[:_SHOWN]
    ]
    raise RefusalError(
        422,
        "invalid_request",
        f"{len(found)} fault{'s' * (len(found) > 1)} in the request; see details"
        + (f" for the first {_SHOWN}" if len(found) > _SHOWN else ""),
        details,
    )
