"""Numbers as people read them, however small."""

from __future__ import annotations

import math


def number(value: float, kind: str = ".3f") -> str:
    """Write a number, a small one with as many decimals as it takes to show it.

    Parameters
    ----------
    value : float
        What to write.
    kind : str
        Decimals of a number of usual size, and whether it is a share: such as ``.1%`` or ``,.0f``.

    Examples
    --------
    >>> number(0.25, ".1%"), number(0.00048, ".1%"), number(0.12, ".0%"), number(0.00048)
    ('25.0%', '0.048%', '12%', '0.00048')
    """
    before, _, after = kind.partition(".")
    decimals, share = int(after[0]), kind.endswith("%")
    size = abs(value) * (100 if share else 1)
    if 0 < size < math.inf:
        digits = decimals if share else min(decimals, 1)
        decimals = max(decimals, min(9, digits - math.floor(math.log10(size))))
    return f"{value:{before}.{decimals}{after[1:]}}"
