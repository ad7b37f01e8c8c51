"""Behaviour vectors: contracts of tables, features as values, and the kernel that computes them."""

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
    total,
    usual,
)
from features.catalogue import (
    Catalogue,
)
from features.conditions import (
    at_least,
    at_most,
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
from features.multihot import multi_hot
from features.postgres import PostgresQuery, PostgresTable
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
    irregularity,
    longest_gap,
    streak,
)
from features.schema import (
    Schema,
)
from features.segments import (
    Partition,
    Spine,
)
from features.tables import (
    AttributeTable,
    EventTable,
)

__all__ = [
    "AttributeTable",
    "Catalogue",
    "Consents",
    "ContractError",
    "DefinitionError",
    "DuckTable",
    "Erasures",
    "EventTable",
    "ForetellError",
    "Identities",
    "MaturityError",
    "Partition",
    "PostgresQuery",
    "PostgresTable",
    "Schema",
    "Spine",
    "Vectors",
    "acceleration",
    "active_days",
    "against_past",
    "at_least",
    "at_most",
    "band",
    "concentration",
    "count",
    "days_below_zero",
    "days_between",
    "days_since",
    "days_since_first",
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
    "multi_hot",
    "novel",
    "overdue",
    "ratio",
    "rfm",
    "share",
    "shares",
    "slope",
    "smallest",
    "spread",
    "streak",
    "total",
    "trend",
    "usual",
    "vectors",
]
