"""A pass: issued by the rules, proved to anybody, withdrawn or re-issued, its history readable."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import series
from passes_service.catalog.errors import SeriesClosed
from passes_service.core import voucher_file
from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.core.voucher_file import VoucherVerdict
from passes_service.passes import proofs, queries, service
from passes_service.passes.errors import PaidTooMuch, PassInactive, PassMoved, SaleClosed, SoldOut
from passes_service.passes.queries import Held
from tests import people
from tests.catalog.acts import fresh
from tests.fakes import Clock
from tests.season import Season, issue, season

WALLET = Account.from_key(b"\x01" * 32).address


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


def sell(services: Services, made: Season, **how: Any) -> Any:
    holder = people.holder(services, made.organizer_id)
    with services.database.transaction() as session:
        return service.issue(
            session,
            organizer_id=made.organizer_id,
            series_id=made.series.id,
            holder_id=holder.id,
            actor="test",
            now=services.clock(),
            **how,
        )


def voucher(services: Services, held: Held) -> dict[str, Any]:
    return proofs.sign_voucher(held, keys=services.keyring, now=services.clock())


def check(services: Services, file: dict[str, Any] | str) -> VoucherVerdict:
    whole = file if isinstance(file, str) else json.dumps(file)
    addresses = [services.keyring.issuer.address]
    return voucher_file.verify(whole, issuer_addresses=addresses, now=services.clock()).verdict


class TestIssuing:
    def test_the_list_price_is_paid_unless_said_otherwise(
        self, services: Services, made: Season
    ) -> None:
        assert sell(services, made).paid_minor == 6_000
        assert sell(services, made, paid_minor=0).provider == "free"
        assert sell(services, made, paid_minor=4_500).provider == "external"

    def test_nothing_above_the_list_price_and_nothing_below_zero(
        self, services: Services, made: Season
    ) -> None:
        for paid in (6_001, -1):
            with pytest.raises(PaidTooMuch) as refusal:
                sell(services, made, paid_minor=paid)
            assert refusal.value.members["field"] == "paid_minor"
        assert sell(services, made).serial == 1, "a refusal takes no number"

    def test_the_sale_closes_at_the_second_that_the_terms_say(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        closes = made.sessions[2].starts_at - timedelta(minutes=30)
        clock.now = closes - timedelta(seconds=1)
        assert sell(services, made).serial == 1
        clock.now = closes
        with pytest.raises(SaleClosed):
            sell(services, made)

    def test_a_closed_series_and_a_full_one_say_so(self, services: Services, made: Season) -> None:
        for _ in range(5):
            sell(services, made)
        with pytest.raises(SoldOut) as full:
            sell(services, made)
        assert full.value.members["cap"] == 5
        with services.database.transaction() as session:
            series.close(
                session,
                organizer_id=made.organizer_id,
                series_id=made.series.id,
                now=services.clock(),
            )
        with pytest.raises(SeriesClosed):
            sell(services, made)


class TestVoucher:
    def test_any_ethereum_tool_recovers_the_issuer(self, services: Services, held: Held) -> None:
        file = voucher(services, held)
        signable = encode_typed_data(full_message=file["typedData"])
        signer = Account.recover_message(signable, signature=file["signature"])
        assert signer == services.keyring.issuer.address == file["issuer"]
        message = file["typedData"]["message"]
        assert message["passId"] == str(held.row.pass_id)
        assert message["holder"] == ZERO_ADDRESS
        assert message["termsHash"] == held.series.terms_hash

    def test_one_of_a_wallet_names_it(self, services: Services, made: Season) -> None:
        row = sell(services, made, wallet=WALLET)
        file = voucher(services, Held(row, made.series))
        assert file["typedData"]["message"]["holder"] == WALLET
        assert check(services, file) is VoucherVerdict.VALID

    def test_ours_reads_it_as_valid_until_it_expires(
        self, services: Services, held: Held, clock: Clock
    ) -> None:
        file = voucher(services, held)
        assert check(services, file) is VoucherVerdict.VALID
        clock.now += proofs.VOUCHER_LIFE - timedelta(seconds=1)
        assert check(services, file) is VoucherVerdict.VALID
        clock.forward(seconds=1)
        assert check(services, file) is VoucherVerdict.EXPIRED

    def test_a_flipped_bit_anywhere_is_never_valid(self, services: Services, held: Held) -> None:
        whole = json.dumps(voucher(services, held)).encode()
        for place in range(0, len(whole), 7):
            broken = bytearray(whole)
            broken[place] ^= 1
            verdict = check(services, broken.decode("latin-1"))
            assert verdict in (VoucherVerdict.BAD_SIGNATURE, VoucherVerdict.MALFORMED), place

    def test_an_old_epoch_shows_against_the_book(self, services: Services, held: Held) -> None:
        old = voucher(services, held)
        with services.database.transaction() as session:
            row = service.reissue(session, held.row, actor="t", now=services.clock())
        read = voucher_file.read_file(json.dumps(old))
        assert (read.voucher.epoch, row.epoch) == (1, 2)
        new = voucher(services, Held(row, held.series))
        assert new["typedData"]["message"]["epoch"] == "2"

    def test_none_is_signed_for_a_pass_that_is_gone(self, services: Services, held: Held) -> None:
        with services.database.transaction() as session:
            row = service.void(session, held.row, reason="x", actor="t", now=services.clock())
        with pytest.raises(PassInactive):
            voucher(services, Held(row, held.series))


class TestVoidAndReissue:
    def test_twice_is_refused_and_an_old_look_moves_nothing(
        self, services: Services, held: Held
    ) -> None:
        with services.database.transaction() as session:
            service.reissue(session, held.row, actor="t", now=services.clock())
        stale = Held(held.row.model_copy(update={"epoch": 1}), held.series)
        with pytest.raises(PassMoved), services.database.transaction() as session:
            service.void(session, stale.row, reason="x", actor="t", now=services.clock())
        now = fresh(services, held)
        assert (now.row.state, now.row.epoch) == ("active", 2)
        with services.database.transaction() as session:
            service.void(session, now.row, reason="x", actor="t", now=services.clock())
        with pytest.raises(PassInactive), services.database.transaction() as session:
            service.void(
                session, fresh(services, held).row, reason="x", actor="t", now=services.clock()
            )

    def test_the_holder_reads_the_history_in_order_and_in_sentences(
        self, client: TestClient, services: Services, made: Season, held: Held, clock: Clock
    ) -> None:
        people.sign_in_staff(client, services, made.owner)
        path = f"/api/v1/passes/{held.row.pass_id}"
        clock.forward(minutes=1)
        client.post(f"{path}/reissue", headers=people.keyed())
        clock.forward(minutes=1)
        client.post(
            f"{path}/void", json={"reason": "The payment was disputed"}, headers=people.keyed()
        )
        people.sign_in_holder(client, services, made.organizer_id)
        lines = client.get(f"/api/v1/me/passes/{held.row.pass_id}/history").json()
        assert [(line["kind"], line["epoch"], line["sentence"]) for line in lines] == [
            ("issued", 1, "Issued as 1 of 5, EUR 60.00."),
            ("reissued", 2, "Re-issued; earlier codes no longer open the door."),
            ("void", 2, "Withdrawn: The payment was disputed"),
        ]
        assert all(set(line) == {"kind", "epoch", "sentence", "created_at"} for line in lines)


def test_finding_passes_takes_any_text(services: Services, made: Season, held: Held) -> None:
    for text in ("1", "fan@", "Fan@Example.org", str(held.row.pass_id)):
        with services.database.reading() as session:
            found = queries.search(session, organizer_id=made.organizer_id, text=text)
        assert [one.row.id for one in found] == [held.row.id], text
    for text in ("²", "٣", "%", "_", "\\", "9999999999", "9" * 40, "\x00", "'; --", "é" * 200):
        with services.database.reading() as session:
            found = queries.search(session, organizer_id=made.organizer_id, text=text)
        assert found == [], text
