"""The door, on both databases."""
