"""The Terms editor's fields: from a preset to a form, from a form to a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused
from passes_service.core.errors import DomainError
from passes_service.core.money import MoneyInvalid, parse_money
from passes_service.core.rules.presets import DAY, PRESETS
from passes_service.core.rules.schema import MAX_CAP
from passes_service.web.pages.forms import Trouble, block, local_time, whole

STEPS = 4
UNITS = (("before_days", "days"), ("before_hours", "hours"))
ANCHORS = (
    ("first_session", "first session"),
    ("last_session", "last session"),
    ("end", "end of season"),
)
FUNDINGS = (
    ("external", "You: card, free, storefront. Refunds are paid by you"),
    ("escrow", "Your contract on chain, which also pays refunds"),
)
MODES = (
    ("once_per_session", "Once per session"),
    ("per_day", "Once per day"),
    ("unlimited", "As often as they like"),
)
TEXTS = (
    "preset",
    "title",
    "pass_type",
    "cap",
    "transfer_allowed",
    "max_count",
    "frozen_minutes",
    "opens_at",
    "closes_at",
    "fee",
    "fee_currency",
    "cooling_days",
    "guarantee",
    "move_days",
    "mode",
    "reentry",
    "doors_minutes_before",
    "sale_closes_at",
    "conveys",
    "excludes",
    "settle_hours",
    "funding",
)


def from_preset(name: str) -> dict[str, str]:
    """Return the fields as a preset fills them."""
    preset = PRESETS.get(name) or PRESETS["standard"]
    transfer, refund, entry = preset.transfer, preset.refund, preset.entry
    typed = dict.fromkeys(TEXTS, "")
    typed |= {
        "preset": preset.name,
        "title": "Season pass",
        "pass_type": "season",
        "cap": "50",
        "transfer_allowed": "yes" if transfer.get("allowed") else "no",
        "max_count": _text(transfer.get("max_count")),
        "frozen_minutes": _text(transfer.get("frozen_minutes", 0)),
        "fee_currency": "EUR",
        "cooling_days": _text(refund["cooling_off_seconds"] // DAY),
        "guarantee": _text(refund["guarantee_bp"] // 100),
        "move_days": _text(refund["move_window_seconds"] // DAY),
        "mode": entry["mode"],
        "reentry": "yes" if entry["reentry"] else "no",
        "doors_minutes_before": _text(entry["doors_minutes_before"]),
        "settle_hours": "24",
        "funding": "external",
    }
    for number in range(STEPS):
        step = refund["steps"][number] if number < len(refund["steps"]) else {}
        unit = next((key for key, _ in UNITS if key in step), "before_days")
        typed[f"step{number}_count"] = _text(step.get(unit))
        typed[f"step{number}_unit"] = unit
        typed[f"step{number}_of"] = step.get("of", "first_session")
        typed[f"step{number}_share"] = _text(step["share_bp"] // 100 if step else None)
    return typed


def typed_in(form: FormData) -> dict[str, str]:
    """Return the fields as they were sent, missing ones empty."""
    names = [*TEXTS]
    for number in range(STEPS):
        names += [f"step{number}_{part}" for part in ("count", "unit", "of", "share")]
    found = {name: form.get(name, "") for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in found.items()}


def draft(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the draft that these fields mean.

    Raises:
        FieldRefused: A field cannot be read; it is named as in the form.
    """
    made: dict[str, Any] = {
        "preset": typed["preset"] or "standard",
        "title": fields.line(typed["title"], field="title", longest=160),
        "pass_type": fields.line(typed["pass_type"], field="pass_type", longest=40),
        "cap": whole(typed["cap"], field="cap", low=1, high=MAX_CAP),
        "transfer": _transfer(typed),
        "refund": {
            "steps": _steps(typed),
            "cooling_off_seconds": _number(typed, "cooling_days", 366) * DAY,
            "guarantee_bp": percent(typed["guarantee"] or "0", field="guarantee"),
            "move_window_seconds": _number(typed, "move_days", 366) * DAY,
        },
        "entry": {
            "mode": typed["mode"],
            "reentry": typed["reentry"] == "yes",
            "doors_minutes_before": _number(typed, "doors_minutes_before", 1440),
        },
        "conveys": _lines(typed["conveys"], "conveys"),
        "excludes": _lines(typed["excludes"], "excludes"),
        "settle_hours": _number(typed, "settle_hours", 24 * 90),
        "funding": typed["funding"] or "external",
    }
    if typed["sale_closes_at"]:
        made["sale_closes_at"] = _time(typed, "sale_closes_at")
    return made


