"""Rules about how a feed is served; RFC 9110 is HTTP itself."""

from ics_feeds.rules.rule import error, warning

FETCHES = {
    "clock-in-body": error(
        "RFC 5545 3.8.7.2",
        "No app is ever told that nothing changed (304); those that trust DTSTAMP see every "
        "event change at each fetch.",
        "Write when the session last changed, not when the feed was fetched.",
    ),
    "unstable-uids": error(
        "RFC 5545 3.8.4.7",
        "Apps delete and add every event at each fetch, with its reminders.",
        "Store the UID with the session.",
    ),
    "unstable-body": warning(
        "RFC 9110 13.1.2",
        "No app is ever told that nothing changed (304).",
        "Render the same bytes as long as nothing changes.",
    ),
    "content-type": error(
        "RFC 5545 8.1",
        "Apps that look at the type do not take it for a calendar.",
        "Answer with Content-Type: text/calendar; charset=utf-8.",
    ),
    "no-charset": warning(
        "RFC 5545 3.1.4",
        "A reader that falls back to another encoding shows broken letters.",
        "Add charset=utf-8 to Content-Type.",
    ),
    "no-etag": warning(
        "RFC 9110 8.8.3",
        "Thunderbird and Evolution fetch everything each time.",
        "Send an ETag that changes with the bytes.",
    ),
    "no-304": warning(
        "RFC 9110 13.1.2",
        "Thunderbird and Evolution fetch everything each time.",
        "Answer 304 when If-None-Match names the present ETag.",
    ),
    "no-gzip": warning(
        "RFC 9110 8.4",
        "A phone on a slow line loads many times as much.",
        "Compress when Accept-Encoding has gzip, with an ETag of its own and Vary.",
    ),
    "gzip-differs": error(
        "RFC 9110 8.4",
        "Apps that ask for gzip get something else than the others.",
        "Compress the same bytes.",
    ),
    "no-head": warning(
        "RFC 9110 9.3.2",
        "An app that asks with HEAD first takes the refusal for an answer.",
        "Answer HEAD as GET, without a body.",
    ),
    "cookie": warning(
        "RFC 6265 3",
        "Apps keep no cookies; one in a feed only tells that it is served like a page.",
        "Send no Set-Cookie.",
    ),
    "cacheable": warning(
        "RFC 9111 5.2.2.7",
        "A shared cache may keep a personal calendar and hand it out.",
        "Send Cache-Control: private, no-cache.",
    ),
    "long-cache": warning(
        "RFC 9111 5.2.2.1",
        "A move or cancellation arrives late, because an old copy still counts as fresh.",
        "Send Cache-Control: no-cache, or a short max-age.",
    ),
    "redirect": warning(
        "RFC 9110 15.4",
        "One more request at each fetch; an app that does not follow gets nothing.",
        "Give people the address where the feed is.",
    ),
    "long-address": warning(
        "",
        "Google silently fails on addresses of more than 256 characters.",
        "Use a shorter address.",
    ),
    "plain-http": warning(
        "", "Everybody on the way reads the address and the calendar.", "Serve it by https."
    ),
}
