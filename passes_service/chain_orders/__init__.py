"""Purchases on chain: an order prepares, the log completes."""
