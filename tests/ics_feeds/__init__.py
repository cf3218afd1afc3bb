"""Feeds as bytes."""
