"""Checkout: places held, prices decided, money taken, passes issued at once."""
