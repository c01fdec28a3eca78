"""How every scenario takes samples, and what it says of them: one rule in one place.

In each round every way is tried once, in an order drawn at random, so that whatever else the computer does meanwhile
falls on all of them alike. The first round warms up (files come into memory, programs are translated) and does not
count. What is told is the median with an interval: of a hundred such intervals about 95 hold the true median, whatever
the numbers are distributed like. Two ways are compared round by round.
"""

import math
import random
import statistics
import time

FEWEST = 6
"""Samples without which there is no interval of 95 %: all of five lie on one side of the median in 1 case of 16."""
STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""How far 95 % of Student's distribution reach, for 1 to 30 degrees of freedom."""


def take(ways, rounds, warm_up=1, dice=random):
    """A list of samples for each of the ``ways``: a name, and a function that returns a number.

    The n-th samples of all ways are from one round.
    """
    samples = {name: [] for name in ways}
    for number in range(-warm_up, rounds):
        for name in dice.sample([*ways], len(ways)):
            value = ways[name]()
            if number >= 0:
                samples[name].append(value)
    return samples


def timed(function, *arguments):
    """Seconds that a call takes."""
    began = time.monotonic()
    function(*arguments)
    return time.monotonic() - began


def interval(values):
    """The ends of a 95 % interval for the median; None of fewer than six samples.

    From the k-th smallest to the k-th largest sample the chance is known and jumps with k; in between the ends are
    interpolated (Hettmansperger and Sheather, 1986).
    """
    ordered, n = sorted(values), len(values)
    if n < FEWEST:
        return None

    def chance(k):
        return 1 - 2 * sum(math.comb(n, below) for below in range(k)) / 2**n

    k = max(k for k in range(1, n // 2 + 1) if chance(k) >= 0.95)
    share = (chance(k) - 0.95) / (chance(k) - chance(k + 1))
    inwards = (n - k) * share / (k + (n - 2 * k) * share)
    low = ordered[k - 1] + inwards * (ordered[k] - ordered[k - 1])
    high = ordered[n - k] + inwards * (ordered[n - k - 1] - ordered[n - k])
    return low, high


def ratios(above, below):
    """How many times as much, in each round."""
    return [over / under for over, under in zip(above, below, strict=True)]


def differences(above, below):
    """How much more, in each round."""
    return [over - under for over, under in zip(above, below, strict=True)]


def short(value, digits=3):
    """A number with the digits that are read.

    >>> short(1234.5), short(0.00123456)
    ('1230', '0.00123')
    """
    return f"{float(f'{value:.{digits}g}'):g}"


def told(values, digits=3):
    """The median and its interval in words.

    >>> told([1, 2, 3])
    'median 2 (of 3: too few for an interval)'
    """
    middle, ends = short(statistics.median(values), digits), interval(values)
    if not ends:
        return f"median {middle} (of {len(values)}: too few for an interval)"
    low, high = (short(end, digits) for end in ends)
    return f"median {middle} (95 % interval {low} to {high}, n = {len(values)})"


def mean(values):
    """The mean, and how far its 95 % interval reaches to both sides (Student's t).

    For what adds up, such as the memory of one more container: take the steps between the points, not the points.
    """
    free = len(values) - 1
    reach = STUDENT[min(free, len(STUDENT)) - 1] * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.fmean(values), reach
