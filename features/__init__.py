"""Behaviour vectors: contracts of tables, features as values, and the kernel that computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from features.doors import opening

if TYPE_CHECKING:
    from features.aggregates.aggregate import Aggregate
    from features.builders import (
        concentration,
        count,
        days_below_zero,
        distinct,
        earliest,
        entropy,
        largest,
        latest,
        mean,
        median,
        novel,
        slope,
        smallest,
        spread,
        tally,
        total,
        usual,
    )
    from features.catalogue import (
        Catalogue,
    )
    from features.conditions import (
        above,
        at_least,
        at_most,
        below,
        between,
    )
    from features.duckfile import DuckTable
    from features.errors import (
        ContractError,
        DefinitionError,
        ForetellError,
        MaturityError,
    )
    from features.instants import (
        instant,
        iso,
    )
    from features.kernel import (
        Vectors,
        vectors,
    )
    from features.lending import (
        ageing,
        current_stage,
        delinquency,
        months_since_late,
        months_since_worst,
        on_time_share,
        peak_utilisation,
        share_at_most,
        utilisation,
        worst_stage,
    )
    from features.multihot import multi_hot
    from features.postgres import PostgresQuery, PostgresTable
    from features.ready.table import LabelledTable
    from features.recipes import (
        acceleration,
        against_past,
        band,
        difference,
        lags,
        lateness,
        overdue,
        ratio,
        rfm,
        share,
        shares,
        trend,
    )
    from features.registers import (
        Consents,
        Erasures,
        Identities,
    )
    from features.rhythms import (
        active_days,
        days_between,
        days_since,
        days_since_first,
        days_since_largest,
        irregularity,
        longest_gap,
        streak,
    )
    from features.schema import (
        Schema,
    )
    from features.segments import (
        Category,
        Levels,
        Number,
        Partition,
        Spine,
    )
    from features.stream import Asked, Stream
    from features.tables import (
        AttributeTable,
        EventTable,
    )

__all__ = [
    "Aggregate",
    "Asked",
    "AttributeTable",
    "Catalogue",
    "Category",
    "Consents",
    "ContractError",
    "DefinitionError",
    "DuckTable",
    "Erasures",
    "EventTable",
    "ForetellError",
    "Identities",
    "LabelledTable",
    "Levels",
    "MaturityError",
    "Number",
    "Partition",
    "PostgresQuery",
    "PostgresTable",
    "Schema",
    "Spine",
    "Stream",
    "Vectors",
    "above",
    "acceleration",
    "active_days",
    "against_past",
    "ageing",
    "at_least",
    "at_most",
    "band",
    "below",
    "between",
    "concentration",
    "count",
    "current_stage",
    "days_below_zero",
    "days_between",
    "days_since",
    "days_since_first",
    "days_since_largest",
    "delinquency",
    "difference",
    "distinct",
    "earliest",
    "entropy",
    "instant",
    "irregularity",
    "iso",
    "lags",
    "largest",
    "lateness",
    "latest",
    "longest_gap",
    "mean",
    "median",
    "months_since_late",
    "months_since_worst",
    "multi_hot",
    "novel",
    "on_time_share",
    "overdue",
    "peak_utilisation",
    "ratio",
    "rfm",
    "share",
    "share_at_most",
    "shares",
    "slope",
    "smallest",
    "spread",
    "streak",
    "tally",
    "total",
    "trend",
    "usual",
    "utilisation",
    "vectors",
    "worst_stage",
]

_HOMES: Final = {
    "aggregates.aggregate": "Aggregate",
    "builders": (
        "concentration count days_below_zero distinct earliest entropy largest latest mean "
        "median novel slope smallest spread tally total usual"
    ),
    "catalogue": "Catalogue",
    "conditions": "above at_least at_most below between",
    "lending": (
        "ageing current_stage delinquency months_since_late months_since_worst on_time_share "
        "peak_utilisation share_at_most utilisation worst_stage"
    ),
    "duckfile": "DuckTable",
    "errors": "ContractError DefinitionError ForetellError MaturityError",
    "instants": "instant iso",
    "kernel": "Vectors vectors",
    "multihot": "multi_hot",
    "postgres": "PostgresQuery PostgresTable",
    "ready.table": "LabelledTable",
    "recipes": (
        "acceleration against_past band difference lags lateness overdue ratio rfm share "
        "shares trend"
    ),
    "registers": "Consents Erasures Identities",
    "rhythms": (
        "active_days days_between days_since days_since_first days_since_largest irregularity "
        "longest_gap streak"
    ),
    "schema": "Schema",
    "segments": "Category Levels Number Partition Spine",
    "stream": "Asked Stream",
    "tables": "AttributeTable EventTable",
}
"""Names of each module that opens at the first use: a rollback needs errors, and no compiler."""

__getattr__, __dir__ = opening(__name__, _HOMES)
