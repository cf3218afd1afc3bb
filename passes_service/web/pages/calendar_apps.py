"""How soon each calendar app shows a change: a page of facts, not of promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What one app does with a calendar that it subscribes to.

    `tested`: a whole copy of the app follows a feed in our tests. Of the others we know what
    their makers and users say.
    """

    name: str
    asks: str
    more: str = ""
    now: str
    cancelled: str
    remove: str
    tested: bool = False


APPS: Final = (
    App(
        name="Apple Calendar",
        asks="as often as you set it",
        more="On a Mac with “Get Info” on the calendar, from every five minutes to every week; on "
        "an iPhone under “Fetch New Data”.",
        now="On a Mac choose View, Refresh Calendars. On an iPhone open the list of calendars "
        "and pull it down.",
        cancelled="The title says so, and it is struck through.",
        remove="In the list of calendars, open the details of the calendar and choose Delete or "
        "Unsubscribe.",
    ),
    App(
        name="Google Calendar",
        asks="every 4 to 24 hours",
        more="Now and then later still. It takes no hints, neither from you nor from us.",
        now="Nothing helps: refreshing the app only asks Google. Look at the page of your pass.",
        cancelled="The session disappears; there is no word that it was cancelled.",
        remove="On a computer: Settings, choose the calendar on the left, then Unsubscribe.",
    ),
    App(
        name="Outlook",
        asks="about every three hours",
        now="In the program for Windows press F9, Send/Receive. Outlook in the browser has no "
        "such button.",
        cancelled="It shows the session as if it took place: it does not read our mark. That is "
        "why the title begins with “Cancelled”.",
        remove="Right-click the calendar in the list, then Remove or Delete.",
    ),
    App(
        name="Thunderbird",
        asks="every 30 minutes",
        more="You can change it in the properties of the calendar.",
        now="Press Synchronize.",
        cancelled="The title says so, and it is struck through.",
        remove="Right-click the calendar, then Unsubscribe.",
        tested=True,
    ),
    App(
        name="GNOME Calendar, Evolution",
        asks="as often as you set it",
        more="In the properties of the calendar.",
        now="Right-click the calendar in Evolution, then Refresh.",
        cancelled="The title says so.",
        remove="Right-click the calendar, then Delete.",
        tested=True,
    ),
    App(
        name="Fastmail",
        asks="every hour",
        now="Look at the page of your pass.",
        cancelled="The title says so, and it is struck through.",
        remove="Settings, Calendars, then remove the subscription.",
    ),
    App(
        name="Android with ICSx⁵",
        asks="as often as you set it",
        now="Pull the list of calendars down.",
        cancelled="The title says so.",
        remove="Choose the calendar in ICSx⁵, then Delete.",
    ),
)


@router.get("/calendar-apps")
def calendar_apps(request: Request) -> Response:
    """Say how often each app asks, what it shows, and how to be rid of a calendar."""
    return page(request, "public/calendar_apps.html", public=True, apps=APPS)
