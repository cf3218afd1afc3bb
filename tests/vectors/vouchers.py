"""Vectors of vouchers: digests, signatures, and files with the verdict that each must get."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from passes_service.core import ethereum, pass_id, voucher, voucher_file
from passes_service.core.instants import to_seconds
from passes_service.core.voucher import PassVoucher
from tests.vectors.common import EXPIRES, ISSUED, ORGANIZER, OTHER_ORGANIZER, SERIES, flip, wallet

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
START, END = to_seconds(ISSUED), to_seconds(EXPIRES)
SOUND = PassVoucher(
    pass_id=pass_id.compose(SERIES, 137),
    holder=ethereum.address_of(wallet("holder")),
    epoch=3,
    issued_at=START,
    expires_at=END,
    terms_hash=bytes(range(32)),
)
CASES = {
    "held by a wallet": SOUND,
    "held by an account": replace(SOUND, holder=ethereum.ZERO_ADDRESS, epoch=0),
    "largest values": PassVoucher(
        pass_id=pass_id.compose(2**64 - 1, 2**32 - 1),
        holder=ethereum.checksum_address(b"\xff" * 20),
        epoch=2**64 - 1,
        issued_at=2**64 - 2,
        expires_at=2**64 - 1,
        terms_hash=b"\xff" * 32,
    ),
}
Json = dict[str, Any]


def signed_file(said: PassVoucher, *, by: str = "issuer") -> Json:
    key = wallet(by)
    signature = voucher.sign(voucher.digest(said, ORGANIZER), key)
    issuer = ethereum.address_of(key)
    return voucher_file.to_file(said, organizer_id=ORGANIZER, issuer=issuer, signature=signature)


def build() -> Json:
    issuer = wallet("issuer")
    return {
        "about": "EIP-712 PassVoucher; salt = keccak256(16 bytes of the organizer's UUID)",
        "private_key": issuer.secret.hex(),
        "issuer": ethereum.address_of(issuer),
        "organizer": str(ORGANIZER),
        "salt": voucher.salt(ORGANIZER).hex(),
        "domain_separator": voucher.domain_separator(ORGANIZER).hex(),
        "type_hash": voucher.VOUCHER_TYPE_HASH.hex(),
        "cases": [_case(name, said) for name, said in CASES.items()],
        "checks": [
            {"name": name, "now": str(now), "verdict": verdict, "text": text}
            for name, now, verdict, text in _checks()
        ],
    }


def _case(name: str, said: PassVoucher) -> Json:
    digest = voucher.digest(said, ORGANIZER)
    message = voucher.typed_data(said, ORGANIZER)["message"]
    signature = voucher.sign(digest, wallet("issuer"))
    return {
        "name": name,
        "message": message,
        "digest": digest.hex(),
        "signature": signature.hex(),
    }


def _checks() -> list[tuple[str, int, str, str]]:
    """List name, Unix second of the check, verdict and text of each file."""
    sound = json.dumps(signed_file(SOUND))
    fixed = [
        ("sound", START, "valid", sound),
        ("last second", END - 1, "valid", sound),
        ("first second past", END, "expired", sound),
        ("second before", START - 1, "not-yet", sound),
        ("stranger's key", START, "bad-signature", json.dumps(signed_file(SOUND, by="thief"))),
        ("not JSON", START, "malformed", sound[:-1]),
        ("member twice", START, "malformed", sound[:-1] + ', "format": "eventpass-voucher/1"}'),
        ("empty", START, "malformed", ""),
        ("array", START, "malformed", "[" * 5000),
    ]
    changed = [(name, START, verdict, _edited(edit)) for name, verdict, edit in _edits()]
    return fixed + changed


def _edited(edit: Callable[[Json], None]) -> str:
    file = signed_file(SOUND)
    edit(file)
    return json.dumps(file)


def _say(**fields: str) -> Callable[[Json], None]:
    return lambda file: file["typedData"]["message"].update(fields)


def _sign(change: Callable[[bytes], bytes]) -> Callable[[Json], None]:
    def edit(file: Json) -> None:
        file["signature"] = "0x" + change(bytes.fromhex(file["signature"][2:])).hex()

    return edit


def _high_s(signature: bytes) -> bytes:
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def _other_organizer(file: Json) -> None:
    file["organizer"] = str(OTHER_ORGANIZER)
    file["typedData"]["domain"]["salt"] = "0x" + voucher.salt(OTHER_ORGANIZER).hex()


def _edits() -> list[tuple[str, str, Callable[[Json], None]]]:
    """List name, verdict and change of every edited file."""
    holder = ethereum.checksum_address(flip(bytes.fromhex(SOUND.holder[2:]), 159))
    bad, broken = "bad-signature", "malformed"
    return [
        ("bit of passId", bad, _say(passId=str(SOUND.pass_id ^ 2))),
        ("bit of holder", bad, _say(holder=holder)),
        ("bit of epoch", bad, _say(epoch=str(SOUND.epoch ^ 1))),
        ("bit of issuedAt", bad, _say(issuedAt=str(START ^ 1))),
        ("bit of expiresAt", bad, _say(expiresAt=str(END ^ 1))),
        ("bit of termsHash", bad, _say(termsHash="0x" + flip(SOUND.terms_hash, 0).hex())),
        ("bit of r", bad, _sign(lambda old: flip(old, 0))),
        ("bit of s", bad, _sign(lambda old: flip(old, 8 * 63))),
        ("other v", bad, _sign(lambda old: old[:64] + bytes([55 - old[64]]))),
        ("v of zero", bad, _sign(lambda old: old[:64] + b"\x00")),
        ("v of 29", bad, _sign(lambda old: old[:64] + b"\x1d")),
        ("malleated s", bad, _sign(_high_s)),
        ("all-zero signature", bad, _sign(lambda old: bytes(64) + b"\x1b")),
        ("other organizer", bad, _other_organizer),
        ("another issuer named", bad, lambda file: file.update(issuer=SOUND.holder)),
        ("short signature", broken, _sign(lambda old: old[:64])),
        ("long signature", broken, _sign(lambda old: old + b"\x00")),
        ("upper-case hash", broken, _say(termsHash="0x" + SOUND.terms_hash.hex().upper())),
        ("lower-case holder", broken, _say(holder=SOUND.holder.lower())),
        ("leading zero", broken, _say(epoch="03")),
        ("signed number", broken, _say(epoch="+3")),
        ("65 bits", broken, _say(epoch=str(2**64))),
        ("badge", broken, _say(passId=str(pass_id.badge_id(1)))),
        ("expires when issued", broken, _say(expiresAt=str(START))),
        ("extra field", broken, _say(tokenId="1")),
        ("number, not text", broken, lambda f: f["typedData"]["message"].update(epoch=3)),
        ("extra member", broken, lambda file: file.update(note="hello")),
        ("other format", broken, lambda file: file.update(format="eventpass-voucher/2")),
        ("no signature", broken, lambda file: file.pop("signature")),
        ("other domain", broken, lambda f: f["typedData"]["domain"].update(version="2")),
        ("chain in domain", broken, lambda f: f["typedData"]["domain"].update(chainId="1")),
        ("organizer in capitals", broken, lambda f: f.update(organizer=str(ORGANIZER).upper())),
        ("organizer, salt kept", broken, lambda f: f.update(organizer=str(OTHER_ORGANIZER))),
    ]
