"""The machines of one scenario, by kind: reach them, start them, bring them back, and tell what they need."""
