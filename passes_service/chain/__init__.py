"""Talking to chains: JSON-RPC, logs, calldata, typed data, transactions. Knows no tables.

Nothing here is called inside a transaction, and nothing waits longer than it was told to.
"""
