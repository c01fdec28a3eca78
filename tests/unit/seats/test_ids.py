"""No two seats have an id in common, whatever instances have ids already."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from provisioning.seats.admission import IDS
from provisioning.seats.ids import free, mapped, of_root


@pytest.mark.parametrize("taken", [[], [100000 + 3 * IDS], [100000 + 3 * IDS - 1, 100000 + 5 * IDS + 7]])
def test_ranges_do_not_overlap(taken: list[int]) -> None:
    ranges = free(100000, 10 * IDS, taken)
    every = sorted([*ranges, *taken])
    assert ranges
    assert all(later - earlier >= IDS for earlier, later in pairwise(every))
    assert ranges[0] >= 100000 + IDS, "instances without ids of their own have these"
    assert ranges[-1] + IDS <= 100000 + 10 * IDS


def test_a_list_without_root_gives_none() -> None:
    assert free(*of_root("ada:100000:65536\n"), []) == []
    assert of_root("root:1:2\nroot:100:300\n0:5:1\n") == (100, 300)


def test_the_engine_is_told_that_files_have_the_ids_of_the_seat() -> None:
    told = json.loads(mapped(231072)["volatile.last_state.idmap"])
    assert [(each["Isuid"], each["Isgid"]) for each in told] == [(True, False), (False, True)]
    assert {(each["Hostid"], each["Nsid"], each["Maprange"]) for each in told} == {(231072, 0, IDS)}
