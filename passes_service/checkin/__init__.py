"""Who came in: gates, decisions at the door, admissions, exits, and taking one back."""
