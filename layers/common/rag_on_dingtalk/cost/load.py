"""A month's questions, and how many of them are in flight at once. Pure.

Questions come independently of one another (Poisson), spread evenly over the busy hours; an answer takes its
time whatever the others do. The number in flight is then Poisson distributed around arrival rate × duration,
however the durations themselves are distributed (the M/G/∞ queue).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An average month: a year's 8 760 hours over twelve.
MONTH_HOURS = 730

#: More than any of DingTalk's plans has room for, many times.
MOST_QUESTIONS = 100_000_000

_HOUR = 3_600.0
#: Beyond this many standard deviations nothing is left that would change a digit.
_DEVIATIONS = 12.0
_RARELY = 1e-3


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What people ask of the bot.

    questions: a month.
    seconds: from the moment async_answer has the question until its card is closed.
    hours: of a month in which people ask; 22 days of 8 hours.
    peak: how many times busier than the average the busiest of those hours is.

    Raises:
        ConfigurationError: a number is out of its range.
    """

    questions: int
    seconds: float
    hours: float = 176.0
    peak: float = 3.0

    def __post_init__(self) -> None:
        within("questions", self.questions, 1, MOST_QUESTIONS, "a month")
        within("seconds", self.seconds, 0.1, 3_600, "an answer")
        within("hours", self.hours, 1, MONTH_HOURS, "a month has")
        within(
            "peak", self.peak, 1, self.hours, "times the average hour, and not more than all hours together"
        )

    @property
    def busy_seconds(self) -> float:
        """The seconds in which people ask."""
        return self.hours * _HOUR

    @property
    def arrivals(self) -> float:
        """Questions a second in an average busy hour."""
        return self.questions / self.busy_seconds

    @property
    def in_flight(self) -> float:
        """Answers in flight in an average busy hour, on average."""
        return self.arrivals * self.seconds

    @property
    def overlap(self) -> float:
        """Answers in flight, on average over the time in which there is at least one."""
        return self.in_flight / -math.expm1(-self.in_flight)

    @property
    def peak_in_flight(self) -> int:
        """The number in flight that is not exceeded in 999 of 1 000 moments of the busiest hour."""
        left = 1.0
        for count, probability in _poisson(self.in_flight * self.peak):
            left -= probability
            if left <= _RARELY:
                return count
        return count

    def instance_seconds(self, concurrency: int) -> float:
        """Seconds that are billed when up to `concurrency` answers share an instance.

        An instance is billed while it has at least one answer, and another is started when all are full, so
        that n answers need ⌈n / concurrency⌉ instances or more: exact for one an instance, and as long as one
        instance is enough.
        """
        if concurrency == 1:
            return self.questions * self.seconds
        expected = sum(
            probability * math.ceil(count / concurrency) for count, probability in _poisson(self.in_flight)
        )
        return self.busy_seconds * expected


def within(name: str, value: float, low: float, high: float, of: str) -> None:
    """Refuse a number that makes no sense; NaN is in no range.

    Raises:
        ConfigurationError: says the range.
    """
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is {value:,}. Give a number from {low:,} to {high:,} ({of}).")


def _poisson(mean: float) -> Iterator[tuple[int, float]]:
    """Counts and their probabilities, ascending; what is left out is negligible."""
    reach = _DEVIATIONS * math.sqrt(mean) + _DEVIATIONS
    for count in range(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1):
        yield count, math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
