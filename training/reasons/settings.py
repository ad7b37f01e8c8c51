"""What reasons are for, and what people have written about them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from string import Formatter
from typing import Any, Final

from features.errors import DefinitionError

LANGUAGES: Final = ("en", "zh")
FORMS: Final = ("high", "low", "zero", "none")
"""Texts for a value above the middle of training, up to it, of 0, and for no value."""

MOST: Final = 4
"""Reasons of a refusal; by custom of the field no more (US Regulation B, comment 9(b)(2)-1)."""


@dataclass(frozen=True)
class Reasons:
    """Settings of the reasons of a task.

    Parameters
    ----------
    purpose : str
        ``"any"``: the strongest effects, in both directions. ``"adverse"``: why a score is as bad
        as it is, for a refusal: what raises it, features of one measure told once, nothing
        protected.
    most : int
        Reasons of a refusal, 1 to 4.
    protected : tuple of str
        Columns, or features, that no reason of a refusal may be about, such as ``"age"`` or
        ``"clients.age"``; those that ``[judging]`` names as protected are added.
    changeable : tuple of str
        Features, or columns, that a customer can act on; what would change a score is looked for
        among them. Left out, all numbers that are made of events.
    texts : mapping
        What ``reasons.toml`` of the project holds, see `read_texts`.

    Raises
    ------
    DefinitionError
        With every fault.
    """

    purpose: str = "any"
    most: int = MOST
    protected: tuple[str, ...] = ()
    changeable: tuple[str, ...] = ()
    texts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = []
        if self.purpose not in ("any", "adverse"):
            faults.append(f"reasons.purpose must be 'any' or 'adverse', got {self.purpose!r}")
        if not 1 <= self.most <= MOST:
            faults.append(f"reasons.most must be 1 to {MOST}, got {self.most!r}")
        for name in ("protected", "changeable"):
            faults += [
                f"reasons.{name} must hold names, got {each!r}"
                for each in getattr(self, name)
                if not isinstance(each, str)
            ]
        faults += _faults(self.texts)
        if faults:
            raise DefinitionError("reasons", faults)

    @property
    def adverse(self) -> bool:
        """Whether reasons are those of a refusal."""
        return self.purpose == "adverse"

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return {
            "purpose": self.purpose,
            "most": self.most,
            "protected": list(self.protected),
            "changeable": list(self.changeable),
            "texts": dict(self.texts),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reasons:
        """Read back what ``to_json`` wrote.

        Raises
        ------
        DefinitionError
            When a key is unknown, or a value cannot be.
        """
        unknown = sorted(set(value) - {each.name for each in fields(cls)})
        if unknown:
            raise DefinitionError("reasons", [f"unknown key {key!r}" for key in unknown])
        made: dict[str, Any] = {
            key: tuple(item) if isinstance(item, list) else item for key, item in value.items()
        }
        return cls(**made)


def read_texts(path: Path) -> dict[str, Any]:
    """Read what people have written about features: ``reasons.toml`` beside ``project.py``.

    Parameters
    ----------
    path : Path
        File with a table ``words`` (names of tables and columns, by language) and a table
        ``features``: for each feature ``reviewed``, ``family``, and by language the forms
        ``high``, ``low``, ``zero`` and ``none``, in which ``{value}`` stands for the value. Only
        reviewed texts are used.

    Returns
    -------
    dict
        Empty when there is no such file.

    Raises
    ------
    DefinitionError
        With every fault.
    """
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(str(path), [f"this is no TOML: {error}"]) from None
    if faults := list(_faults(found)):
        raise DefinitionError(str(path), faults)
    return found


def _faults(texts: Mapping[str, Any]) -> Iterator[str]:
    for part in texts:
        if part not in ("words", "features"):
            yield f"unknown table '{part}'; known are words, features"
        elif not isinstance(texts[part], Mapping):
            yield f"'{part}' must be a table, got {texts[part]!r}"
            return
    for noun, told in texts.get("words", {}).items():
        if not _by_language(told) or not all(isinstance(each, str) for each in told.values()):
            yield f"words.{noun} must give texts by language (en, zh), got {told!r}"
    for name, told in texts.get("features", {}).items():
        yield from _feature_faults(f"features.{name}", told)


def _feature_faults(place: str, told: Any) -> Iterator[str]:
    if not isinstance(told, Mapping):
        yield f"{place} must be a table, got {told!r}"
        return
    for key, value in told.items():
        if key in LANGUAGES:
            yield from _form_faults(f"{place}.{key}", value)
        elif key == "reviewed":
            if not isinstance(value, bool):
                yield f"{place}.reviewed must be true or false, got {value!r}"
        elif key == "family":
            if not isinstance(value, str) or not value:
                yield f"{place}.family must be a text, got {value!r}"
        else:
            yield f"unknown key '{place}.{key}'; known are reviewed, family, en, zh"


def _form_faults(place: str, forms: Any) -> Iterator[str]:
    if not isinstance(forms, Mapping):
        yield f"{place} must be a table of texts, got {forms!r}"
        return
    for form, text in forms.items():
        if form not in FORMS:
            yield f"unknown form '{place}.{form}'; known are {', '.join(FORMS)}"
        elif not isinstance(text, str) or not text.strip():
            yield f"{place}.{form} must be a text, got {text!r}"
        else:
            yield from (f"{place}.{form}: {fault}" for fault in _holes(text))


def _holes(text: str) -> Iterator[str]:
    try:
        holes = [(name, spec, bang) for _, name, spec, bang in Formatter().parse(text)]
    except ValueError as error:
        yield f"{error} in {text!r}; write {{{{ for a brace"
        return
    for name, spec, bang in holes:
        if name is not None and (name != "value" or spec or bang):
            yield f"only {{value}} is filled in, got {{{name}}} in {text!r}"


def _by_language(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(LANGUAGES)
