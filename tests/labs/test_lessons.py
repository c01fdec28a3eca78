"""What every lesson asks of its learner."""

from __future__ import annotations

import pytest

from provisioning.scenario.load import load_all
from provisioning.scenario.model import Scenario
from provisioning.settings import REPOSITORY

SCENARIOS = load_all(REPOSITORY / "labs")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_two_of_three_steps_ask_for_a_prediction(scenario: Scenario) -> None:
    silent = [step.id for step in scenario.steps if not step.predict]
    assert 3 * len(silent) <= len(scenario.steps), silent
