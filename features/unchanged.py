"""What an append expects of a store: the same definitions, made from the same rows."""

from __future__ import annotations

from collections.abc import Sequence

from features.carriers.joined import Joined
from features.catalogue import Catalogue
from features.errors import StateError
from features.store import Store
from features.tables import Table


def require_same(store: Store, catalogue: Catalogue, tables: Sequence[Table]) -> None:
    """Refuse other definitions than a store was made with.

    Raises
    ------
    StateError
        Which says whether features or tables differ.
    """
    asked = store.catalogue if store.taught is None else store.taught.asked
    other = "features" if asked != catalogue else ""
    if [each.to_json() for each in store.tables] != [each.to_json() for each in tables]:
        other = "tables"
    if other:
        raise StateError(
            f"{store.folder} was made with other definitions of {other}; make the store anew"
        )


def require_content(store: Store, read: Joined) -> None:
    """Refuse other rows than a store was made from.

    Raises
    ------
    StateError
        With the table and the rows, or the two types of customer ids.
    """
    if read.ids != store.ids:
        raise StateError(
            f"{store.folder} has customer ids of type {store.ids}, and with the new rows they are "
            f"{read.ids}; write them in one way, or make the store anew"
        )
    for name, held in read.content(read.before).items():
        made = store.contents[name]
        if held != made:
            told = (
                f"{made.rows:,} rows, and there are {held.rows:,} now"
                if held.rows != made.rows
                else f"{made.rows:,} rows, some of which differ now"
            )
            raise StateError(
                f"table '{name}': {store.folder} was made from {told}; give the rows it was made "
                "from, and new ones apart; or make the store anew, also when a row of the future "
                "was set aside then and is none any more"
            )
