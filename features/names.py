"""Names of tables, features, tasks and projects."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def name_faults(name: object) -> list[str]:
    """Return what is wrong with a name: nothing, or one sentence.

    Examples
    --------
    >>> name_faults("coffee_lateness"), name_faults("2nd")
    ([], ["name must be lower-case letters, digits and _, got '2nd'"])
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return []
    return [f"name must be lower-case letters, digits and _, got {name!r}"]


def slug(text: str) -> str:
    """Make a text fit for a name.

    Accents are dropped; letters of other scripts are written as their code points.

    Examples
    --------
    >>> slug("department_FROZEN GROCERY"), slug("Café"), slug("收入")
    ('department_frozen_grocery', 'cafe', 'u6536u5165')
    """
    plain = "".join(each for each in normalize("NFKD", text.casefold()) if not combining(each))
    spelled = "".join(
        each if each.isascii() or not each.isalnum() else f"u{ord(each):x}" for each in plain
    )
    return re.sub(r"[^0-9a-z]+", "_", spelled).strip("_")
