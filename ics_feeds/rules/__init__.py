"""The rules that a feed is checked by: where they stand, who suffers otherwise, what to do.

"Suffers" says only what the standard says, what the parsers in `tests/judges` were seen to do, or
what users of an app reported.
"""

from ics_feeds.rules.meaning import CALENDAR, TIMES, ZONES
from ics_feeds.rules.rule import Rule, Severity
from ics_feeds.rules.serving import FETCHES
from ics_feeds.rules.syntax import LINES, PROPERTIES

RULES = {**LINES, **PROPERTIES, **TIMES, **ZONES, **CALENDAR, **FETCHES}

__all__ = ["RULES", "Rule", "Severity"]
