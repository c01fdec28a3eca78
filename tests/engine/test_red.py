"""The world is broken on purpose, and the check that watches it goes red with a sentence a learner understands."""

from __future__ import annotations

from tests.engine.conftest import LAB, lab_json, sh
