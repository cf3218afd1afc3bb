"""What a feed's lines mean, checked one idea at a time; `ics_feeds.lint` runs them all."""
