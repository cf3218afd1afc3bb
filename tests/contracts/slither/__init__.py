"""Slither's findings about the contracts, each with the reason why it stays."""
