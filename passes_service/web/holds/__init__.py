"""Holds over ASGI: all who press the button at once are answered in groups."""
