"""Whole calendar clients subscribe to a feed over HTTP; their own stores are read back."""
