"""A shop whose churn is told by target rates, made once with what `training.train` calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from features import Catalogue, count, days_since, latest, usual
from features.kernel import Vectors
from tests.helpers import shop
from training import Cohort, Project, Task, silent, target_rate
from training.assemble import assemble
from training.bundle import Bundle
from training.folds import slices_by_time
from training.inputs import learn_rates, only, with_levels, with_rates
from training.learn import learn
from training.selection import Selected
from training.snapshots import Snapshot, snapshot

CITY = target_rate(latest(shop.CLIENTS, "city"), prior=5)
SHOP = target_rate(usual(shop.VISITS, "shop", 56))
CHURN = Task(
    "churn", silent(shop.VISITS), Cohort(active=56), horizon=14, gap=2, encode=[CITY, SHOP]
)


def project() -> Project:
    """Of the levels, the model reads the usual shop too, and of the city only its rate."""
    own = [count(shop.VISITS, 14), days_since(shop.VISITS), usual(shop.VISITS, "shop", 56)]
    return Project("shop", [shop.VISITS, shop.CLIENTS], Catalogue(own), [CHURN])


@dataclass(frozen=True, eq=False)
class Rated:
    """A bundle; all rows, with rates and levels; and of them the golden ones."""

    bundle: Bundle
    rows: Snapshot
    golden: Vectors


@cache
def rated() -> Rated:
    """Return a bundle with target rates and its rows."""
    data, config, plan = shop.data(), shop.config(), project()
    source = data.checked["visits"]
    assert source.first is not None
    assert source.complete_until is not None
    slices = slices_by_time(CHURN, source.first, source.complete_until, config.rhythm)
    features = plan.computed_for(CHURN)
    made = snapshot(plan, CHURN, data.partitions, slices.all, source.complete_until, features)
    names = (*slices.by_name(), "develop", "final")
    roles = {name: slices.rows(name, made.vectors.cutoffs) for name in names}
    rates, dropped = learn_rates(CHURN, made, roles, 0)
    assert dropped == ()
    rows = with_rates(only(made, plan.features_of(CHURN).names), rates, made.vectors)
    learned = learn(rows, roles, CHURN.recency.name, config, lambda text: None)
    selected = Selected(features)
    bundle = assemble(plan, CHURN, rows, roles, learned, config, slices, selected, encodings=rates)
    whole = with_levels(rows, rates, made)
    return Rated(bundle, whole, whole.take(learned.test[:40]).vectors)
