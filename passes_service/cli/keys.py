"""`passes keys`: what may be shown of the keys, and how to change them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from passes_service.cli import installation, output

if TYPE_CHECKING:
    from passes_service.keyring import Keyring, StoredKey

app = typer.Typer(help="The service's own keys.", no_args_is_help=True)

_SPAN = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Use(StrEnum):
    """Which key."""

    ISSUER = "issuer"
    GATE = "gate"
    SESSION = "session"
    CLAIM = "claim"
    RELAY = "relay"
    LOG = "log"
    STEP = "step"


EFFECTS = {
    Use.ISSUER: "Vouchers exported before then verify until it; later their holders export anew.",
    Use.GATE: "Pass pages show new codes at once; codes on paper or in screenshots end with it.",
    Use.SESSION: "Login links sent before now work until it. Who is signed in stays signed in.",
    Use.CLAIM: "It signs for each contract that does not know the new one yet.",
    Use.RELAY: "It finishes what it has sent; whatever is new goes out from the new account.",
    Use.LOG: "Log heads signed before then verify until it.",
    Use.STEP: "Passes in Google Wallet show codes that work until it; later holders add them anew.",
}
AFTERWARDS = {
    Use.GATE: "gates pin this key when they are enrolled: let each fetch the new one",
    Use.ISSUER: "publish the new issuer address wherever you published the old one",
    Use.CLAIM: "now each organizer calls setSigner for the new address, and ends the old one with "
    "cap 0 once its signed claims are over (15 minutes)",
    Use.RELAY: "send gas money to the new address; take the rest from the old one later",
}


@app.command()
def add(use: Annotated[Use, typer.Argument(help="Which key to make.")]) -> None:
    """Make the first key of a use that came after this installation."""
    import secrets

    from passes_service import keyring
    from passes_service.bootstrap import utc_now

    settings = installation.read_settings()
    now = utc_now()
    made = keyring.add(
        settings.keys_dir, keyring.KeyUse(use.value), now=now, random=secrets.token_bytes
    )
    output.say(f"The {use.value} key is made. Back the directory up again.")
    output.say()
    _print(made, now=now)
    output.next_steps("restart passes serve and passes worker: they read the keys when they start")


@app.command()
def show() -> None:
    """Show the public parts of the keys, and until when older ones are accepted."""
    from passes_service import keyring
    from passes_service.bootstrap import utc_now

    settings = installation.read_settings()
    keys = keyring.load(settings.keys_dir)
    _print(keys, now=utc_now())
    output.say("\nOthers check vouchers with the issuer address and door codes with the gate key:")
    output.say(f"  passes verify voucher.json --issuer {keys.issuer.address}")
    output.say(f"  passes verify 'EP1:...' --gate-key {keys.gate.public_key.hex()}")


@app.command()
def rotate(
    use: Annotated[Use, typer.Argument(help="Which key to replace.")],
    overlap: Annotated[
        str,
        typer.Option(help="How long the old key is still accepted: 7d, 12h, 30m; 0 if stolen."),
    ] = "7d",
) -> None:
    """Make a new key and keep accepting the old one for a while."""
    import secrets

    from passes_service import keyring
    from passes_service.bootstrap import utc_now

    span = _span(overlap)
    settings = installation.read_settings()
    now = utc_now()
    keys = keyring.rotate(
        settings.keys_dir,
        keyring.KeyUse(use.value),
        now=now,
        overlap=span,
        random=secrets.token_bytes,
    )
    output.say(f"The {use.value} key is a new one from now on.")
    if span:
        output.say(f"The old one is accepted until {_time(now + span)}. {EFFECTS[use]}")
    else:
        output.say("The old one is no longer accepted: what it signed is void.")
    output.say()
    _print(keys, now=now)
    steps = ["restart passes serve and passes worker: they read the keys when they start"]
    if use in AFTERWARDS:
        steps.append(AFTERWARDS[use])
    output.next_steps(*steps)


def _print(keys: Keyring, *, now: datetime) -> None:
    from passes_service.keyring import KeyUse

    rows = []
    for use in KeyUse:
        for key in keys.stored(use):
            made = f"{key.created_at:%d %b %Y}"
            rows.append((use.value, key.key_id, made, _state(key, now)))
        if not keys.stored(use):
            rows.append((use.value, "none", "", f"passes keys add {use.value}"))
    output.table(("key", "id", "made", "state"), rows)
    output.say(f"\ngate public key  {keys.gate.public_key.hex()}")


def _state(key: StoredKey, now: datetime) -> str:
    if key.not_after is None:
        return "in use"
    if key.accepted(now):
        return f"accepted until {_time(key.not_after)}"
    return f"ended {_time(key.not_after)}; the next rotation deletes it"


def _time(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC"


def _span(typed: str) -> timedelta:
    """Return a stretch of time as typed: 7d, 12h, 30m, or 0."""
    if typed.strip() == "0":
        return timedelta()
    match = _SPAN.fullmatch(typed.strip())
    if match is None:
        raise typer.BadParameter("say 7d, 12h, 30m, or 0", param_hint="--overlap")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
