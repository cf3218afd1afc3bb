"""A gate hub: one computer at the venue that serves the scanner page and lets gates see each other.

It holds no key of the service and decides nothing but who came first (docs/gate-hub.md).
"""
