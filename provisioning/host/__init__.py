"""The host: what it must have, what it has, and how it gets the rest."""
