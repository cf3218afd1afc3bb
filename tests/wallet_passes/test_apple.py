"""Apple Wallet: a package that OpenSSL and the door accept."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from passes_service.passes.queries import Held
from tests.checkin.evening import Evening, post
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.people import keyed
from tests.phones import Phone
from tests.wallet_passes import papers


def add(fan: TestClient, held: Held) -> Any:
    return fan.post(f"/api/v1/me/passes/{held.row.pass_id}/wallets/apple", headers=keyed())


def package(fan: TestClient, held: Held) -> zipfile.ZipFile:
    assert add(fan, held).status_code == 201
    answer = fan.get(f"/api/v1/me/passes/{held.row.pass_id}/wallets/apple")
    assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
    return zipfile.ZipFile(BytesIO(answer.content))


def test_signature_and_digests_are_those_of_the_organizers_certificate(
    fan: TestClient, held: Held, tmp_path: Path
) -> None:
    found = package(fan, held)
    manifest = json.loads(found.read("manifest.json"))
    for name in ("manifest.json", "signature"):
        papers.put(tmp_path, name, found.read(name))
    verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature"]
    verify += ["-content", "manifest.json", "-CAfile", "root.pem", "-purpose", "any"]
    verify += ["-attime", str(int(Clock().now.timestamp()))]

    checked = subprocess.run([*verify, "-out", "out"], cwd=tmp_path, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    papers.put(tmp_path, "manifest.json", found.read("manifest.json") + b" ")
    assert subprocess.run([*verify, "-out", "out"], cwd=tmp_path, capture_output=True).returncode
    members = set(found.namelist()) - {"manifest.json", "signature"}
    assert set(manifest) == members == {"pass.json", "icon.png", "icon@2x.png", "icon@3x.png"}
    for name, digest in manifest.items():
        assert hashlib.sha1(found.read(name)).hexdigest() == digest
    assert {entry.date_time for entry in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [Image.open(BytesIO(found.read(name))).size for name in sorted(members)[:3]] == [
        (29, 29),
        (58, 58),
        (87, 87),
    ]


def test_says_what_apple_asks_for_and_what_the_page_shows(fan: TestClient, held: Held) -> None:
    said = json.loads(package(fan, held).read("pass.json"))

    assert (said["passTypeIdentifier"], said["teamIdentifier"]) == (papers.PASS_TYPE, papers.TEAM)
    assert (said["formatVersion"], said["serialNumber"]) == (1, str(held.row.pass_id))
    assert said["relevantDate"] == "2027-03-21T20:00:00+01:00"
    [barcode] = said["barcodes"]
    assert (barcode["format"], barcode["altText"]) == ("PKBarcodeFormatQR", "1 of 5")
    back = {each["key"]: each["value"] for each in said["eventTicket"]["backFields"]}
    assert back["sessions"].splitlines()[0] == "Sun 21 Mar 2027, 20:00: Evening 1"
    assert back["page"] == f"{ORIGIN}/me/passes/{held.row.pass_id}"
    assert fan.get(back["rules"]).status_code == 200
    assert "fan" not in json.dumps(said)


def test_its_code_opens_the_door(fan: TestClient, night: Evening, held: Held) -> None:
    said = json.loads(package(fan, held).read("pass.json"))

    answer = post(fan, night, said["barcodes"][0]["message"]).json()

    assert (answer["code"], answer["pass_label"]) == ("ADMIT", "1 of 5")


def test_bound_pass_has_no_code_for_it_and_the_old_one_is_dead(
    fan: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    old = json.loads(package(fan, held).read("pass.json"))["barcodes"][0]["message"]
    clock.now -= timedelta(days=1)
    Phone().bind(night.services, held)
    clock.now += timedelta(days=1)

    assert add(fan, held).json()["code"] == "code-on-device"
    assert fan.get(f"/api/v1/me/passes/{held.row.pass_id}/wallets/apple").status_code == 404
    assert post(fan, night, old).json()["code"] == "STALE"
    page = fan.get(f"/me/passes/{held.row.pass_id}").text
    assert "What Apple Wallet has of this pass is dead" in page
    assert "Add to Apple Wallet" not in page


def test_button_downloads_the_package(fan: TestClient, held: Held) -> None:
    page = f"/me/passes/{held.row.pass_id}"
    assert "Add to Apple Wallet" in fan.get(page).text

    pressed = fan.post(f"{page}/wallets/apple", data={"_key": keyed()["Idempotency-Key"]})

    assert pressed.status_code == 303
    assert fan.get(pressed.headers["location"]).content.startswith(b"PK")


@pytest.mark.parametrize("fault", ["expired", "foreign key", "no subject"])
def test_certificate_that_apple_would_refuse_signs_nothing(
    fan: TestClient, night: Evening, held: Held, clock: Clock, tmp_path: Path, fault: str
) -> None:
    folder = tmp_path / "apple" / "nocturne"
    match fault:
        case "expired":
            papers.apple(tmp_path, clock(), ends=timedelta())
        case "foreign key":
            papers.put(folder, "key.pem", papers.pem(papers.key("google")))
        case "no subject":
            papers.put(folder, "certificate.pem", (folder / "intermediate.pem").read_bytes())
            papers.put(folder, "key.pem", papers.pem(papers.key("wwdr")))

    refused = add(fan, held)

    assert (refused.status_code, refused.json()["code"]) == (503, "wallet-broken")
