"""What the doctor says of the credentials for wallet apps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from passes_service.cli.checks import wallet_apps
from passes_service.cli.checks.model import FAIL, OK, WARN, Check
from passes_service.config import Settings
from tests.conftest import isolated
from tests.fakes import Clock
from tests.wallet_passes import papers

NOW = Clock().now


def found(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in wallet_apps.checks(settings, now=NOW)}


def test_nothing_set_is_fine() -> None:
    assert {check.status for check in found(isolated()).values()} == {OK}


def test_each_organizers_credentials_are_looked_at(tmp_path: Path) -> None:
    papers.google(tmp_path)
    papers.google(tmp_path, "matinee")
    (tmp_path / "google" / "matinee" / "issuer-id").chmod(0o644)
    papers.apple(tmp_path, NOW)
    papers.apple(tmp_path, NOW, "matinee", ends=timedelta(days=29))
    places = {"google_wallet_dir": tmp_path / "google", "apple_wallet_dir": tmp_path / "apple"}

    told = found(isolated(**places))

    assert told["Google Wallet, nocturne"].value == f"issuer {papers.ISSUER_ID}, {papers.ACCOUNT}"
    assert told["Google Wallet, matinee"].status == FAIL
    assert "644" in told["Google Wallet, matinee"].value
    assert told["Apple Wallet, nocturne"].status == OK
    assert told["Apple Wallet, matinee"].status == WARN
    assert "PRIVATE" not in repr(told)


def test_directory_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    told = found(isolated(apple_wallet_dir=tmp_path / "nowhere"))

    assert told["Apple Wallet"].status == FAIL
