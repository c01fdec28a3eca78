"""Which images are kept, why, and what goes."""
