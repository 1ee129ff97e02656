"""The layers as one picture: what stands higher may import what stands lower. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.drawings.shapes import WIDTH, box, styles, text, width

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a room does, in a few words. Every room of the contract has a line here (tests/infra checks that).
ROOMS = {
    "cli": "python -m rag_on_dingtalk …",
    "testing": "the tests every backend passes",
    "setup": "makes a deployment ready to begin",
    "cost": "what a month costs",
    "doctor": "tries each link of the chain",
    "evaluation": "golden questions",
    "webhook": "verifies a push, submits a job",
    "worker": "claims a job, keeps its lease, dispatches it",
    "pipeline": "the stages of a question",
    "access": "who may ask, how much",
    "knowledge": "skills, kept answers",
    "delivery": "cards, messages, quota",
    "conversations": "queue, session",
    "rendering": "an answer as markdown for cards and messages",
    "safety": "text compared, dates, words, moderation",
    "dingtalk": "DingTalk's wire",
    "backends": "one product each",
    "storage": "Tablestore's wire",
    "console": "the administrators' pages",
    "cloud": "FC, ACS3, KMS",
    "observability": "log lines and their fields",
    "resilience": "task groups, breaker, byte bounds",
    "net": "guarded fetching, addresses",
    "plugins": "classes of one's own",
    "settings": "bots.yaml as structs",
    "texts": "what people read, zh and en",
    "models": "the nouns: question, answer, jobs",
    "clock": "time as a parameter",
    "startup": "no garbage collector yet",
    "errors": "the error tree",
}
#: What a function does.
FUNCTIONS = {
    "callback": "DingTalk → queue",
    "async_answer": "queue → answer",
    "failed_answer": "FC gave up → tell",
    "housekeeping": "timer → stuck ones",
    "console": "browser → pages",
}

#: What runs on a developer's machine only.
NOT_DEPLOYED = {
    "devserver": "library and emulators on one machine",
    "emulators": "the other sides; import no library code",
}

_ROOTS, _LOCAL = "functions/", "not deployed"
_BAND, _GAP, _EDGE, _SIDE = 46, 8, 14, 96
_NAME, _LINE = 14, 11


def draw(layers: Sequence[Sequence[str]], functions: Sequence[str]) -> str:
    """The picture as SVG.

    layers: the rooms of each, the highest first.
    functions: the composition roots, drawn above.

    Raises:
        KeyError: a room or a function has no words here.
        ValueError: its words do not fit into its box.
    """
    rows = [(_ROOTS, [(name, FUNCTIONS[name]) for name in functions])]
    rows += [("", [(name, ROOMS[name]) for name in layer]) for layer in layers]
    rows[1] = ("the library", rows[1][1])
    rows += [(_LOCAL, list(NOT_DEPLOYED.items()))]
    end = _EDGE + len(rows) * (_BAND + _GAP)
    below = "In the library a box may import what is below it, never what is above; `make arrows` checks it."
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {end + 26}" role="img">',
            "<title>The functions and the layers of the library</title>",
            styles(),
            box(0, 0, WIDTH, end + 26, "ground", edge=False, round_=0),
            *(shape for at, (label, boxes) in enumerate(rows) for shape in _band(at, label, boxes)),
            text(_SIDE, end + 10, below, size=12, kind="quiet"),
            "</svg>",
            "",
        )
    )


def _band(at: int, label: str, boxes: Sequence[tuple[str, str]]) -> list[str]:
    top = _EDGE + at * (_BAND + _GAP)
    each = (WIDTH - _SIDE - _EDGE - (len(boxes) - 1) * _GAP) / len(boxes)
    kind = "chosen" if label == _ROOTS else "field" if label == _LOCAL else "side"
    shapes = [text(_EDGE, top + 24, label, size=_LINE, kind="quiet")]
    for number, (name, does) in enumerate(boxes):
        left = _SIDE + number * (each + _GAP)
        shapes += [
            box(left, top, each, _BAND, kind, round_=6),
            text(left + 10, top + 20, name, size=_NAME, kind="link", bold=True),
            text(left + 10, top + 36, _fitting(does, each - 20), size=_LINE),
        ]
    return shapes


def _fitting(words: str, most: float) -> str:
    if width(words, _LINE) > most:
        raise ValueError(f"{words!r} is too long for its box.")
    return words
