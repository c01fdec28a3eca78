"""Scenarios are data: what a folder under `labs/` asks for, loaded and validated."""
