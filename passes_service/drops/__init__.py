"""Drops: timed sales with phases, stock, waiting rooms and raffles."""
