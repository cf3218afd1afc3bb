"""Which organizer is paid where: settings, folders of credentials, what is kept open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from passes_service.bootstrap import Services
from passes_service.payments.errors import PaymentProviderBroken, ProviderNotConfigured
from passes_service.payments.external import External
from passes_service.payments.model import Provider
from tests.conftest import isolated
from tests.payments.conftest import ORGANIZER, asked
from tests.payments.fake_stripe import Peer


@pytest.fixture
def served(services: Services, peer: Peer, tmp_path: Path) -> Services:
    """Services whose organizer has an account at the fake."""
    places: dict[str, Any] = {
        "stripe_dir": peer.credentials(tmp_path / "stripe", ORGANIZER),
        "stripe_api_base": peer.url,
    }
    return replace(services, settings=services.settings.model_copy(update=places))


def folder(served: Services) -> Path:
    assert served.settings.stripe_dir is not None
    return served.settings.stripe_dir / str(ORGANIZER)


def test_the_folder_names_the_account_and_it_is_opened_once(served: Services, peer: Peer) -> None:
    found = served.provider(ORGANIZER, "stripe")
    assert found.ask(asked()).client["publishable_key"] == peer.publishable_key
    assert found is served.provider(ORGANIZER, "stripe")
    assert found.name == "stripe"


def test_every_provider_says_its_name(services: Services) -> None:
    names = [services.provider(ORGANIZER, name).name for name in ("free", "external")]
    assert names == ["free", "external"]


@pytest.mark.parametrize("name", ["stripe", "onchain", "paypal", ""])
def test_what_the_organizer_does_not_have_is_not_offered(services: Services, name: str) -> None:
    with pytest.raises(ProviderNotConfigured):
        services.provider(ORGANIZER, name)


def test_another_organizer_has_no_part_in_it(served: Services) -> None:
    with pytest.raises(ProviderNotConfigured):
        served.provider(uuid4(), "stripe")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place: place.chmod(0o750),
        lambda place: (place / "secret-key").chmod(0o640),
        lambda place: (place / "webhook-secret").chmod(0o604),
        lambda place: (place / "publishable-key").unlink(),
        lambda place: (place / "secret-key").write_text(""),
        lambda place: (place / "secret-key").write_text("pk_test_0123456789"),
        lambda place: (place / "secret-key").write_text("sk_live_0123456789"),
        lambda place: (place / "secret-key").write_bytes(b"\xff\xfe"),
        lambda place: (place / "secret-key").write_text("sk_test_0123\nsk_test_4567"),
        lambda place: (place / "webhook-secret").write_text("0123456789"),
        lambda place: (place / "webhook-secret").write_text("whsec_a1b2 " * 3),
    ],
)
def test_credentials_that_others_can_read_or_that_are_none_are_not_used(
    served: Services, spoil: Callable[[Path], Any]
) -> None:
    spoil(folder(served))
    with pytest.raises(PaymentProviderBroken):
        served.provider(ORGANIZER, "stripe")


def test_a_link_in_place_of_the_folder_is_not_used(served: Services, tmp_path: Path) -> None:
    folder(served).rename(tmp_path / "elsewhere")
    folder(served).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PaymentProviderBroken):
        served.provider(ORGANIZER, "stripe")


def test_two_webhook_secrets_are_good_while_one_replaces_the_other(
    served: Services, peer: Peer
) -> None:
    old = "whsec_older"
    (folder(served) / "webhook-secret").write_text(f"{peer.webhook_secret}\n{old}\n")
    found = served.provider(ORGANIZER, "stripe")
    peer.book.happened("customer.created", {"id": "cus_1"})
    for secret in (None, old):
        headers, body = peer.signed(peer.told("customer.created"), secret=secret)
        assert found.read_event(headers, body, now=peer.book.clock()).kind == "other"


def test_the_storefronts_secret_is_the_organizers_own(services: Services) -> None:
    first, again = (services.external(ORGANIZER).secret for _ in range(2))
    assert first == again
    assert first.startswith("whsec_")
    assert services.external(UUID(int=7)).secret != first


@pytest.mark.parametrize(
    "base",
    [
        "https://api.stripe.example",
        "http://10.0.0.1:8420",
        "http://127.0.0.1.example:80",
        "http://127.0.0.1:8420/path",
        "http://user@127.0.0.1:8420",
        "file:///tmp",
        "127.0.0.1:8420",
        "",
    ],
)
def test_an_organizers_key_is_sent_to_stripe_or_to_this_machine(base: str) -> None:
    with pytest.raises(ValidationError):
        isolated(stripe_api_base=base)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8420", "http://localhost:1", "http://[::1]:2"])
def test_a_peer_on_this_machine_is_taken(base: str) -> None:
    assert isolated(stripe_api_base=base).stripe_api_base == base


def test_all_three_are_providers(served: Services) -> None:
    external: Provider = served.provider(ORGANIZER, "external")
    assert isinstance(external, External)
