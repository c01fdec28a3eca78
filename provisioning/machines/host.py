"""The host itself, as the machine that the others are compared with."""
