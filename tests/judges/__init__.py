"""Readers that we did not write, to judge the feeds that we did."""
