"""Hostile text comes back from every judge as it was cleaned, and no event is lost or added."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ics_feeds import Entry, problems, render
from ics_feeds.text import clean
from tests.ics_feeds.samples import entry, feed, logical_lines
from tests.judges.panel import EACH, Judge

INJECTIONS = (
    "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n",
    "\nBEGIN:VALARM\nTRIGGER:PT0S\n",
    "\rMETHOD:X\r",
)
EXPLICIT = {
    "joined emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 " * 8,
    "combining marks": "e\u0301\u0323 Z\u0351\u036b\u0343 \u1100\u1161\u11a8 \u0915\u094d\u0937"
    * 9,
    "right to left": "שלום עולם, مرحبا بالعالم; " * 6,
    "bidi controls": "\u202eevil\u202c \u2066a\u2069 \u200f\u200e\u061c\u2067b\u2069",
    "backslashes": "\\ \\\\ \\\\\\ C:\\path\\to \\; \\, \\: \\t",
    "backslash before n": "C:\\new \\Network \\\\n \\\\\\N \\nn",
    "backslash before r": "C:\\readme \\Right",
    "backslash at the end": "ends in \\",
    "two backslashes at the end": "ends in \\\\",
    "only backslashes": "\\" * 150,
    "semicolons": ";a;;b; " * 30,
    "commas": ",a,,b, " * 30,
    "colons and quotes": '"a":b^n^\'c=d"e;F="g"',
    "quoted": '"all of it"',
    "zone in quotes": '"TZID=Europe/Berlin":x',
    "carriage returns": "a\rb\r\rc\r",
    "line feeds": "\na\n\nb\n",
    "both": "a\r\nb\r\n\r\nc\n\rd",
    "an end": "a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "a beginning": "END:VEVENT\nBEGIN:VEVENT\nUID:x\n",
    "an alarm": "x\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:PT0S\nEND:VALARM",
    "bare words": "BEGIN:VCALENDAR",
    "NUL": "a\x00b\x00",
    "VT and FF": "a\x0bb\x0cc",
    "all controls": "".join(map(chr, [*range(32), *range(127, 160)])),
    "next line": "a\x85b",
    "line and paragraph separators": "a\u2028b\u2029c",
    "lone surrogates": "a\ud83d b\ude00 c\ude00\ud83d",
    "a pair of surrogates": "\ud83d\ude00",
    "marks of byte order": "\ufeffa\ufeff\ufffe\uffff",
    "tabs and blanks": "\t a \t b\u00a0\u3000c \t",
    "blanks at both ends": "  a  ",
    "a continuation": "a\r\n b\r\n\tc",
    "markup": "<b>&amp;&#0;</b><script>",
    "a formula": "=1+1",
    "the last character": "\U0010ffff\U000e0001",
}


def described(one: Entry) -> str:
    """Return the description with the note and link of one subscriber put after it."""
    text, note = clean(one.description), clean(one.note)
    link = one.url if one.url and one.url not in text.split() else ""
    more = "\n".join(part for part in (note, link) if part)
    return "\n\n".join(part for part in (text, more) if part)


def read_back(judge: Judge, sessions: list[Entry]) -> None:
    """Assert that a judge gives every text of every session as it was cleaned."""
    body = render(feed(*sessions))
    assert problems(body) == []
    read = {one["uid"]: one for one in judge.read_one(body)}
    assert sorted(read) == sorted(one.uid for one in sessions)
    for one in sessions:
        for name, given_text in (
            ("summary", one.title),
            ("description", described(one)),
            ("location", one.location),
        ):
            text = clean(given_text)
            if judge.reads(text):
                assert (read[one.uid][name] or "") == judge.gives(text), (judge.name, name)


@pytest.mark.parametrize("judge", EACH)
def test_what_people_and_attackers_type(judge: Judge) -> None:
    read_back(
        judge,
        [
            entry(
                f"{number:02}-{shift:03}",
                title="x" * shift + text,
                description=text + "!",
                categories=(text, "plain"),
                reminders=(timedelta(hours=1),),
            )
            for number, text in enumerate(EXPLICIT.values())
            for shift in (0, 60, 64)
        ],
    )


@pytest.mark.parametrize("judge", EACH)
@pytest.mark.parametrize("character", ["a", "é", "水", "🎷", "\\", ";", "\n"], ids=ascii)
def test_a_fold_at_every_offset(judge: Judge, character: str) -> None:
    made = [
        entry(f"{length:03}", title="x" * length + character * 3 + "y" * 30)
        for length in range(161)
    ]
    made += [entry(f"{length:03}-only", title=character * length) for length in range(161)]
    read_back(judge, made)


@pytest.mark.parametrize("judge", EACH)
@pytest.mark.parametrize("character", ["é", "水", "🎷", "\\", ";", "\n"], ids=ascii)
def test_a_fold_at_every_offset_where_a_note_and_a_link_are_put(
    judge: Judge, character: str
) -> None:
    read_back(
        judge,
        [
            entry(
                f"{length:03}-{number}",
                description="x" * length + character,
                note=note,
                url=url,
            )
            for length in range(20, 100)  # a physical line and a bit
            for number, (note, url) in enumerate(
                (
                    (character + "n" + character, None),
                    ("", "https://example.org/passes/1"),
                    (character * 40, "https://example.org/" + "p" * 90),
                )
            )
        ],
    )


@pytest.mark.parametrize("judge", EACH)
def test_ten_thousand_octets_of_description(judge: Judge) -> None:
    texts = ("word, and; \\ more\n" * 600, "水" * 3400, "x" * 10_000, "\\n" * 5_000, "🎷 " * 2_000)
    read_back(judge, [entry(str(number), description=text) for number, text in enumerate(texts)])


TRICKY = st.sampled_from([*EXPLICIT.values(), *INJECTIONS, "\\", "n", "\\n", "\n", " ", "x" * 70])
TEXTS = st.lists(
    st.one_of(TRICKY, st.text(st.characters(exclude_categories=()), max_size=30)), max_size=6
).map("".join)


@pytest.mark.parametrize("judge", EACH)
@given(data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_text(judge: Judge, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12))
    read_back(
        judge,
        [
            entry(
                f"{number:02}",
                title=title,
                description=description,
                location=location,
                categories=(location, title),
                note=title,
                url="https://example.org/passes/1" if len(location) % 2 else None,
                reminders=(timedelta(minutes=30),),
            )
            for number, (title, description, location) in enumerate(texts)
        ],
    )


@pytest.mark.parametrize("judge", EACH)
def test_the_calendars_own_texts_add_nothing_and_lose_nothing(judge: Judge) -> None:
    plain = len(logical_lines(render(feed(entry(), name="plain", description="plain"))))
    bodies = []
    for text in (*EXPLICIT.values(), *INJECTIONS):
        bodies.append(render(feed(entry(), name="plain" + text, description=text + "plain")))
        assert problems(bodies[-1]) == []
        assert len(logical_lines(bodies[-1])) == plain
    assert [[one["uid"] for one in read] for read in judge.read(bodies)] == [["session-1"]] * len(
        bodies
    )
