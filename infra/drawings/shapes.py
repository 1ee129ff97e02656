"""Boxes, words and numbers, as SVG. Pure.

Every colour stands in a class, once for light and once for dark pages. The drawing brings its own ground, so
it is legible wherever it stands.
"""

from __future__ import annotations

import unicodedata
from html import escape

#: Class → (light, dark). The first word says what is coloured: text, or an area with its border.
COLOURS = {
    "text": ("#1f2329", "#e8eaed"),
    "quiet": ("#5a6069", "#a9b0b8"),
    "link": ("#0b5fcc", "#7db4ff"),
    "bright": ("#ffffff", "#0d1117"),
    "ground": ("#ffffff", "#15181d"),
    "side": ("#f3f5f8", "#1d2127"),
    "chosen": ("#dfeafc", "#24364f"),
    "field": ("#ffffff", "#101317"),
    "primary": ("#0b5fcc", "#7db4ff"),
    "mark": ("#b3261e", "#ff8a80"),
    "line": ("#c4cad2", "#3c434c"),
}
WIDTH = 860
#: A Latin letter's width as a share of its size, on the safe side.
_LATIN = 0.6
_FONT = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',system-ui,sans-serif"


def width(words: str, size: float) -> float:
    """How wide words are, at most."""
    wide = sum(unicodedata.east_asian_width(one) in "WFA" for one in words)
    return size * (wide + _LATIN * (len(words) - wide))


def styles() -> str:
    """The classes."""
    light, dark = ([f".{name}{{fill:{pair[at]}}}" for name, pair in COLOURS.items()] for at in (0, 1))
    lines = [f".edge{{stroke:{COLOURS['line'][at]}}}" for at in (0, 1)]
    marks = [f".ring{{stroke:{COLOURS['mark'][at]}}}" for at in (0, 1)]
    return (
        f"<style>text{{font-family:{_FONT}}}{''.join(light)}{lines[0]}{marks[0]}"
        f"@media (prefers-color-scheme:dark){{{''.join(dark)}{lines[1]}{marks[1]}}}</style>"
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 14,
    kind: str = "text",
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """Words with their baseline at y."""
    weight = ' font-weight="600"' if bold else ""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text class="{kind}" x="{x:g}" y="{y:g}" font-size="{size:g}"{weight}{where}>{escape(words)}</text>'
    )


def box(
    x: float, y: float, wide: float, high: float, kind: str, *, edge: bool = True, round_: float = 4
) -> str:
    """An area."""
    classes = f"{kind} edge" if edge else kind
    return f'<rect class="{classes}" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="{round_:g}"/>'


def button(x: float, y: float, words: str, *, primary: bool = False) -> tuple[str, float]:
    """A button and its width."""
    wide = width(words, 13) + 28
    kind, inside = ("primary", "bright") if primary else ("field", "text")
    label = text(x + wide / 2, y + 20, words, size=13, kind=inside, anchor="middle")
    return box(x, y, wide, 30, kind) + label, wide


def radio(x: float, y: float, words: str, *, chosen: bool) -> tuple[str, float]:
    """One of several choices, and its width."""
    dot = f'<circle class="primary" cx="{x + 7:g}" cy="{y:g}" r="4"/>' if chosen else ""
    ring = f'<circle class="field edge" cx="{x + 7:g}" cy="{y:g}" r="7"/>'
    return ring + dot + text(x + 22, y + 5, words), width(words, 14) + 46


def switch(x: float, y: float, *, on: bool) -> str:
    """A switch."""
    knob = x + (30 if on else 10)
    kind = "primary" if on else "line"
    return (
        box(x, y, 40, 20, kind, edge=False, round_=10)
        + f'<circle class="ground" cx="{knob:g}" cy="{y + 10:g}" r="8"/>'
    )


def mark(x: float, y: float, number: int) -> str:
    """The number of a step, in a filled circle."""
    return f'<circle class="mark" cx="{x:g}" cy="{y:g}" r="11"/>' + text(
        x, y + 5, str(number), size=13, kind="bright", bold=True, anchor="middle"
    )


def ring(x: float, y: float, wide: float, high: float) -> str:
    """A frame around what has to be done."""
    return (
        f'<rect class="ring" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="7" fill="none" '
        'stroke-width="2"/>'
    )
