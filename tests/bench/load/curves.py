"""Curves as an SVG for the documentation. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE = 720, 360, 60, 50, 20
_COLOURS = ("#7a7a7a", "#2f9e6e", "#1f6feb", "#b45309", "#8250df")


def drawn(curves: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """CPU an answer, in ms, over the answers in flight; a curve for each program.

    >>> drawn({"floor": [(20, 10.0), (40, 12.0)]}).count("<polyline")
    1
    """
    widest = max(at for points in curves.values() for at, _ in points)
    highest = max(value for points in curves.values() for _, value in points) * 1.1

    def _x(at: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 20) * at / widest

    def _y(value: float) -> float:
        return _HEIGHT - _BELOW - (_HEIGHT - _BELOW - _ABOVE) * value / highest

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        "<style>text { font: 13px sans-serif }</style>",
        "<title>CPU an answer over the answers in flight</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<path d="M{_LEFT} {_ABOVE}V{_HEIGHT - _BELOW}H{_WIDTH - 20}" fill="none" stroke="#57606a"/>',
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 12}" text-anchor="middle">answers in flight</text>',
        f'<text x="10" y="{_ABOVE - 4}">ms of CPU an answer</text>',
    ]
    for part in range(5):
        value = highest * part / 4
        lines.append(f'<text x="{_LEFT - 8}" y="{_y(value) + 4:.0f}" text-anchor="end">{value:.0f}</text>')
    lines += (
        f'<text x="{_x(at):.0f}" y="{_HEIGHT - 32}" text-anchor="middle">{at}</text>'
        for at in sorted({at for points in curves.values() for at, _ in points})
    )
    for number, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{_x(at):.0f},{_y(value):.0f}" for at, value in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(
            f'<text x="{_LEFT + 16}" y="{_ABOVE + 16 + 18 * number}" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"
