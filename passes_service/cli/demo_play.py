"""One evening, told aloud while it happens over HTTP."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from passes_service.accounts import links
from passes_service.bootstrap import Services
from passes_service.cli import demo_seed
from passes_service.cli.demo_clock import DemoClock
from passes_service.cli.demo_drop import drop
from passes_service.cli.demo_seed import Fan, World
from passes_service.cli.demo_tell import BERLIN, WIDTH, Teller
from passes_service.cli.output import say


def play(
    services: Services,
    clock: DemoClock,
    *,
    meanwhile: Callable[[World], None] = lambda _: None,
) -> None:
    """Seed the world, print its links, then play: transfer, `meanwhile`, Drop, door, refund."""
    world = demo_seed.make(services, clock())
    opening = datetime.fromisoformat(world.sessions[0]["starts_at"])
    teller = Teller(clock)
    _season(world)
    feeds = {fan.name: _feed_of(fan) for fan in (world.mina, world.jonas, world.tom)}
    _links(services, world, feeds["Mina"])
    screenshot = _transfer(teller, world, feeds)
    meanwhile(world)
    page = drop(teller, clock, world)
    clock.jump_to(opening - timedelta(minutes=45))
    _door(teller, world, screenshot)
    clock.jump_to(opening + timedelta(minutes=50))
    _refund(teller, world)
    say("\nTom has not come yet: his code is unused. Open his pass and the door and let him in.")
    _line("Tom's pass", _login(services, world, world.tom, f"/me/passes/{world.jonas.pass_id}"))
    _line("The Drop", f"{services.settings.origin}{page}")


def _season(world: World) -> None:
    imported, series = world.imported, world.series
    say("Nora Lind: ceramics and kiln nights")
    say("===================================")
    say(
        f"Imported from her .ics file: {imported['created']} sessions; "
        f"left out: {len(imported['skipped'])}."
    )
    for session in world.sessions:
        zone = ZoneInfo(session["time_zone"])
        starts = datetime.fromisoformat(session["starts_at"]).astimezone(zone)
        say(f"  {starts:%a %d %b %H:%M %Z}  {session['title']}")
    for one in imported["skipped"]:
        say(f"  left out: {one['reason']}")
    say(f"\nTerms published: {world.terms['terms_hash']}")
    for section in world.terms["words"][:3]:
        say(f"  {section['title']}")
        for sentence in section["sentences"][:4]:
            say(textwrap.fill(sentence, WIDTH, initial_indent="    ", subsequent_indent="    "))
    say(f"\n{series['title']}: {series['cap']} passes at {series['price']['text']}. Issued:")
    for fan, how in (
        (world.mina, f"wallet {world.mina.email}"),
        (world.jonas, f"guest {world.jonas.email}"),
        (world.priya, f"guest {world.priya.email}"),
    ):
        say(f"  {fan.number:<8}  {fan.name:<6} {how}")


def _feed_of(fan: Fan) -> dict[str, Any]:
    made: dict[str, Any] = fan.visitor.must_post("/api/v1/me/calendar-links", {"label": "Phone"})
    return made


def _links(services: Services, world: World, feed: dict[str, Any]) -> None:
    origin = services.settings.origin
    staff = links.STAFF_LOGIN
    say("\nLinks (each login works once, on this machine only; Priya gives her pass up later)")
    _line("Priya's pass", _login(services, world, world.priya, f"/me/passes/{world.priya.pass_id}"))
    _line("Mina's feed", feed["webcal"])
    _line("", feed["https"])
    for name, email, path in (("Door", "sam", "/door"), ("Organizer", "nora", "/org")):
        link = demo_seed.login_path(
            services, world.organizer_id, staff, f"{email}@{demo_seed.SLUG}.example", path
        )
        _line(name, origin + link)
    _line("Rules", f"{origin}/o/{demo_seed.SLUG}/terms/{world.terms['terms_hash']}")
    _line("API docs", f"{origin}/api/docs")


def _line(name: str, link: str) -> None:
    say(f"  {name:<13} {link}")


def _login(services: Services, world: World, fan: Fan, path: str) -> str:
    link = demo_seed.login_path(services, world.organizer_id, links.HOLDER_LOGIN, fan.email, path)
    return services.settings.origin + link


def _code(fan: Fan, pass_id: str) -> str:
    text: str = fan.visitor.get(f"/api/v1/me/passes/{pass_id}/code").json["text"]
    return text


def _events(fan: Fan, feed: dict[str, Any]) -> int:
    body = fan.visitor.get(feed["https"]).body
    return 0 if b"No sessions" in body else body.count(b"BEGIN:VEVENT")


def _transfer(teller: Teller, world: World, feeds: dict[str, Any]) -> str:
    """Let a pass change hands; return the old holder's screenshot of the code."""
    jonas, tom = world.jonas, world.tom
    teller.scene("In the afternoon: a pass changes hands")
    screenshot = _code(jonas, jonas.pass_id)
    before = _events(jonas, feeds["Jonas"]), _events(tom, feeds["Tom"])
    offer = jonas.visitor.must_post(
        f"/api/v1/me/passes/{jonas.pass_id}/offers",
        {"recipient": tom.email, "note": "I am ill. Have fun!"},
    )
    teller.tell(f"Jonas offers {jonas.number} to {tom.email}. It is his until Tom accepts.")
    taken = tom.visitor.must_post(f"/api/v1/me/offers/{offer['id']}/accept")
    teller.tell(
        f"Tom accepts. The pass is now in epoch {taken['epoch']}: every older code is dead."
    )
    after = _events(jonas, feeds["Jonas"]), _events(tom, feeds["Tom"])
    teller.tell(
        f"Jonas's calendar: {before[0]} sessions before, {after[0]} now. "
        f"Tom's: {before[1]} before, {after[1]} now."
    )
    return screenshot