def _transfer(typed: Mapping[str, str]) -> dict[str, Any]:
    if typed["transfer_allowed"] != "yes":
        return {"allowed": False}
    made: dict[str, Any] = {
        "allowed": True,
        "max_count": _number(typed, "max_count", MAX_CAP, low=1) if typed["max_count"] else None,
        "frozen_minutes": _number(typed, "frozen_minutes", 43_200),
    }
    for name in ("opens_at", "closes_at"):
        if typed[name]:
            made[name] = _time(typed, name)
    if typed["fee"].strip() not in ("", "0"):
        try:
            fee = parse_money(typed["fee"], typed["fee_currency"])
        except MoneyInvalid as error:
            field = "fee_currency" if "field" in error.members else "fee"
            raise FieldRefused(error.detail, field=field) from error
        if fee.minor:
            made |= {"fee_minor": fee.minor, "fee_currency": fee.currency}
    return made


def _steps(typed: Mapping[str, str]) -> list[dict[str, Any]]:
    units = dict(UNITS)
    found = []
    for number in range(STEPS):
        count, share = typed[f"step{number}_count"], typed[f"step{number}_share"]
        if not count.strip() and not share.strip():
            continue
        unit = typed[f"step{number}_unit"]
        if unit not in units:
            raise FieldRefused("Choose days or hours.", field=f"step{number}_count")
        found.append(
            {
                unit: whole(count, field=f"step{number}_count", low=0, high=3_660),
                "of": typed[f"step{number}_of"],
                "share_bp": percent(share, field=f"step{number}_share"),
            }
        )
    return found


def percent(text: str, *, field: str) -> int:
    """Return a percentage with up to two decimals as basis points, or refuse the field."""
    head, _, tail = text.strip().replace("%", "").strip().replace(",", ".").partition(".")
    plain = head.isascii() and head.isdigit() and len(head) <= 3
    fits = not tail or (tail.isascii() and tail.isdigit() and len(tail) <= 2)
    found = int(head) * 100 + int(tail.ljust(2, "0")) if plain and fits else -1
    if not 0 <= found <= 10_000:
        raise FieldRefused("Type a percentage from 0 to 100.", field=field)
    return found


def _number(typed: Mapping[str, str], field: str, high: int, *, low: int = 0) -> int:
    return whole(typed[field] or "0", field=field, low=low, high=high)


def _time(typed: Mapping[str, str], field: str) -> str:
    return local_time(typed[field], field=field).isoformat()


def _lines(text: str, field: str) -> list[str]:
    plain = block(text, field=field, longest=20_000)
    return [" ".join(line.split()) for line in plain.split("\n") if line.strip()]


def _text(value: object) -> str:
    return "" if value is None else str(value)


_PATHS = {
    "transfer.allowed": "transfer_allowed",
    "transfer.max_count": "max_count",
    "transfer.frozen_minutes": "frozen_minutes",
    "transfer.opens_at": "opens_at",
    "transfer.closes_at": "closes_at",
    "transfer.fee_minor": "fee",
    "transfer.fee_currency": "fee_currency",
    "refund.cooling_off_seconds": "cooling_days",
    "refund.guarantee_bp": "guarantee",
    "refund.move_window_seconds": "move_days",
    "entry.mode": "mode",
    "entry.reentry": "reentry",
    "entry.doors_minutes_before": "doors_minutes_before",
}


def trouble_of(error: DomainError, typed: Mapping[str, str]) -> Trouble:
    """Return a refusal with the rules' path turned into the name of the form's field."""
    trouble = Trouble.of(error)
    return relabelled(trouble, typed)


def relabelled(trouble: Trouble, typed: Mapping[str, str]) -> Trouble:
    """Return the same refusal, beside the form's field."""
    path = trouble.field
    field = _PATHS.get(path, path.partition("[")[0])
    if path.startswith("refund.steps["):
        used = [
            n for n in range(STEPS) if (typed[f"step{n}_count"] + typed[f"step{n}_share"]).strip()
        ]
        number = int(path.removeprefix("refund.steps[").partition("]")[0])
        part = "share" if path.endswith("share_bp") else "count"
        field = f"step{used[number]}_{part}" if number < len(used) else "step0_count"
    return Trouble(
        code=trouble.code,
        title=trouble.title,
        detail=trouble.detail.removeprefix(f"{path}: ")
        if field != path or path
        else trouble.detail,
        next="Correct the field marked below."
        if field in {*TEXTS} or "step" in field
        else trouble.next,
        status=trouble.status,
        field=field,
        members=trouble.members,
    )
