"""Writes infra/grafana/rag-on-dingtalk.json: `python -m infra.grafana`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("rag-on-dingtalk.json")

_BOTS = 'bot=~"$bot"'
_SOURCE = {"type": "prometheus", "uid": "${source}"}


def _percentiles(buckets: str) -> tuple[tuple[str, str], ...]:
    rates = f"sum by (le) (rate({buckets}{{{_BOTS}}}[15m]))"
    return tuple(
        (f"histogram_quantile({share}, {rates})", f"P{share * 100:g}") for share in (0.5, 0.95, 0.99)
    )


_FOUND = (
    f'sum(rate(rag_questions_total{{{_BOTS},outcome="answered"}}[1h])) / '
    f'sum(rate(rag_questions_total{{{_BOTS},outcome=~"answered|nothing_found"}}[1h]))'
)
#: Title, unit, then the query and legend of each line.
PANELS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Questions a minute",
        "short",
        ((f"sum by (outcome) (rate(rag_questions_total{{{_BOTS}}}[5m])) * 60", "{{outcome}}"),),
    ),
    (
        "First text",
        "s",
        _percentiles("rag_first_text_seconds_bucket"),
    ),
    (
        "Whole answer",
        "s",
        _percentiles("rag_answer_seconds_bucket"),
    ),
    (
        "Backend",
        "short",
        ((f"sum by (result) (rate(rag_backend_answers_total{{{_BOTS}}}[5m])) * 60", "{{result}}"),),
    ),
    (
        "Found an answer",
        "percentunit",
        ((_FOUND, "found"),),
    ),
    (
        "Cache",
        "short",
        ((f"sum by (result) (rate(rag_cache_lookups_total{{{_BOTS}}}[15m])) * 60", "{{result}}"),),
    ),
    (
        "Routed by",
        "short",
        ((f"sum by (reason) (rate(rag_routed_total{{{_BOTS}}}[15m])) * 60", "{{reason}}"),),
    ),
    (
        "Tokens a minute",
        "short",
        ((f"sum by (kind) (rate(rag_tokens_total{{{_BOTS}}}[15m])) * 60", "{{kind}}"),),
    ),
    (
        "DingTalk calls",
        "short",
        (
            (f"rag_dingtalk_calls_left{{{_BOTS}}}", "left, {{bot}}"),
            (f"sum by (bot) (increase(rag_dingtalk_calls_total{{{_BOTS}}}[1d]))", "spent in a day, {{bot}}"),
        ),
    ),
    (
        "Feedback a day",
        "short",
        ((f"sum by (verdict) (increase(rag_feedback_total{{{_BOTS}}}[1d]))", "{{verdict}}"),),
    ),
    (
        "Experiments a day",
        "short",
        (
            (
                f"sum by (arm, outcome) (increase(rag_arm_questions_total{{{_BOTS}}}[1d]))",
                "{{arm}} {{outcome}}",
            ),
        ),
    ),
    ("Incidents", "short", ((f"rag_incident_open{{{_BOTS}}}", "{{bot}} {{kind}}"),)),
)


def dashboard() -> dict[str, Any]:
    """Two panels a row; the data source and the bots are chosen above."""
    return {
        "title": "rag-on-dingtalk",
        "uid": "rag-on-dingtalk",
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus"},
                {
                    "name": "bot",
                    "type": "query",
                    "datasource": _SOURCE,
                    "query": {"query": "label_values(rag_answer_seconds_count, bot)", "refId": "bot"},
                    "includeAll": True,
                    "multi": True,
                    "refresh": 2,
                },
            ]
        },
        "panels": [_panel(number, *panel) for number, panel in enumerate(PANELS)],
    }


def _panel(number: int, title: str, unit: str, lines: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "id": number + 1,
        "title": title,
        "type": "timeseries",
        "datasource": _SOURCE,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": "ABC"[line], "expr": query, "legendFormat": legend}
            for line, (query, legend) in enumerate(lines)
        ],
    }


def document() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(document(), encoding="utf-8")
    print(f"Wrote {OUTPUT.name}.")  # noqa: T201 - a command's output