def _forged(text: str) -> str:
    """Change one letter of the signature."""
    at = len(text) - 5
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _door(teller: Teller, world: World, screenshot: str) -> None:
    teller.scene("In the evening: the door")
    mina = _code(world.mina, world.mina.pass_id)
    for who, text in (
        ("Mina shows her code", mina),
        ("A friend shows Mina's code again", mina),
        ("Jonas tries his screenshot from this afternoon", screenshot),
        ("Somebody shows Mina's code with one letter changed", _forged(mina)),
    ):
        outcome = world.scan(text)
        teller.tell(f"{who}: {outcome['code']}. “{outcome['sentence']}”")


def _refund(teller: Teller, world: World) -> None:
    priya = world.priya
    teller.scene("At home: an honest refund")
    base = f"/api/v1/me/passes/{priya.pass_id}"
    quote = priya.visitor.get(f"{base}/refund-quote").json
    teller.tell("Priya asks what she would get back now.")
    teller.tell(f"“{quote['now']['reason']}” (rule {quote['now']['rule']})")
    for step in quote["outlook"][1:]:
        since = datetime.fromisoformat(step["since"]).astimezone(BERLIN)
        amount = step["amount"]["text"] if step["amount"]["minor"] != "0" else "nothing"
        teller.tell(f"From {since:%d %B, %H:%M} on it would be {amount}.")
    refund = priya.visitor.must_post(
        f"{base}/refunds", {"expected_minor": int(quote["now"]["amount"]["minor"])}
    )
    teller.tell(f"She gives the pass up: {refund['amount']['text']} is owed, {refund['state']}.")
    settled = _settled(world, refund["id"])
    teller.tell(f"The {settled['provider']} provider has {settled['state']} it.")
    again = priya.visitor.post(f"{base}/refunds", {})
    teller.tell(f"A second try is refused ({again.status}): “{again.json['detail']}”")


def _settled(world: World, refund_id: UUID, *, patience: float = 15) -> dict[str, Any]:
    """Wait for the worker, which asks the provider after the request has ended."""
    until = time.monotonic() + patience
    while True:
        refunds = world.owner.get("/api/v1/refunds").json
        found: dict[str, Any] = next(one for one in refunds if one["id"] == refund_id)
        if found["state"] == "settled" or time.monotonic() > until:
            return found
        time.sleep(0.1)
