"""Personal calendars: secret links, stored bytes, the only caller of `ics_feeds`."""
