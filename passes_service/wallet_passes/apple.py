"""A pass for Apple Wallet: a zip of JSON and pictures, its manifest signed (PKCS #7, detached).

Source: Apple, "Wallet Passes" (pass.json, manifest.json of SHA-1 digests, signature by the pass
type certificate with the intermediate beside it). Apple's codes do not rotate, so it is the code
as on paper.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from passes_service.passes.proofs import DoorCode
from passes_service.wallet_passes import content, pictures
from passes_service.wallet_passes.content import Face
from passes_service.wallet_passes.credentials import AppleSigner

MEDIA_TYPE = "application/vnd.apple.pkpass"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}


def package(face: Face, *, code: DoorCode, signer: AppleSigner) -> bytes:
    """Return the signed .pkpass of a pass."""
    said = _json(document(face, code=code, signer=signer))
    members = {"pass.json": said} | {name: pictures.icon(side) for name, side in _ICONS.items()}
    manifest = _json({name: _sha1(body) for name, body in sorted(members.items())})
    members |= {"manifest.json": manifest, "signature": _signature(manifest, signer)}
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return made.getvalue()


def document(face: Face, *, code: DoorCode, signer: AppleSigner) -> dict[str, Any]:
    """Return pass.json. The serial number is the pass's, so a newer one takes the older's place."""
    held = face.held
    red, green, blue = pictures.GROUND
    said: dict[str, Any] = {
        "formatVersion": 1,
        "passTypeIdentifier": signer.pass_type,
        "teamIdentifier": signer.team,
        "serialNumber": str(held.row.pass_id),
        "organizationName": face.organizer.name,
        "description": f"{held.series.title}, number {held.label}",
        "logoText": face.organizer.name,
        "backgroundColor": f"rgb({red}, {green}, {blue})",
        "foregroundColor": "rgb(255, 255, 255)",
        "labelColor": "rgb(214, 232, 227)",
        "sharingProhibited": True,
        "expirationDate": code.expires_at.isoformat(timespec="seconds"),
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": code.text,
                "messageEncoding": "iso-8859-1",
                "altText": held.label,
            }
        ],
        "eventTicket": _fields(face),
    }
    if face.ahead:
        first = face.ahead[0]
        starts = first.starts_at.astimezone(ZoneInfo(first.time_zone))
        said["relevantDate"] = starts.isoformat(timespec="seconds")
    return said


def _fields(face: Face) -> dict[str, Any]:
    held = face.held
    fields: dict[str, Any] = {
        "headerFields": [_field("number", "Number", held.label)],
        "primaryFields": [_field("title", face.document.calendar, held.series.title)],
        "secondaryFields": [],
        "auxiliaryFields": [],
        "backFields": [
            _field("sessions", "Sessions", "\n".join(map(content.line, face.ahead))),
            _field("page", "This pass", face.page_url),
            _field("rules", "Its rules", face.rules_url),
            _field("dead", "When this code ends", content.DEAD_WHEN),
        ],
    }
    if face.ahead:
        first = face.ahead[0]
        fields["secondaryFields"].append(_field("next", "Next", first.title))
        fields["auxiliaryFields"].append(_field("when", "When", content.moment(first)))
        if first.location:
            fields["auxiliaryFields"].append(_field("where", "Where", first.location))
    return fields


def _field(key: str, label: str, value: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value}


def _signature(manifest: bytes, signer: AppleSigner) -> bytes:
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(manifest)
        .add_signer(signer.certificate, signer.key, hashes.SHA256())
        .add_certificate(signer.intermediate)
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )


def _sha1(body: bytes) -> str:
    """Return what Apple's format asks for; the signature over the manifest is by SHA-256."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1).encode()
