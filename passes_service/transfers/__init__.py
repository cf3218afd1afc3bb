"""A pass changes hands: offer, accept, decline, withdraw, expire."""
