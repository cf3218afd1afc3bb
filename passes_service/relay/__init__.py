"""Transactions that we send ourselves: nonces, fees, replacement, budgets."""
