"""Gates that decide alone: what they take along, what they bring back (docs/offline-gate.md)."""
