"""Behaviour vectors: contracts of tables, features as values, and the kernel that computes them."""

from features.builders import count, distinct, largest, latest, mean, smallest, total
from features.catalogue import Catalogue
from features.conditions import at_least, at_most
from features.duckfile import DuckTable
from features.errors import ContractError, DefinitionError, ForetellError, MaturityError
from features.instants import instant, iso
from features.kernel import Vectors, vectors
from features.postgres import PostgresQuery, PostgresTable
from features.recipes import ratio, share, shares, trend
from features.rhythms import days_between, days_since
from features.schema import Schema
from features.segments import Partition, Spine
from features.tables import AttributeTable, EventTable

__all__ = [
    "AttributeTable",
    "Catalogue",
    "ContractError",
    "DefinitionError",
    "DuckTable",
    "EventTable",
    "ForetellError",
    "MaturityError",
    "Partition",
    "PostgresQuery",
    "PostgresTable",
    "Schema",
    "Spine",
    "Vectors",
    "at_least",
    "at_most",
    "count",
    "days_between",
    "days_since",
    "distinct",
    "instant",
    "iso",
    "largest",
    "latest",
    "mean",
    "ratio",
    "share",
    "shares",
    "smallest",
    "total",
    "trend",
    "vectors",
]
