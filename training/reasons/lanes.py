"""Short vectors of doubles inside compiled loops: one machine instruction works on all of them.

Numba leaves loops of four or eight steps as scalar code. These few words say outright that the
steps are independent; nothing is re-associated or fused, so a lane has the bits that a scalar loop
would give it, on every machine.

Examples
--------
>>> import numpy as np
>>> import numba
>>> @numba.njit
... def twice(values):
...     row = load(values, 1, 4)
...     store(values, 0, row + row)
>>> values = np.arange(8.0).reshape(2, 4)
>>> twice(values)
>>> values[0]
array([ 8., 10., 12., 14.])
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model


class _Lanes(types.Type):
    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"Lanes({width})")


def _model(manager: Any, kind: _Lanes) -> Any:
    plain: Any = models.PrimitiveModel
    return plain(manager, kind, _vector(kind.width))


register_model(_Lanes)(_model)


def _vector(width: int) -> Any:
    return ir.VectorType(ir.DoubleType(), width)


def _place(context: Any, builder: Any, kind: Any, array: Any, row: Any, width: int) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    start = builder.gep(data, [builder.mul(row, ir.Constant(row.type, width))])
    return builder.bitcast(start, _vector(width).as_pointer())


def _load(_: Any, array: Any, row: Any, width: Any) -> Any:
    lanes = width.literal_value

    def written(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, signature.args[0], given[0], given[1], lanes)
        # Rows of arrays lie where numbers may lie, not where whole vectors would.
        return builder.load(place, align=8)

    return _Lanes(lanes)(array, types.intp, width), written


def _store(_: Any, array: Any, row: Any, value: Any) -> Any:
    def written(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        width = signature.args[2].width
        place = _place(context, builder, signature.args[0], given[0], given[1], width)
        builder.store(given[2], place, align=8)
        return context.get_dummy_value()

    return types.none(array, types.intp, value), written


def _splat(_: Any, value: Any, width: Any) -> Any:
    lanes = width.literal_value

    def written(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        blank, whole = ir.Constant(_vector(lanes), ir.Undefined), ir.IntType(32)
        first = builder.insert_element(blank, given[0], ir.Constant(whole, 0))
        everywhere = ir.Constant(ir.VectorType(whole, lanes), [0] * lanes)
        return builder.shuffle_vector(first, blank, everywhere)

    return _Lanes(lanes)(types.float64, width), written


_as_words = intrinsic(prefer_literal=True)
load: Callable[..., Any] = _as_words(_load)
"""``load(array, row, width)``: a row of a C-contiguous (n, width) float64 array."""
store: Callable[..., Any] = _as_words(_store)
"""``store(array, row, lanes)``: write a row of such an array."""
splat: Callable[..., Any] = _as_words(_splat)
"""``splat(value, width)``: one number in every lane."""


def _lanewise(operation: Callable[..., Any], instruction: str) -> None:
    def typed(_: Any, left: Any, right: Any) -> Any:
        def written(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, instruction)(*given)

        return left(left, right), written

    word: Any = _as_words(typed)
    # Numba compares signatures with annotations, and a lambda has none.
    overload(operation, inline="always")(
        lambda left, right: (
            (lambda left, right: word(left, right))
            if isinstance(left, _Lanes) and left == right
            else None
        )
    )


for _operation, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _lanewise(_operation, _instruction)
