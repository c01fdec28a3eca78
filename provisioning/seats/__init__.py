"""A class: seats for learners, each a whole host with the lab in it, behind walls. See README.md beside this file."""
