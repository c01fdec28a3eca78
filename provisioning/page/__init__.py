"""The page: a scenario's lesson, evidence, tasks and terminals in the browser of the learner's own machine."""
