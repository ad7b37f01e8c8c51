"""What the bank's files hold of its customers' lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Bools, Floats, Ints, Texts, Values
from features.instants import DAY
from features.tables import AttributeTable, EventTable
from features.worlds.borrowers import MONTH, Clients
from features.worlds.calendar import MINUTE, Calendar
from features.worlds.columns import dated, decimals, levels
from features.worlds.contracts import ledgers
from features.worlds.months import DueDay

COMPLAINS: Final = np.array([0.01, 0.1, 0.5, 1.2])
"""Complaints a month, by level of dissatisfaction."""

_HOUR: Final = 60 * MINUTE


@dataclass(frozen=True, eq=False)
class Told:
    """What is written down: traits, due days by month, days to payment, desks, days, ids."""

    who: Clients
    seen: Sequence[DueDay]
    paid: Ints
    vacant: Bools
    days: Calendar
    ids: Texts


def contracts(days: Calendar) -> tuple[EventTable | AttributeTable, ...]:
    """Return the contracts of the bank's tables."""
    events = ledgers("client", days)
    return (
        events("instalments", {"amount": "money(2)"}),
        events("payments", {"amount": "money(2)", "days_late": "int"}, known_at="booked_at"),
        events("arrears", {"stage": "int"}),
        events("statements", {"balance": "money(2)", "utilisation": "decimal(3)"}),
        events("salaries", {"amount": "money(2)"}, ["payer"]),
        events("premiums", {"amount": "money(2)", "days_late": "int"}),
        events("lapses"),
        events("complaints", {}, ["topic"], known_at="recorded_at"),
        events("surveys", {"score": "int"}),
        AttributeTable(
            "advisers",
            customer="client",
            occurred_at="since",
            known_at="recorded_at",
            timezone="UTC",
            categories=["agent", "care"],
        ),
        AttributeTable("clients", customer="client", static=True, categories=["job", "region"]),
    )


