"""Interval -> function: what is done by the clock. Each is safe to run by several workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_
from sqlmodel import col

from passes_service.bootstrap import Services
from passes_service.db.models import IdempotentCall, MagicLink, RateCount, SiweNonce
from passes_service.mail import reminders
from passes_service.passes import reserved
from passes_service.transfers import service as transfers
from passes_service.worker import (
    audit,
    chain_orders,
    claims,
    drops,
    feeds,
    invitations,
    payments,
    raffles,
    reconcile,
    relay,
)

log = structlog.get_logger("schedule")

ANSWERS_KEPT = timedelta(hours=48)
NONCES_KEPT = timedelta(hours=1)
COUNTS_KEPT = timedelta(days=1)
LINKS_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Job:
    """One line of the timetable."""

    name: str
    every: timedelta
    run: Callable[[Services, datetime], None]


Due = dict[str, datetime]


def forget_answers(services: Services, now: datetime) -> None:
    """Delete answers to keyed calls that nobody repeats any more."""
    with services.database.transaction() as session:
        old = col(IdempotentCall.created_at) < now - ANSWERS_KEPT
        session.execute(delete(IdempotentCall).where(old))


def forget_nonces(services: Services, now: datetime) -> None:
    """Delete wallet nonces that are long past their time."""
    with services.database.transaction() as session:
        session.execute(delete(SiweNonce).where(col(SiweNonce.expires_at) < now - NONCES_KEPT))


def forget_counts(services: Services, now: datetime) -> None:
    """Delete counts of attempts in windows that are over."""
    with services.database.transaction() as session:
        session.execute(delete(RateCount).where(col(RateCount.window_start) < now - COUNTS_KEPT))


def forget_links(services: Services, now: datetime) -> None:
    """Delete magic links a week after they were used or ran out."""
    week_ago = now - LINKS_KEPT
    with services.database.transaction() as session:
        session.execute(
            delete(MagicLink).where(
                or_(col(MagicLink.used_at) < week_ago, col(MagicLink.expires_at) < week_ago)
            )
        )


def announce_doors(services: Services, now: datetime) -> None:
    """Write down whose doors have come near: their holders get a letter."""
    with services.database.transaction() as session:
        reminders.announce(session, now=now)


def expire_offers(services: Services, now: datetime) -> None:
    """End transfer offers that nobody answered in time."""
    with services.database.transaction() as session:
        transfers.expire(session, now=now)


def give_back_passes(services: Services, now: datetime) -> None:
    """Return numbers that a gate did not hand out before its block expired."""
    with services.database.transaction() as session:
        reserved.give_back(session, now=now)


TIMETABLE: tuple[Job, ...] = (
    Job("audit chains", timedelta(hours=1), audit.look_regularly),
    Job("follow chain orders", timedelta(seconds=5), chain_orders.follow_orders),
    Job("announce drops", timedelta(seconds=2), drops.announce),
    Job("expire orders", timedelta(seconds=1), payments.expire_orders),
    Job("reconcile payments", timedelta(hours=1), reconcile.look_regularly),
    Job("send back again", timedelta(hours=1), payments.send_back_again),
    Job("reconcile old payments", timedelta(days=1), reconcile.look_far_back),
    Job("ask about payments", timedelta(seconds=30), payments.ask_again),
    Job("relay", timedelta(seconds=3), relay.advance_all),
    Job("move waiting rooms", timedelta(seconds=2), raffles.move_rooms),
    Job("advance raffles", timedelta(seconds=15), raffles.advance),
    Job("release claims", timedelta(seconds=15), claims.release_lapsed),
    Job("render feeds", timedelta(seconds=10), feeds.render_some),
    Job("forget calendar links", timedelta(hours=6), feeds.forget_links),
    Job("give back passes", timedelta(minutes=5), give_back_passes),
    Job("announce doors", timedelta(minutes=5), announce_doors),
    Job("expire offers", timedelta(minutes=5), expire_offers),
    Job("follow invitations", timedelta(minutes=5), invitations.follow_all),
    Job("forget answers", timedelta(hours=1), forget_answers),
    Job("forget nonces", timedelta(hours=1), forget_nonces),
    Job("forget counts", timedelta(hours=1), forget_counts),
    Job("forget links", timedelta(hours=6), forget_links),
)


def run_due(
    services: Services, due: Due, now: datetime, *, table: tuple[Job, ...] = TIMETABLE
) -> None:
    """Run the jobs whose time has come; one that fails is tried again at its next time."""
    for job in table:
        if due.get(job.name, now) > now:
            continue
        due[job.name] = now + job.every
        try:
            job.run(services, now)
        except Exception as error:
            log.error("job failed", job=job.name, kind=type(error).__name__)
