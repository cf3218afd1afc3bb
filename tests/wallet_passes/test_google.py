"""Google Wallet: the signed link, what it says, and that the door takes what the app then shows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import struct
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from starlette.testclient import TestClient

from passes_service.checkin.offline.secrets import StepSecret, step_secrets
from passes_service.db.models import MailMessage
from passes_service.keyring import KeyUse
from passes_service.keyring.model import new_key
from passes_service.passes.queries import Held
from passes_service.wallet_passes import content, credentials, google
from tests.checkin.evening import Evening, post
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.people import keyed
from tests.phones import Phone
from tests.wallet_passes import papers

DAY = timedelta(days=1)


def add(fan: TestClient, held: Held) -> Any:
    return fan.post(f"/api/v1/me/passes/{held.row.pass_id}/wallets/google", headers=keyed())


def link(fan: TestClient, held: Held) -> str:
    answer = fan.get(f"/api/v1/me/passes/{held.row.pass_id}/wallets/google")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["save_url"])


def parts(save_url: str) -> list[bytes]:
    token = save_url.removeprefix("https://pay.google.com/gp/v/save/")
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


def ticket(save_url: str) -> dict[str, Any]:
    claims = json.loads(parts(save_url)[1])
    found: dict[str, Any] = claims["payload"]["eventTicketObjects"][0]
    return found


def shown_by_google(one: dict[str, Any], now: datetime) -> str:
    """Compute what the app shows, from the object alone and with a TOTP of our own (RFC 6238)."""
    rotating = one["rotatingBarcode"]
    details = rotating["totpDetails"]
    assert details["algorithm"] == "TOTP_SHA1"
    values = []
    for parameter in details["parameters"]:
        step = int(now.timestamp() * 1000) // int(details["periodMillis"])
        mac = hmac.new(
            bytes.fromhex(parameter["key"]), struct.pack(">Q", step), hashlib.sha1
        ).digest()
        [number] = struct.unpack_from(">I", mac, mac[-1] & 15)
        length = parameter["valueLength"]
        values.append(str((number & 0x7FFFFFFF) % 10**length).zfill(length))
    known = {"totp_timestamp_seconds": str(int(now.timestamp()))}
    known |= {f"totp_value_{index}": value for index, value in enumerate(values)}
    return re.sub(r"{(\w+)}", lambda found: known[found[1]], rotating["valuePattern"])


def test_what_google_shows_opens_the_door_and_a_screenshot_of_it_does_not_a_minute_later(
    fan: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    clock.now -= DAY
    assert add(fan, held).status_code == 201
    one = ticket(link(fan, held))
    clock.now += DAY
    picture = shown_by_google(one, clock.now)
    clock.now += timedelta(seconds=60)

    assert post(fan, night, picture).json()["code"] == "STALE"
    answer = post(fan, night, shown_by_google(one, clock.now)).json()
    assert (answer["code"], answer["pass_label"]) == ("ADMIT", "1 of 5")


def test_link_is_signed_by_the_service_account(
    fan: TestClient, held: Held, clock: Clock, tmp_path: Path
) -> None:
    clock.now -= DAY
    add(fan, held)
    save_url = link(fan, held)
    header, claims, signature = parts(save_url)
    public = papers.key("google").public_key()
    files: dict[str, str | bytes] = {
        "said": save_url.removeprefix("https://pay.google.com/gp/v/save/").rpartition(".")[0],
        "signature": signature,
        "public.pem": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    }
    for name, body in files.items():
        papers.put(tmp_path, name, body)

    verify = ["openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"]
    assert b"OK" in subprocess.check_output([*verify, "said"], cwd=tmp_path)
    assert json.loads(header)["alg"] == "RS256"
    said = json.loads(claims)
    assert (said["iss"], said["aud"], said["typ"]) == (papers.ACCOUNT, "google", "savetowallet")
    assert len(save_url) <= 3000


def test_object_carries_dates_page_and_rules_and_nobodys_name(
    fan: TestClient, held: Held, clock: Clock
) -> None:
    clock.now -= DAY
    add(fan, held)
    one = ticket(link(fan, held))

    assert one["id"].startswith(f"{papers.ISSUER_ID}.{held.row.pass_id}-")
    assert one["classId"].startswith(f"{papers.ISSUER_ID}.")
    assert re.fullmatch(r"[\w.-]+", one["id"])
    assert one["ticketNumber"] == "1 of 5"
    assert one["textModulesData"][0]["body"].splitlines() == [
        "Sun 21 Mar 2027, 20:00: Evening 1",
        "Sun 28 Mar 2027, 21:00: Evening 2",
        "Sun 4 Apr 2027, 21:00: Evening 3",
    ]
    to = {each["id"]: each["uri"] for each in one["linksModuleData"]["uris"]}
    assert to["pass"] == f"{ORIGIN}/me/passes/{held.row.pass_id}"
    assert fan.get(to["rules"]).status_code == 200
    assert "fan" not in json.dumps(one)


def test_page_leads_to_google_and_says_what_goes_there(
    fan: TestClient, held: Held, clock: Clock
) -> None:
    clock.now -= DAY
    page = f"/me/passes/{held.row.pass_id}"
    assert "Add to Google Wallet" in fan.get(page).text

    pressed = fan.post(f"{page}/wallets/google", data={"_key": keyed()["Idempotency-Key"]})

    assert pressed.headers["location"] == f"{page}/wallets/google"
    shown = fan.get(pressed.headers["location"])
    assert "https://pay.google.com/gp/v/save/" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "handed out for Google Wallet" in fan.get(page).text


def test_new_phone_kills_what_google_has_and_the_page_says_so(
    fan: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    clock.now -= DAY
    add(fan, held)
    old = ticket(link(fan, held))
    Phone().bind(night.services, held)

    assert fan.get(f"/api/v1/me/passes/{held.row.pass_id}/wallets/google").status_code == 404
    assert "What Google Wallet has of this pass is dead" in (
        fan.get(f"/me/passes/{held.row.pass_id}").text
    )
    add(fan, held)
    new = ticket(link(fan, held))
    assert new["id"] != old["id"]
    clock.now += DAY
    assert post(fan, night, shown_by_google(old, clock.now)).json()["code"] == "STALE"
    assert post(fan, night, shown_by_google(new, clock.now)).json()["code"] == "ADMIT"


def test_from_two_hours_before_doors_no_code_starts_that_gates_do_not_know(
    fan: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    refused = add(fan, held)
    assert (refused.status_code, refused.json()["code"]) == (409, "binding-closed")
    clock.now -= DAY
    assert add(fan, held).status_code == 201
    clock.now += DAY

    assert add(fan, held).status_code == 201  # the same code once more, on another phone
    known = known_by_gates(night, clock())
    assert [one[3].hex() for one in known] == [secret_of(ticket(link(fan, held)))]


def test_secret_is_in_no_table(fan: TestClient, night: Evening, held: Held, clock: Clock) -> None:
    clock.now -= DAY
    add(fan, held)
    key = secret_of(ticket(link(fan, held)))
    with night.services.database.reading() as session:
        for table in reversed(MailMessage.metadata.sorted_tables):
            for row in session.execute(table.select()):
                assert key not in repr(row)
                assert bytes.fromhex(key) not in [value for value in row if value]


@pytest.mark.parametrize("fault", ["absent", "open", "broken", "unnumbered"])
def test_without_sound_credentials_there_is_no_link(
    fan: TestClient, night: Evening, held: Held, clock: Clock, fault: str
) -> None:
    clock.now -= DAY
    place = night.services.settings.google_wallet_dir
    assert place is not None
    folder = place / "nocturne"
    account = folder / "service-account.json"
    match fault:
        case "absent":
            folder.rename(place / "somebody-else")
        case "open":
            account.chmod(0o644)
        case "broken":
            account.write_text("{}")
        case "unnumbered":
            (folder / "issuer-id").write_text("../1")

    refused = add(fan, held)

    offered = "Add to Google Wallet" in fan.get(f"/me/passes/{held.row.pass_id}").text
    known = ("wallet-not-offered", 404) if fault == "absent" else ("wallet-broken", 503)
    assert (refused.json()["code"], refused.status_code) == known
    assert offered == (fault != "absent")
    assert "PRIVATE" not in refused.text


def test_somebody_elses_pass_is_none(fan: TestClient, night: Evening, held: Held) -> None:
    other = night.issue("friend@example.org")

    assert add(fan, other).status_code == 404


def test_long_season_is_cut_so_that_the_link_stays_one(
    night: Evening, held: Held, clock: Clock
) -> None:
    services = night.services
    with services.database.reading() as session:
        face = content.of(session, held, origin=ORIGIN, now=clock())
    for one in face.ahead:
        one.title = "An evening with a long name, and a quartet with two guests" * 3
    account = credentials.google(services.settings.google_wallet_dir, "nocturne")
    long = replace(face, ahead=face.ahead * 10)

    save_url = google.save_url(long, secret=bytes(20), account=account, now=clock())

    assert 2000 < len(save_url) <= google.LONGEST
    *dates, rest = ticket(save_url)["textModulesData"][0]["body"].splitlines()
    assert rest == f"{30 - len(dates)} more on its page"
    assert 0 < len(dates) < 8


def test_rotated_key_leaves_one_secret_until_its_overlap_ends(
    fan: TestClient, night: Evening, held: Held, clock: Clock
) -> None:
    clock.now -= DAY
    add(fan, held)
    old = ticket(link(fan, held))
    keys: Any = night.services.keyring._keys  # as a restart after `passes keys rotate` has it
    before = keys[KeyUse.STEP]
    new = new_key(KeyUse.STEP, now=clock() + timedelta(hours=1), random=secrets.token_bytes)
    keys[KeyUse.STEP] = (new, replace(before[0], not_after=clock() + timedelta(hours=3)))
    clock.now += timedelta(hours=2)

    assert add(fan, held).status_code == 201
    assert ticket(link(fan, held)) == old
    assert [one[3].hex() for one in known_by_gates(night, clock())] == [secret_of(old)]
    clock.now += timedelta(hours=2)
    assert known_by_gates(night, clock()) == []
    page = fan.get(f"/me/passes/{held.row.pass_id}").text
    assert "What Google Wallet has of this pass is dead" in page
    assert add(fan, held).status_code == 201
    anew = ticket(link(fan, held))
    assert anew["id"] != old["id"]
    assert [one[3].hex() for one in known_by_gates(night, clock())] == [secret_of(anew)]
    clock.now += DAY - timedelta(hours=4)
    assert post(fan, night, shown_by_google(old, clock.now)).json()["code"] == "BAD_SIGNATURE"
    assert post(fan, night, shown_by_google(anew, clock.now)).json()["code"] == "ADMIT"


def known_by_gates(night: Evening, now: datetime) -> list[StepSecret]:
    keys = night.services.keyring
    with night.services.database.reading() as session:
        return step_secrets(session, night.organizer_id, night.first.id, keys, now)


def secret_of(one: dict[str, Any]) -> str:
    return str(one["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"])
