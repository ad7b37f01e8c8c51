"""Requests near the schema and far from it: whatever is sent, nothing answers 500."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from serving.schemas import ErrorAnswer, ScoreAnswer
from tests.serving import tiny
from tests.serving.asking import Ask

# What a careless or hostile program might send: near the schema, and far from it.
IDS = st.one_of(
    st.sampled_from(["c0000", "c0003", "nobody", "", 1, 7, -1, 2**63 - 1, 2**64]),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.sampled_from(
        ["2024-09-01T00:00:00Z", "2024-09-01", "1e999", "-0", "NaN", "١٢", "9" * 400, "0x10", 1e308]
    ),
    st.lists(st.integers(), max_size=2),
)
RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["member", "at", "spend", "shop", "city", "other", ""]), CELLS, max_size=5
    ),
    max_size=4,
)
REQUESTS = st.fixed_dictionaries(
    {"customers": st.one_of(st.lists(IDS, max_size=4), IDS)},
    optional={
        "tasks": st.one_of(
            st.none(),
            st.lists(st.sampled_from(["churn", "coffee", "arrears", "x"]), max_size=3),
            IDS,
        ),
        "as_of": st.one_of(
            CELLS,
            st.datetimes(timezones=st.just(tiny.PRESENT.tzinfo)).map(lambda at: at.isoformat()),
        ),
        "reasons": st.one_of(st.integers(-1, 11), CELLS),
        "events": st.one_of(
            st.none(),
            st.dictionaries(
                st.sampled_from(["purchases", "clients", "loans", "x"]), RECORDS, max_size=3
            ),
            CELLS,
        ),
        "other": CELLS,
    },
)
VALID = st.fixed_dictionaries(
    {
        "customers": st.lists(IDS, min_size=1, max_size=1),
        "tasks": st.sampled_from([["churn"], ["coffee"], ["coffee", "churn"], ["arrears"]]),
        "events": st.dictionaries(
            st.sampled_from(["purchases", "clients", "loans"]), RECORDS, max_size=2
        ),
    }
)
EXPECTED = {200, 400, 404, 422}


@settings(max_examples=250)
@given(st.one_of(REQUESTS, VALID))
def test_no_request_is_answered_by_500(ask: Ask, body: Any) -> None:
    found = ask(json.dumps(body, ensure_ascii=True).encode())
    assert found.status_code in EXPECTED, found.text
    shape = ScoreAnswer if found.status_code == 200 else ErrorAnswer
    shape.model_validate_json(found.content)


@settings(max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(CELLS, lambda more: st.lists(more, max_size=3)).map(
            lambda value: json.dumps(value).encode()
        ),
    )
)
def test_no_bytes_are_answered_by_500(ask: Ask, body: bytes) -> None:
    assert ask(body).status_code in EXPECTED
