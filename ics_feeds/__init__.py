"""Strict RFC 5545 feeds: frozen dataclasses in, bytes out. No database, no web, no clock."""
