"""Organizers, staff, holders, and the credentials that let each act."""
