"""What a calendar window of GNOME does: hold a feed open, refresh it, read it. JSON in and out.

Run by Debian's Python, inside a D-Bus session: the library for it comes with Debian only.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("ECal", "2.0")
gi.require_version("EDataServer", "1.2")
from gi.repository import ECal, EDataServer  # type: ignore[import-not-found]  # noqa: E402

WAIT_SECONDS = 30


def opened(uid: str) -> Any:
    """Open the calendar that the configuration names."""
    registry = EDataServer.SourceRegistry.new_sync(None)
    source = registry.ref_source(uid)
    events = ECal.ClientSourceType.EVENTS
    return ECal.Client.connect_sync(source, events, WAIT_SECONDS, None)


def instant(client: Any, moment: Any) -> Any:
    """Return seconds since 1970 as the data server reckons them."""
    zone = None
    if moment.get_tzid():
        _, zone = client.get_timezone_sync(moment.get_tzid(), None)
    return moment.get_value().as_timet_with_zone(zone)


def listed(client: Any) -> Any:
    """Return every event of the calendar's store."""
    _, found = client.get_object_list_as_comps_sync("#t", None)
    return [
        {
            "uid": one.get_uid(),
            "title": one.get_summary().get_value(),
            "starts": instant(client, one.get_dtstart()),
            "ends": instant(client, one.get_dtend()),
            "cancelled": one.get_status().value_nick == "cancelled",
        }
        for one in found
    ]


def hurried(client: Any) -> Any:
    """Set the shortest interval, as its preferences do."""
    source = client.get_source()
    refresh = source.get_extension(EDataServer.SOURCE_EXTENSION_REFRESH)
    refresh.set_interval_minutes(1)
    return source.write_sync(None)


def main(uid: str) -> None:
    """Answer each line read with a line."""
    client = opened(uid)
    print(json.dumps("open"), flush=True)
    for line in sys.stdin:
        if line.strip() == "refresh":
            answer = client.refresh_sync(None)
        elif line.strip() == "every minute":
            answer = hurried(client)
        else:
            answer = listed(client)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
