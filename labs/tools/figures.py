"""Hand measurements over to the lab, which draws them in the terminal and in the report."""

import json
import os

EMULATED = os.environ.get("LAB_HYPERVISOR") != "kvm"
"""Whether the lab's VMs are emulated in software here. A figure that shows one says so."""


def _(text):
    """Mark a text of a figure: whoever reads another language finds it in ko.yml."""
    return text


def samples(title, unit, series, note="", vm=False):
    """Numbers for each name; ``vm`` tells whether some of them are a VM's."""
    figure = {"title": title, "unit": unit, "kind": "samples", "series": series, "note": note}
    return {**figure, "emulated": vm and EMULATED}


def curve(title, unit, x_label, series, note="", vm=False, lines=(), projections=()):
    """Points [x, y] for each name; ``lines`` were computed from the others, ``projections`` never measured."""
    drawn = {**dict.fromkeys(lines, "line"), **dict.fromkeys(projections, "projection")}
    figure = {"title": title, "unit": unit, "kind": "curve", "x_label": x_label, "series": series, "note": note}
    return {**figure, "drawn": drawn, "emulated": vm and EMULATED}


def draw(*figures):
    """Hand them over."""
    with open(os.environ["LAB_DATA"], "w") as file:
        json.dump(figures, file)
