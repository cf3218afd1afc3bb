"""The door page on a phone."""
