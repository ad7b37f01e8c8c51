"""What may be asked about rows of a ready-made table, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    Field,
    StrictStr,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from serving.schemas import MOST_CHANGED, MOST_CUSTOMERS, Answered, Cell, Scored, TaskName, Telling

Column = Annotated[StrictStr, Field(max_length=500)]
# Held to the contract of the model, which knows what its columns hold and leaves others aside.
Posted = Annotated[Any, WithJsonSchema(TypeAdapter(Cell).json_schema())]


class RowsRequest(Telling):
    """Rows to score on one task, whose model was trained on a ready-made table."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task": "subscribes",
                    "rows": [{"age": 41, "job": "technician", "previous": 0}],
                    "reasons": 3,
                }
            ]
        },
    )

    task: TaskName | None = Field(
        default=None,
        description="Score to give. Left out: the one that takes rows, when there is one only.",
    )
    rows: Annotated[list[dict[Column, Posted]], Field(min_length=1, max_length=MOST_CUSTOMERS)] = (
        Field(
            description="Cells by column of the table, at most 1,000 rows. Each row has every "
            "column that the model reads (`columns` of /v1/models), null where nothing is known; "
            "dates are texts. Columns that it does not read are left aside."
        )
    )

    @model_validator(mode="after")
    def _few_changes(self) -> RowsRequest:
        if self.counterfactual and len(self.rows) > MOST_CHANGED:
            raise ValueError(f"counterfactual is for at most {MOST_CHANGED} rows at a time")
        return self


class RowScoreOf(Scored):
    """One score of one row."""

    customer: int | str | None = Field(description="Null where the row does not tell.")
    row: int = Field(ge=0, description="Place in the request, from 0.")
    unknown: list[str] = Field(
        description="Columns whose level the model does not know: rare in training, or new. They "
        "score as if they were empty."
    )


class RowsAnswer(Answered):
    """Scores in the order of the rows."""

    scores: list[RowScoreOf]
    unlike_training: list[str] = Field(
        description="Columns that hold, in most of the rows, what training hardly met: levels that "
        "the model does not know, numbers beyond all others, empty cells. The rows are scored all "
        "the same."
    )
