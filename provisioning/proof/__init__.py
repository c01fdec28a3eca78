"""What a golden machine is made of, and how it differs later."""
