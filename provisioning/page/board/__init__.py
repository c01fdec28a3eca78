"""All seats of a class on one page, for the instructor."""
