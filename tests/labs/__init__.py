"""What lies in `labs/` beside the scenarios, and what holds for all lessons."""
