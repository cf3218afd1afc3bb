"""Deadlines in a feed follow what the contract publishes and pays."""

from __future__ import annotations

import gzip
import re
import secrets
from uuid import UUID

import pytest

from passes_service.accounts import versions
from passes_service.feeds import copies, links
from passes_service.feeds.links import Options
from tests.indexer.ground import Ground

pytestmark = pytest.mark.node
GIVE_BACK = re.compile(r"SUMMARY:(Last moment to give back [^\r]*)")


def deadlines(here: Ground, link_id: UUID) -> list[str]:
    """Return what the stored feed says is the last moment of, as its device gets it."""
    with here.services.database.transaction() as session:
        stored = copies.refresh(
            session,
            organizer_id=here.organizer_id,
            link_id=link_id,
            origin="https://passes.test",
            now=here.services.clock(),
        )
    assert stored is not None
    text = gzip.decompress(stored.body).decode().replace("\r\n ", "")
    return sorted(GIVE_BACK.findall(text))


def test_cancellation_and_draw_on_chain_move_the_amounts(here: Ground) -> None:
    ann = here.chain.accounts[2]
    here.buy(ann)
    here.read()
    holder_id = here.holder_of(ann)
    with here.services.database.transaction() as session:
        link = links.create(
            session,
            organizer_id=here.organizer_id,
            holder_id=holder_id,
            label="Phone",
            random=secrets.token_bytes(32),
            now=here.services.clock(),
            options=Options(deadlines=True),
        ).row
    said = [deadlines(here, link.id)]
    here.chain.act(here.owner, here.contract, "cancelPortion", here.series_no, 1)
    here.read()
    said.append(deadlines(here, link.id))
    here.chain.act(ann, here.contract, "draw", here.token(1), ann)
    here.read()
    said.append(deadlines(here, link.id))

    assert said[0]
    assert said[0] != said[1] != said[2]
    with here.services.database.transaction() as session:
        versions.bump(session, organizer_id=here.organizer_id, holder_ids=[holder_id])
    assert deadlines(here, link.id) == said[2], "whoever renders anew says the same"
