"""Charts as SVG, drawn on the server: numbers on hover and by keyboard, a table behind each. Pure."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.console.web.html import Markup, el, join

_WIDTH, _HEIGHT, _TOP, _LEFT, _BOTTOM = 640, 200, 10, 38, 22
_TICKS = 4
#: Beyond it signs are as wide as they are high.
_NARROW = 0x2E7F
#: From here on a number is written without decimals; below this a scale makes no sense.
_LARGE, _SMALL = 100, 1e-6
_LABELS = 8


class Series(msgspec.Struct, frozen=True):
    """One line or one colour of the bars; kind: names its colour in the style sheet."""

    name: str
    values: tuple[float | None, ...]
    kind: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn.

    labels: below the columns, as many as each series has values. unit: behind each number.
    lines: a line for each series; else bars, one upon the other.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    lines: bool = False


def figure(chart: Chart, *, table: str, empty: str) -> Markup:
    """The chart with its legend and its table.

    table: what opens the table. empty: said where every value is nothing.
    """
    heading = el("h3", chart.title)
    if not any(value for one in chart.series for value in one.values):
        return el("section", heading, el("p", empty, class_="quiet"), class_="card chart")
    legend = el(
        "ul",
        [
            el("li", el("span", class_=f"key {one.kind}", aria_hidden="true"), one.name)
            for one in chart.series
        ],
        class_="legend",
    )
    return el(
        "section",
        heading,
        legend,
        el("div", _svg(chart), class_="scroll", tabindex=0),
        el("details", el("summary", table), _table(chart)),
        class_="card chart",
    )


def _svg(chart: Chart) -> Markup:
    top = _nice(_most(chart))
    parts = [_grid(top, chart.unit)]
    columns = len(chart.labels)
    step = (_WIDTH - _LEFT) / max(columns, 1)
    if chart.lines:
        parts += [_line(one, top, step) for one in chart.series]
    parts += [_column(chart, number, top, step) for number in range(columns)]
    every = max(-(-columns // _LABELS), 1)
    parts += [
        el("text", label, x=_round(_LEFT + (number + 0.5) * step), y=_HEIGHT + 16, class_="label")
        for number, label in enumerate(chart.labels)
        if number % every == 0
    ]
    return el(
        "svg",
        join(parts),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT + _BOTTOM}",
        role="group",
        aria_label=chart.title,
        class_="plot",
    )


def _column(chart: Chart, number: int, top: float, step: float) -> Markup:
    """One place of the pointer: its bars, and what it says."""
    left, parts, height = _LEFT + number * step, [], 0.0
    parts.append(el("rect", x=_round(left), y=_TOP, width=_round(step), height=_HEIGHT - _TOP, class_="hit"))
    for one in chart.series:
        value = one.values[number]
        if not value:
            continue
        if chart.lines:
            parts.append(
                el("circle", cx=_round(left + step / 2), cy=_y(value, top), r=3, class_=f"dot {one.kind}")
            )
            continue
        low, height = height, height + value
        parts.append(
            el(
                "rect",
                x=_round(left + step * 0.15),
                y=_y(height, top),
                width=_round(step * 0.7),
                height=_round(max(float(_y(low, top)) - float(_y(height, top)), 1)),
                class_=f"bar {one.kind}",
            )
        )
    said = f"{chart.labels[number]}: " + ", ".join(
        f"{one.name} {_number(one.values[number])}{chart.unit}" for one in chart.series
    )
    tip = _tip(chart, number, left + step / 2)
    return el("g", join(parts), tip, class_="column", tabindex=0, role="img", aria_label=said)


def _tip(chart: Chart, number: int, middle: float) -> Markup:
    lines = [chart.labels[number]] + [
        f"{one.name}  {_number(one.values[number])}{chart.unit}" for one in chart.series
    ]
    width = 14 + max(sum(12 if ord(sign) > _NARROW else 7 for sign in line) for line in lines)
    left = min(max(middle - width / 2, _LEFT), _WIDTH - width)
    rows = [
        el("text", line, x=_round(left + 8), y=_TOP + 18 + 16 * row, class_="tip-first" if not row else None)
        for row, line in enumerate(lines)
    ]
    box = el("rect", x=_round(left), y=_TOP + 2, width=_round(width), height=8 + 16 * len(lines), rx=5)
    return el("g", box, rows, class_="tip", aria_hidden="true")


def _line(one: Series, top: float, step: float) -> Markup:
    """The line through what is there; a gap breaks it."""
    path, pen = [], "M"
    for number, value in enumerate(one.values):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{_round(_LEFT + (number + 0.5) * step)} {_y(value, top)}")
        pen = "L"
    return el("path", d=" ".join(path), class_=f"line {one.kind}", aria_hidden="true")


def _grid(top: float, unit: str) -> Markup:
    parts = []
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        y = _y(value, top)
        parts.append(el("line", x1=_LEFT, x2=_WIDTH, y1=y, y2=y, class_="grid"))
        parts.append(
            el(
                "text",
                f"{_number(value)}{unit if tick == _TICKS else ''}",
                x=_LEFT - 5,
                y=float(y) + 4,
                class_="tick",
            )
        )
    return el("g", join(parts), aria_hidden="true")


def _table(chart: Chart) -> Markup:
    head = el("tr", el("th", "", scope="col"), [el("th", one.name, scope="col") for one in chart.series])
    rows = [
        el(
            "tr",
            el("th", label, scope="row"),
            [el("td", f"{_number(one.values[number])}{chart.unit}") for one in chart.series],
        )
        for number, label in enumerate(chart.labels)
    ]
    return el("div", el("table", el("thead", head), el("tbody", rows)), class_="scroll", tabindex=0)


def _most(chart: Chart) -> float:
    if chart.lines:
        return max((value or 0 for one in chart.series for value in one.values), default=0)
    stacked = zip(*(one.values for one in chart.series), strict=True)
    return max((sum(value or 0 for value in column) for column in stacked), default=0)


def _nice(most: float) -> float:
    """The end of the scale: 1, 2, 4, 6, 8 or 10 times a power of ten, so that quarters read well."""
    power = 1.0
    while power * 10 <= most:
        power *= 10
    while power > most and power > _SMALL:
        power /= 10
    return next((power * one for one in (1, 2, 4, 6, 8, 10) if power * one >= most), most)


def _y(value: float, top: float) -> str:
    return _round(_HEIGHT - (_HEIGHT - _TOP) * value / top) if top else str(_HEIGHT)


def _round(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    if value >= _LARGE or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
