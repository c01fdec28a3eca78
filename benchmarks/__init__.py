"""Measurements beside what a user would run instead; see README.md here."""
