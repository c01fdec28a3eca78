"""What a learner does with machines that are up: steps, checks, tasks, and what is kept of them."""
