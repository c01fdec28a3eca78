"""What a person sees: the terminal, the report."""
