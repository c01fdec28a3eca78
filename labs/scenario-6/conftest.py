"""What several checks ask."""

import pytest

LIMIT = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
"""A container's limit, in cgroup version 2 or else in version 1."""


@pytest.fixture
def limit_of(machine):
    """The limit in bytes that the kernel keeps for a container's memory, in its own words: ``limit_of("tight")``."""
    return lambda name: machine(name).check_output(LIMIT)
