"""A pass for Google Wallet: a signed link that puts an event ticket with a rotating code there.

Source: Google Wallet API, `EventTicketObject`, `RotatingBarcode` and "JWT" (RS256, `savetowallet`).
Google advises 1,800 characters for such a link, for old browsers; page, rules and signature alone
take 2,000. Dates go along as far as they fit into 3,000, which today's browsers take easily.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from passes_service.core import pass_id, qr_step
from passes_service.core.qr_form import REFRESH
from passes_service.wallet_passes import content
from passes_service.wallet_passes.content import Face
from passes_service.wallet_passes.credentials import GoogleAccount

SAVE = "https://pay.google.com/gp/v/save/"
LONGEST = 3000
_MOST_SESSIONS = 8


def save_url(face: Face, *, secret: bytes, account: GoogleAccount, now: datetime) -> str:
    """Return the link that saves a pass to Google Wallet. It holds the secret of its codes.

    Args:
        secret: Of the pass in its epoch, as `proofs.step_secrets` returns it.
    """
    header = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    for shown in range(min(len(face.ahead), _MOST_SESSIONS), -1, -1):
        claims = {
            "iss": account.email,
            "aud": "google",
            "typ": "savetowallet",
            "iat": int(now.timestamp()),
            "payload": {
                "eventTicketClasses": [ticket_class(face, account)],
                "eventTicketObjects": [
                    ticket_object(face, secret=secret, account=account, shown=shown)
                ],
            },
        }
        signed = f"{_part(header)}.{_part(claims)}"
        if len(SAVE) + len(signed) + 1 + account.key.key_size // 6 + 2 <= LONGEST:
            break
    signature = account.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{SAVE}{signed}.{_base64url(signature)}"


def ticket_class(face: Face, account: GoogleAccount) -> dict[str, Any]:
    """Return what all passes of a Series share; one Google account may save a pass, not several."""
    return {
        "id": _class_id(face, account),
        "issuerName": face.organizer.name[:60],
        "reviewStatus": "UNDER_REVIEW",
        "eventName": _said(face.held.series.title[:60]),
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
    }


def ticket_object(
    face: Face, *, secret: bytes, account: GoogleAccount, shown: int
) -> dict[str, Any]:
    """Return the event ticket of one pass in one epoch; no name and no address of its holder."""
    row = face.held.row
    ticket: dict[str, Any] = {
        # Google keeps an object that was saved before as it was: another secret is another object.
        "id": f"{account.issuer_id}.{row.pass_id}-{qr_step.secret_id(secret).hex()}",
        "classId": _class_id(face, account),
        "state": "ACTIVE",
        "ticketNumber": face.held.label,
        "rotatingBarcode": {
            "type": "QR_CODE",
            "valuePattern": qr_step.value_pattern(
                secret=secret,
                pass_number=row.pass_id,
                epoch=row.epoch,
                organizer_id=row.organizer_id,
            ),
            "totpDetails": {
                "algorithm": "TOTP_SHA1",
                "periodMillis": str(REFRESH * 1000),
                "parameters": [{"key": secret.hex(), "valueLength": qr_step.TOTP_DIGITS}],
            },
        },
        "linksModuleData": {
            "uris": [
                {"id": "pass", "uri": face.page_url, "description": "The pass"},
                {"id": "rules", "uri": face.rules_url, "description": "Its rules"},
            ]
        },
    }
    if face.ahead:
        ticket["textModulesData"] = [
            {"id": "dates", "header": "Sessions", "body": _dates(face, shown)}
        ]
    return ticket


def _dates(face: Face, shown: int) -> str:
    lines = [content.line(one) for one in face.ahead[:shown]]
    left = len(face.ahead) - shown
    return "\n".join([*lines, *([f"{left} more on its page"] if left else [])])


def _class_id(face: Face, account: GoogleAccount) -> str:
    return f"{account.issuer_id}.{pass_id.split(face.held.row.pass_id).series:x}"


def _said(text: str) -> dict[str, Any]:
    return {"defaultValue": {"language": "en", "value": text}}


def _part(said: dict[str, Any]) -> str:
    return _base64url(json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
