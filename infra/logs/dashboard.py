"""The charts of the dashboard in Log Service, over the fields of our log lines. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

STORE = "functions"
_WIDTH, _HEIGHT, _COLUMNS = 10, 8, 2


class Chart(msgspec.Struct, frozen=True):
    """One chart.

    search: which lines. select: what is made of them, in Log Service's SQL, where our fields are `message.…`.
    """

    title: str
    kind: str
    search: str
    select: str
    x: tuple[str, ...] = ()
    y: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """Both, on one line."""
        return " ".join(f"{self.search} | {self.select}".split())


_ANSWERED = "message.message: answered"
#: Of five minutes.
_MOMENT = "from_unixtime(__time__ - __time__ % 300) as moment"

CHARTS = (
    Chart(
        "Questions by outcome",
        "line",
        _ANSWERED,
        f"""select {_MOMENT}, "message.outcome" as outcome, count(*) as questions
        group by moment, outcome order by moment limit 1000""",
        ("moment",),
        ("questions", "outcome"),
    ),
    Chart(
        "First text and whole answer, ms",
        "line",
        _ANSWERED,
        f"""select {_MOMENT},
        approx_percentile("message.first_text_ms", 0.5) as first_p50,
        approx_percentile("message.first_text_ms", 0.95) as first_p95,
        approx_percentile("message.total_ms", 0.5) as total_p50,
        approx_percentile("message.total_ms", 0.95) as total_p95,
        approx_percentile("message.total_ms", 0.99) as total_p99
        group by moment order by moment limit 1000""",
        ("moment",),
        ("first_p50", "first_p95", "total_p50", "total_p95", "total_p99"),
    ),
    Chart(
        "Found an answer, of a hundred",
        "line",
        _ANSWERED,
        f"""select {_MOMENT}, round(100.0 * count_if("message.outcome" = 'answered') /
        greatest(count_if("message.outcome" in ('answered', 'nothing_found')), 1), 1) as found
        group by moment order by moment limit 1000""",
        ("moment",),
        ("found",),
    ),
    Chart(
        "Failures",
        "bar",
        f"{_ANSWERED} and message.outcome: failed",
        """select "message.failure" as failure, count(*) as times
        group by failure order by times desc limit 100""",
        ("failure",),
        ("times",),
    ),
    Chart(
        "Bots: questions, P95 in ms, tokens, DingTalk calls",
        "table",
        _ANSWERED,
        """select "message.bot" as bot, count(*) as questions,
        approx_percentile("message.total_ms", 0.95) as p95,
        sum("message.prompt_tokens") + sum("message.completion_tokens") as tokens,
        sum("message.calls") as calls
        group by bot order by questions desc limit 100""",
    ),
    Chart(
        "Cache hits, of a hundred",
        "line",
        f"{_ANSWERED} and (message.cache: hit or message.cache: miss)",
        f"""select {_MOMENT}, round(100.0 * count_if("message.cache" = 'hit') / count(*), 1) as hits
        group by moment order by moment limit 1000""",
        ("moment",),
        ("hits",),
    ),
    Chart(
        "Refused, by rule",
        "table",
        "message.message: access_decided and message.level: WARNING",
        """select "message.bot" as bot, "message.rule" as rule, "message.reason" as reason, count(*) as times
        group by bot, rule, reason order by times desc limit 100""",
    ),
    Chart(
        "Warnings and errors",
        "table",
        "message.level: WARNING or message.level: ERROR",
        """select "message.level" as level, "message.message" as what, count(*) as times,
        from_unixtime(max(__time__)) as latest
        group by level, what order by times desc limit 100""",
    ),
)


def charts() -> list[dict[str, Any]]:
    """As Log Service's API and Terraform's `char_list` take them, two beside one another."""
    return [
        {
            "title": f"chart-{number}",
            "type": one.kind,
            "action": {},
            "search": {
                "logstore": STORE,
                "topic": "",
                "query": one.query,
                "start": "-86400s",
                "end": "now",
            },
            "display": {
                "displayName": one.title,
                "xAxis": list(one.x),
                "yAxis": list(one.y),
                "xPos": number % _COLUMNS * _WIDTH,
                "yPos": number // _COLUMNS * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
            },
        }
        for number, one in enumerate(CHARTS)
    ]
