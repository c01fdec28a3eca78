"""The machines of one scenario, by kind: how they are reached, what they need, how they start and go back."""
