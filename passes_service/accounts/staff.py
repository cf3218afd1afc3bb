"""Staff: who works for an organizer, in which role. Nobody gives or takes more than they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import fields, links, logins
from passes_service.accounts.callers import ROLE_SCOPES, Caller
from passes_service.accounts.errors import (
    AlreadyStaff,
    FieldRefused,
    LastOwner,
    NotAllowed,
    NotFound,
)
from passes_service.db.models import StaffMember, new_id
from passes_service.db.upsert import insert_if_absent

PERMISSION = "people:manage"
INVITE_TTL = timedelta(days=3)


def invite(
    session: Session,
    *,
    caller: Caller,
    email: str,
    name: str,
    role: str,
    now: datetime,
) -> StaffMember:
    """Add someone to the team and have a link to sign in mailed; a former member comes back.

    Raises:
        NotAllowed: The role may do something that the caller may not.
        AlreadyStaff: The address is on the team.
        FieldRefused: Address, name or role make no sense.
    """
    _may_give(caller, role)
    fresh = {
        "organizer_id": caller.organizer_id,
        "id": new_id(),
        "email": fields.email(email),
        "name": fields.line(name, field="name", longest=120),
        "role": role,
        "created_at": now,
    }
    if not insert_if_absent(session, StaffMember, fresh):
        _bring_back(session, fresh)
    member = session.exec(
        select(StaffMember).where(
            StaffMember.organizer_id == caller.organizer_id, StaffMember.email == fresh["email"]
        )
    ).one()
    links.create(
        session,
        organizer_id=member.organizer_id,
        purpose=links.STAFF_INVITE,
        email=member.email,
        subject_id=member.id,
        next_path=logins.HOME["staff"],
        ttl=INVITE_TTL,
        now=now,
    )
    return member


def _bring_back(session: Session, fresh: dict[str, object]) -> None:
    back = session.execute(
        update(StaffMember)
        .where(
            col(StaffMember.organizer_id) == fresh["organizer_id"],
            col(StaffMember.email) == fresh["email"],
            col(StaffMember.removed_at).is_not(None),
        )
        .values(removed_at=None, role=fresh["role"], name=fresh["name"])
        .returning(col(StaffMember.id))
    ).first()
    if back is None:
        raise AlreadyStaff("This address is on the team already.", field="email")


def every(session: Session, *, caller: Caller) -> Sequence[StaffMember]:
    """Return the present members, in the order they joined.

    Raises:
        NotAllowed: The caller does not manage people.
    """
    caller.require(PERMISSION)
    return session.exec(
        select(StaffMember)
        .where(
            StaffMember.organizer_id == caller.organizer_id,
            col(StaffMember.removed_at).is_(None),
        )
        .order_by(col(StaffMember.id))
    ).all()


def change_role(session: Session, *, caller: Caller, member_id: UUID, role: str) -> StaffMember:
    """Give a member another role, which counts from their next request on.

    Raises:
        NotFound: There is no such member here.
        NotAllowed: The old or the new role may do something that the caller may not.
        LastOwner: Nobody else is an owner.
    """
    _may_give(caller, role)
    member = _present(session, caller, member_id)
    if member.role == "owner" and role != "owner":
        _keep_an_owner(session, member)
    member.role = role
    session.add(member)
    session.flush()
    return member


def remove(session: Session, *, caller: Caller, member_id: UUID, now: datetime) -> None:
    """Take a member off the team; their browsers are out at once.

    Raises:
        NotFound: There is no such member here.
        NotAllowed: The member may do something that the caller may not.
        LastOwner: Nobody else is an owner.
    """
    member = _present(session, caller, member_id)
    if member.role == "owner":
        _keep_an_owner(session, member)
    member.removed_at = now
    session.add(member)
    session.flush()
    gone = Caller(member.organizer_id, "staff", member.id)
    logins.revoke_all(session, caller=gone, now=now)


def _may_give(caller: Caller, role: str) -> None:
    caller.require(PERMISSION)
    if role not in ROLE_SCOPES:
        raise FieldRefused("There is no such role.", field="role", known=sorted(ROLE_SCOPES))
    if not ROLE_SCOPES[role] <= caller.scopes:
        raise NotAllowed("This role may do more than you may.", needs=role)


def _present(session: Session, caller: Caller, member_id: UUID) -> StaffMember:
    caller.require(PERMISSION)
    member = session.exec(
        select(StaffMember)
        .where(
            StaffMember.organizer_id == caller.organizer_id,
            StaffMember.id == member_id,
            col(StaffMember.removed_at).is_(None),
        )
        .execution_options(populate_existing=True)
    ).first()
    if member is None:
        raise NotFound("There is no such member of staff here.")
    if not ROLE_SCOPES[member.role] <= caller.scopes:
        raise NotAllowed("This member may do more than you may.", needs=member.role)
    return member


def _keep_an_owner(session: Session, leaving: StaffMember) -> None:
    """Lock all owners, so that two who remove each other at once do not both succeed."""
    owners = session.exec(
        select(StaffMember)
        .where(
            StaffMember.organizer_id == leaving.organizer_id,
            StaffMember.role == "owner",
            col(StaffMember.removed_at).is_(None),
        )
        .order_by(col(StaffMember.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if all(owner.id == leaving.id for owner in owners):
        raise LastOwner("Every organizer keeps at least one owner.")
