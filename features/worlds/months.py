"""How the bank's customers live through their due days: drawn forward, and summed backward."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Bools, Floats, Ints, Values
from features.worlds.borrowers import (
    DEFAULT,
    MONTH,
    PAYS,
    Clients,
    Standing,
    desk_moves,
    distress_moves,
    lapse_chances,
    pick,
    sour_moves,
    work_moves,
)


@dataclass(frozen=True, eq=False)
class DueDay:
    """What happened on one due day of every customer, all (n,).

    Parameters
    ----------
    state : Standing
        The state after it.
    stage : int64
        Instalments that were overdue; 0 for none.
    billed, premium, lapsed : bool
        An instalment fell due; a premium fell due and the policy stood; the policy lapsed.
    """

    state: Standing
    stage: Ints
    billed: Bools
    premium: Bools
    lapsed: Bools


@dataclass(frozen=True, eq=False)
class Moves:
    """Transition matrices of `features.worlds.borrowers`, made once."""

    work: Floats
    distress: Floats
    sour: Floats
    lapse: Floats

    @classmethod
    def of(cls, who: Clients) -> Moves:
        """Make the matrices of some customers."""
        return cls(work_moves(who), distress_moves(who), sour_moves(), lapse_chances())


def due_day(
    random: np.random.Generator,
    who: Clients,
    moves: Moves,
    state: Standing,
    month: Ints,
    orphan: Bools,
) -> DueDay:
    """Draw one due day: work, distress and satisfaction move, then contracts are looked at.

    Parameters
    ----------
    state : Standing
        The state before it.
    month : (n,) int64
        Month of the due day; each customer may be in another.
    orphan : (n,) bool
        Without an agent on this day.
    """
    each = np.arange(len(month))
    jobless = pick(random, moves.work[each, state.jobless.astype(np.int64)])
    distress = pick(random, moves.distress[each, jobless, state.distress])
    sour = pick(random, moves.sour[state.sour])
    billed = who.has_loan(month) & ~state.broken
    stage = np.where(billed, state.owed, 0)
    breaks = stage == DEFAULT
    owed = np.where(breaks, 0, state.owed + billed)
    premium = (who.insured <= month) & ~state.lapsed
    chance = moves.lapse[sour, jobless, orphan.astype(np.int64)]
    lapsed = premium & (random.random(len(each)) < chance)
    after = Standing(
        jobless == 1, distress, sour, owed, state.broken | breaks, state.lapsed | lapsed
    )
    return DueDay(after, stage, billed & ~breaks, premium & ~lapsed, lapsed)


def paid_after(random: np.random.Generator, state: Standing) -> Ints:
    """Draw the days from a midnight to the payment of all that is owed, (n,), 0 or more."""
    return np.asarray(random.geometric(PAYS[state.distress]) - 1)


def settle(state: Standing, paid: Bools) -> Standing:
    """Return the state after those marked have paid what they owe."""
    return replace(state, owed=np.where(paid, 0, state.owed))


def no_default(
    who: Clients, moves: Moves, state: Standing, month: Ints, days: Ints, dues: int
) -> Floats:
    """Return the chance of no default over the next due days, by dynamic programming.

    Parameters
    ----------
    state : Standing
        At the end of a day.
    month : (n,) int64
        Month of the next due day.
    days : (n,) int64
        Days until it, on each of which may be paid.
    dues : int
        Due days ahead.

    Returns
    -------
    (n,) float64
        Exact; also for those who broke before, for whom it means nothing.
    """
    n = len(month)
    # Axes: customer, jobless, distress, owed.
    value = np.ones((n, 2, len(PAYS), DEFAULT + 1))
    for ahead in reversed(range(dues)):
        billed = who.has_loan(month + ahead)[:, None, None, None]
        grown = np.concatenate([value[..., 1:], np.zeros_like(value[..., :1])], axis=3)
        at_due = np.where(billed, grown, value)
        moved = np.matmul(moves.distress, at_due).reshape(n, 2, -1)
        before = np.matmul(moves.work, moved).reshape(value.shape)
        length = np.full(n, MONTH) if ahead else days
        unpaid = (1 - PAYS) ** length[:, None]
        kept = unpaid[:, None, :, None]
        value = kept * before + (1 - kept) * before[..., :1]
    jobless = state.jobless.astype(np.int64)
    return np.asarray(value[np.arange(n), jobless, state.distress, state.owed])


def no_lapse(
    who: Clients,
    moves: Moves,
    state: Standing,
    orphan: Bools,
    month: Ints,
    days: Ints,
    dues: int,
) -> Floats:
    """Return the chance that a policy stands after the next due days, by dynamic programming.

    Parameters are those of `no_default`, and ``orphan``, (n,), who has no agent on the day before.
    """
    n = len(month)
    stays = 1 - moves.lapse.transpose(0, 2, 1)
    ways = np.stack([desk_moves(each) for each in range(MONTH + 1)])
    # Axes: customer, sour, orphan, jobless.
    value = np.ones((n, *stays.shape))
    for ahead in reversed(range(dues)):
        insured = (who.insured <= month + ahead)[:, None, None, None]
        value = np.where(insured, value * stays, value)
        value = np.matmul(value, moves.work.transpose(0, 2, 1)[:, None])
        desk = ways[days + 1] if ahead == 0 else ways[MONTH]
        value = np.matmul(desk[:, None] if ahead == 0 else desk, value)
        value = np.einsum("st,ntoj->nsoj", moves.sour, value)
    jobless, alone = state.jobless.astype(np.int64), orphan.astype(np.int64)
    return np.asarray(value[np.arange(n), state.sour, alone, jobless])


def stacked(states: list[Standing]) -> dict[str, Values]:
    """Return each part of many states as one array, (n, states)."""
    names = Standing.__dataclass_fields__
    return {name: np.stack([getattr(each, name) for each in states], axis=1) for name in names}
