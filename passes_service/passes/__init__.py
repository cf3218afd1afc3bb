"""Passes: issue, find, change state by compare-and-set, remember what happened."""
