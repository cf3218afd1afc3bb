"""Feed and door follow a token from wallet to wallet; the codes of earlier hands are dead."""

from __future__ import annotations

import gzip
import secrets
from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.checkin import gates
from passes_service.checkin import service as door
from passes_service.checkin.outcome import ScanCode
from passes_service.checkin.service import Ask
from passes_service.feeds import copies, links
from passes_service.passes import proofs, queries
from passes_service.refunds import service as refunds
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import PRICE, Ground, ground

pytestmark = pytest.mark.node
TITLE = "SUMMARY:Evening 1"


def feed(here: Ground, wallet: str) -> str:
    holder_id = here.holder_of(wallet)
    now = here.services.clock()
    with here.services.database.transaction() as session:
        link = links.create(
            session,
            organizer_id=here.organizer_id,
            holder_id=holder_id,
            label="Phone",
            random=secrets.token_bytes(32),
            now=now,
        ).row
    with here.services.database.transaction() as session:
        stored = copies.refresh(
            session,
            organizer_id=link.organizer_id,
            link_id=link.id,
            origin="https://passes.test",
            now=now,
        )
    assert stored is not None
    return gzip.decompress(stored.body).decode()


def code(here: Ground, token: int) -> str:
    with here.services.database.reading() as session:
        held = queries.by_pass_id(session, organizer_id=here.organizer_id, pass_id=token)
        document = terms.get(
            session, organizer_id=here.organizer_id, terms_hash=held.series.terms_hash
        )
    now = here.services.clock()
    return proofs.sign_code(held, document, keys=here.services.keyring, now=now).text


def scan(here: Ground, text: str) -> ScanCode:
    now = here.services.clock()
    with here.services.database.transaction() as session:
        gate = gates.enrol(
            session,
            organizer_id=here.organizer_id,
            name=f"Door {secrets.token_hex(4)}",
            session_ids=[],
            random=secrets.token_bytes(32),
            now=now,
        )
    with here.services.database.transaction() as session:
        return door.scan(
            session,
            Ask(
                organizer_id=here.organizer_id,
                gate=gates.ref(gate.gate),
                session_id=here.season.sessions[0].id,
                text=text,
                nonce=secrets.token_urlsafe(12),
                public_keys=here.services.keyring.gate_public_keys(now),
                now=now,
            ),
            force_reason="",
        ).code


def test_feed_and_door_follow_a_transfer_from_wallet_to_wallet(here: Ground) -> None:
    ann, bob = here.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    assert TITLE in feed(here, ann)
    anns = code(here, here.token(1))

    here.transfer(ann, bob, here.token(1))
    here.read()

    assert TITLE not in feed(here, ann)
    assert TITLE in feed(here, bob)
    here.clock.now = here.season.sessions[0].starts_at - timedelta(minutes=10)
    assert scan(here, anns) is ScanCode.STALE
    assert scan(here, code(here, here.token(1))) is ScanCode.ADMIT


def test_a_pass_that_is_handed_on_between_showing_and_scanning_lets_nobody_in_by_the_old_code(
    here: Ground,
) -> None:
    ann, bob = here.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    shown = code(here, here.token(1))
    here.transfer(ann, bob, here.token(1))
    here.read()
    here.clock.now = here.season.sessions[0].starts_at - timedelta(minutes=10)
    assert scan(here, shown) is ScanCode.STALE


def test_what_was_given_up_leaves_feed_and_door(here: Ground) -> None:
    ann = here.chain.accounts[2]
    here.buy(ann)
    here.read()
    shown = code(here, here.token(1))
    here.refund(ann, here.token(1))
    here.read()

    assert TITLE not in feed(here, ann)
    here.clock.now = here.season.sessions[0].starts_at - timedelta(minutes=10)
    assert scan(here, shown) is ScanCode.REVOKED


def test_the_page_quotes_what_the_contract_pays(here: Ground) -> None:
    ann = here.chain.accounts[2]
    here.buy(ann)
    here.read()
    with here.services.database.reading() as session:
        held = queries.by_pass_id(session, organizer_id=here.organizer_id, pass_id=here.token(1))
        quote = refunds.quote(session, held, now=here.clock.now)

    assert not quote.decision.allowed
    assert quote.from_wallet is not None
    told = here.chain.view(here.contract, "refundOf", here.token(1))
    assert quote.from_wallet.amount == told[1] == PRICE.minor


def test_what_the_contract_publishes_decides_here_as_there(
    services: Services, chain: LocalChain, clock: Clock
) -> None:
    here, ann = ground(services, chain, clock), chain.accounts[2]
    here.buy(ann)
    here.chain.act(here.owner, here.contract, "cancelPortion", here.series_no, 1)
    here.read()

    with here.services.database.reading() as session:
        held = queries.by_pass_id(session, organizer_id=here.organizer_id, pass_id=here.token(1))
        draw = refunds.quote(session, held, way="draw", now=here.clock.now).from_wallet
    assert draw is not None
    assert draw.amount == here.chain.view(here.contract, "drawOf", here.token(1)) > 0
    here.chain.act(ann, here.contract, "draw", here.token(1), ann)
    here.read()
    assert here.row(here.token(1)).paid_back_minor == draw.amount
    assert here.place().drawn_minor == draw.amount