def told(random: np.random.Generator, lives: Told) -> dict[str, pa.Table]:
    """Write the tables."""
    sheet = _Sheet.of(lives)
    n = len(lives.ids)
    made = {**_credit(random, sheet), **_account(random, sheet), **_policy(random, sheet)}
    made["surveys"] = _surveys(random, sheet)
    made["advisers"] = _advisers(random, lives)
    jobs = np.asarray(np.searchsorted(np.array([0.5, 1.0, 2.5]), lives.who.risky_job))
    made["clients"] = pa.table(
        {
            "client": pa.array(lives.ids),
            "job": levels(jobs, ["PUBLIC", "PRIVATE", "SEASONAL"], random, absent=0.05),
            "region": levels(random.integers(0, 12, n), [f"R{k}" for k in range(12)]),
        }
    )
    return made


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Due days side by side, all (n, months): their times, who is a customer, and the states."""

    lives: Told
    due: Ints
    known: Bools
    state: dict[str, Values]
    billed: Bools
    stage: Ints
    premium: Bools
    lapsed: Bools

    @classmethod
    def of(cls, lives: Told) -> _Sheet:
        who, seen = lives.who, lives.seen
        shape = len(lives.ids), len(seen)
        parts = {
            name: np.stack([getattr(each, name) for each in seen], axis=1)
            for name in ("billed", "stage", "premium", "lapsed")
        }
        state = {
            name: np.stack([getattr(each.state, name) for each in seen], axis=1)
            for name in ("jobless", "distress", "sour", "owed")
        }
        due = lives.days.begins + (who.due[:, None] + np.arange(shape[1]) * MONTH) * DAY
        known = (who.opens <= who.closes) | (who.insured < shape[1])
        return cls(lives, due, np.broadcast_to(known[:, None], shape), state, **parts)

    def rows(self, mask: Bools, offset: Ints | int) -> tuple[Ints, Ints, Ints]:
        """Return customer, month and time of marked due days, those inside the world."""
        owner, month = np.nonzero(mask)
        at = self.due[owner, month] + np.broadcast_to(offset, mask.shape)[owner, month]
        inside = at < self.lives.days.ends
        return owner[inside], month[inside], at[inside]

    def table(self, owner: Ints, at: Ints, **columns: pa.Array) -> pa.Table:
        """Put a table together from customers, times and other columns."""
        return pa.table({"client": pa.array(self.lives.ids[owner]), "at": dated(at), **columns})


def _credit(random: np.random.Generator, sheet: _Sheet) -> dict[str, pa.Table]:
    """Write what falls due on loans, what is paid, and what is overdue."""
    n = len(sheet.due)
    payment = _capped(80 + np.exp(random.normal(5.3, 0.8, n)), 20_000)
    owner, month, at = sheet.rows(sheet.billed, 6 * _HOUR)
    instalments = sheet.table(owner, at, amount=decimals(payment[owner]))

    owed, paid = sheet.state["owed"], sheet.lives.paid
    minute = random.integers(7 * 60, 22 * 60, paid.shape) * MINUTE
    offset = np.minimum(paid, MONTH) * DAY + minute
    owner, month, at = sheet.rows((owed > 0) & (paid < MONTH), offset)
    late = (owed[owner, month] - 1) * MONTH + paid[owner, month]
    booked = at + random.integers(1, 30, len(at)) * _HOUR
    seen = np.flatnonzero(booked < sheet.lives.days.ends)
    owner, month, at, late, booked = (each[seen] for each in (owner, month, at, late, booked))
    payments = sheet.table(
        owner,
        at,
        booked_at=dated(booked),
        amount=decimals(payment[owner] * owed[owner, month]),
        days_late=pa.array(late),
    )
    owner, month, at = sheet.rows(sheet.stage > 0, 0)
    arrears = sheet.table(owner, at, stage=pa.array(sheet.stage[owner, month]))
    return {"instalments": instalments, "payments": payments, "arrears": arrears}


def _account(random: np.random.Generator, sheet: _Sheet) -> dict[str, pa.Table]:
    """Write card statements, which distress fills, and salaries, which stop without work."""
    n = len(sheet.due)
    owner, month, at = sheet.rows(sheet.known, 3 * _HOUR)
    used = 0.08 + 0.2 * sheet.state["distress"][owner, month] + random.normal(0, 0.07, len(owner))
    used = np.clip(used, 0, 1.2)
    limit = 500 * (1 + np.asarray(random.poisson(5, n)))[owner]
    statements = sheet.table(
        owner, at, balance=decimals(used * limit), utilisation=pa.array(np.round(used, 3))
    )
    wage = _capped(900 + np.exp(random.normal(7.2, 0.6, n)), 60_000)
    owner, month, at = sheet.rows(sheet.known & ~sheet.state["jobless"], 2 * _HOUR)
    noise = np.exp(random.normal(0, 0.05, len(owner)))
    payer = levels(random.integers(0, 25, n)[owner], [f"FIRM {k:02}" for k in range(25)])
    salaries = sheet.table(owner, at, amount=decimals(wage[owner] * noise), payer=payer)
    return {"statements": statements, "salaries": salaries}


def _policy(random: np.random.Generator, sheet: _Sheet) -> dict[str, pa.Table]:
    """Write premiums, lapses and complaints."""
    sour = sheet.state["sour"]
    rate = 1 / (1.5 + 3.0 * sour + 4.0 * sheet.state["jobless"])
    slow = np.asarray(np.minimum(random.geometric(rate) - 1, MONTH - 1))
    fee = np.asarray(20 + random.gamma(2, 30, len(sour)))
    owner, month, at = sheet.rows(sheet.premium, slow * DAY + 8 * _HOUR)
    late = pa.array(slow[owner, month])
    premiums = sheet.table(owner, at, amount=decimals(fee[owner]), days_late=late)
    owner, month, at = sheet.rows(sheet.lapsed, 0)
    lapses = sheet.table(owner, at)
    complaints = _complaints(random, sheet.lives, sheet.known, sour, sheet.due)
    return {"premiums": premiums, "lapses": lapses, "complaints": complaints}


def _surveys(random: np.random.Generator, sheet: _Sheet) -> pa.Table:
    answers = sheet.known & (random.random(sheet.known.shape) < 0.8)
    owner, month, at = sheet.rows(answers, 20 * _HOUR)
    score = 9.0 - 2.5 * sheet.state["sour"][owner, month] + random.normal(0, 0.6, len(owner))
    marks = np.clip(np.round(score), 0, 10).astype(np.int64)
    return sheet.table(owner, at, score=pa.array(marks, mask=random.random(len(owner)) < 0.1))


def _capped(values: Floats, most: float) -> Floats:
    return np.asarray(np.minimum(values, most))


def _complaints(
    random: np.random.Generator, lives: Told, known: Bools, sour: Values, due: Ints
) -> pa.Table:
    counts = random.poisson(COMPLAINS[sour] * known)
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    owner = cells // counts.shape[1]
    at = due.ravel()[cells] + random.integers(0, MONTH * DAY // MINUTE, len(cells)) * MINUTE
    recorded = at + random.integers(0, 5 * DAY // MINUTE, len(cells)) * MINUTE
    seen = np.flatnonzero(recorded < lives.days.ends)
    topic = random.integers(0, 4, len(seen))
    return pa.table(
        {
            "client": pa.array(lives.ids[owner[seen]]),
            "at": dated(at[seen]),
            "recorded_at": dated(recorded[seen]),
            "topic": levels(topic, ["CLAIM", "FEE", "SERVICE", "WAIT"], random, absent=0.15),
        }
    )


def _advisers(random: np.random.Generator, lives: Told) -> pa.Table:
    """Write who cares for whom: a row at the start, and one for each customer at every change."""
    vacant, desk = lives.vacant, lives.who.desk
    before = np.concatenate([np.zeros((len(vacant), 1), np.bool_), vacant[:, :-1]], axis=1)
    changes = vacant != before
    changes[:, 0] = True
    place, day = np.nonzero(changes)
    # Agents are numbered as they come; nobody is named while the desk is empty.
    staffed = ~vacant[place, day]
    agent = np.cumsum(staffed)
    order = np.argsort(desk, kind="stable")
    starts = np.searchsorted(desk[order], np.arange(len(vacant) + 1))
    size = np.diff(starts)[place]
    rows = np.repeat(np.arange(len(place)), size)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)
    owner = order[starts[place[rows]] + within]
    since = lives.days.begins + day[rows] * DAY
    late = np.where(day[rows] > 0, random.integers(0, 7 * DAY // MINUTE, len(rows)), 0) * MINUTE
    seen = np.flatnonzero(since + late < lives.days.ends)
    named = [f"A{number:05}" for number in range(int(agent.max(initial=0)) + 1)]
    agents = pa.array(
        [named[a] if s else None for a, s in zip(agent, staffed, strict=True)], pa.string()
    ).take(pa.array(rows[seen]))
    return pa.table(
        {
            "client": pa.array(lives.ids[owner[seen]]),
            "since": dated(since[seen]),
            "recorded_at": dated((since + late)[seen]),
            "agent": agents,
            "care": levels(staffed[rows[seen]].astype(np.int64), ["ORPHAN", "SERVED"]),
        }
    )
