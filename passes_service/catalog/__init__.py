"""What is sold: calendars, sessions, Terms, Series, imports."""
