"""Scans of enrolled gates: they come by the hundred in the minutes before a start, so grouped."""
