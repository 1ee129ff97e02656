"""`python -m tests.bench.cost_plot` draws docs/cost.svg from the cost model and its prices."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from rag_on_dingtalk.cost import Choices, Load, Prices, estimate, load_prices

OUTPUT = Path(__file__).parents[2] / "docs" / "cost.svg"

#: Answers of 12 s, asked in 22 days of 8 hours.
SECONDS = 12.0

_WIDTH, _HEIGHT = 860, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 250, 50, 60
_QUESTIONS = (100, 3_000_000)
_CNY = (0.05, 3_000.0)
_STEPS = 80
_FONT = 'font-family="system-ui, sans-serif" font-size="13"'

#: In the order of `estimate.alternatives`; apart in lightness, too, for those who see no colours.
_CURVES = (
    ("one answer an instance", "#d1495b", ""),
    ("up to 20 share (deployed)", "#00798c", ""),
    ("the same, one kept warm", "#7a5195", "7 4"),
    ("always on", "#444444", "2 4"),
)


def draw(prices: Prices) -> str:
    """The picture as SVG: CNY of async_answer a month over questions a month, both on logarithmic axes."""
    return "\n".join((*_frame(prices), *_grid(), *_curves(prices), "</svg>", ""))


def _frame(prices: Prices) -> list[str]:
    title = f"async_answer, CNY a month: answers of {SECONDS:g} s, 176 hours a month, prices of {prices.date}"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT} role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="28" font-size="15" fill="#222222">{escape(title)}</text>',
    ]


def _grid() -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    lines = []
    for power in range(2, 7):
        x = _x(10.0**power)
        lines.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#dddddd"/>')
        lines.append(
            f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle" fill="#444444">{10**power:,}</text>'
        )
    for power in range(-1, 4):
        y = _y(10.0**power)
        lines.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        lines.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#444444">{10.0**power:,g}</text>'
        )
    middle = (_LEFT + right) / 2
    label = "questions a month"
    lines.append(
        f'<text x="{middle:.1f}" y="{bottom + 44}" text-anchor="middle" fill="#222222">{label}</text>'
    )
    return lines


def _curves(prices: Prices) -> list[str]:
    ratio = _QUESTIONS[1] / _QUESTIONS[0]
    asked = [round(_QUESTIONS[0] * ratio ** (step / _STEPS)) for step in range(_STEPS + 1)]
    every = [costs(questions, prices) for questions in asked]
    lines = []
    for index, (name, colour, dashes) in enumerate(_CURVES):
        points = " ".join(
            f"{_x(questions):.1f},{_y(cost[index]):.1f}" for questions, cost in zip(asked, every, strict=True)
        )
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>'
        )
        key = _TOP + 20 + 26 * index
        start = _WIDTH - _RIGHT + 20
        lines.append(
            f'<path d="M{start} {key}h30" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>'
            f'<text x="{start + 38}" y="{key + 4}" fill="#222222">{escape(name)}</text>'
        )
    return lines


def costs(questions: int, prices: Prices) -> list[float]:
    """CNY a month of each curve."""
    answer = estimate(Load(questions=questions, seconds=SECONDS), Choices(), prices)
    return [way.cny for way in answer.alternatives]


def _x(questions: float) -> float:
    return _LEFT + _share(questions, *_QUESTIONS) * (_WIDTH - _LEFT - _RIGHT)


def _y(cny: float) -> float:
    return _HEIGHT - _BOTTOM - _share(cny, *_CNY) * (_HEIGHT - _TOP - _BOTTOM)


def _share(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)


if __name__ == "__main__":
    OUTPUT.write_text(draw(load_prices()), encoding="utf-8")
    print(f"Wrote {OUTPUT}.")
