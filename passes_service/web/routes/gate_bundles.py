"""What a gate takes along: the bundle of a session, and what is sealed for it alone."""

from __future__ import annotations

import gzip
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.checkin import gates, service
from passes_service.checkin.errors import GateNotForSession, GateWithoutKeys
from passes_service.checkin.offline import sealed as sealed_part
from passes_service.core import bundle, sealed
from passes_service.db.models import Gate
from passes_service.web import bundling, problems
from passes_service.web.deps import CurrentGate, Now, TheServices

router = APIRouter(
    prefix="/api/v1/gate/bundles",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, GateNotForSession),
)
WORTH_ZIPPING = 1_000
Sequence = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get(
    "/{session_id}",
    response_class=Response,
    responses={
        200: {"content": {bundle.MEDIA_TYPE: {}}, "description": "One or more signed bundles"},
        204: {"description": "Nothing is newer"},
    },
)
def read(
    session_id: UUID,
    request: Request,
    caller: CurrentGate,
    services: TheServices,
    now: Now,
    since: Sequence | None = None,
) -> Response:
    """Read the bundle of a session; with `since` what is needed to go on from that sequence.

    Each bundle comes after its length as four bytes; docs/offline-gate.md has the layout.
    """
    with services.database.reading() as session:
        gate = gates.of_caller(session, caller)
        service.session_for(session, caller.organizer_id, gate, session_id)
    row = bundling.current(
        services, organizer_id=caller.organizer_id, session_id=session_id, now=now
    )
    body = bundle.joined(bundling.answer(services, row, since))
    if not body:
        return Response(status_code=204)
    headers = {"Vary": "Accept-Encoding"}
    if len(body) > WORTH_ZIPPING and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, media_type=bundle.MEDIA_TYPE, headers=headers)


@router.get(
    "/{session_id}/sealed",
    response_class=Response,
    responses={
        200: {"content": {sealed.MEDIA_TYPE: {}}, "description": "Sealed for this gate"},
        **problems.declare(GateWithoutKeys),
    },
)
def read_sealed(session_id: UUID, caller: CurrentGate, services: TheServices, now: Now) -> Response:
    """Read what only this gate can open: names if it may search by them, secrets, its blocks."""
    with services.database.reading() as session:
        here = gates.of_caller(session, caller)
        at = service.session_for(session, caller.organizer_id, here, session_id)
        gate = session.get(Gate, (caller.organizer_id, here.id))
        if gate is None or gate.agreement_key is None:
            raise GateWithoutKeys("Only a gate that made its own keys can open this.")
        document = sealed_part.document_for(
            session, gate=gate, at=at, keyring=services.keyring, now=now
        )
    data = sealed.seal(
        document,
        key=services.keyring.gate_announcer(now).private_key,
        agreement_key=gate.agreement_key,
        gate_id=gate.id,
        random=services.random_bytes,
    )
    return Response(data, media_type=sealed.MEDIA_TYPE)
