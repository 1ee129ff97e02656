"""The layers of the library, as import-linter's contract in pyproject.toml states them. Pure."""

from __future__ import annotations

import re

#: The contract of type `layers`, up to the end of its list.
_LAYERS = re.compile(r'type = "layers".*?^layers = \[(.*?)^\]', re.MULTILINE | re.DOTALL)


def read_layers(pyproject: str) -> tuple[tuple[str, ...], ...]:
    """The rooms of each layer, the highest layer first.

    pyproject: the text of pyproject.toml. Python 3.10 reads no TOML, hence the expression.

    Raises:
        ValueError: there is no such contract, or more than one.
    """
    found = _LAYERS.findall(pyproject)
    if len(found) != 1:
        raise ValueError(f"pyproject.toml has {len(found)} contracts of type `layers`; one is expected.")
    lines = re.findall(r'"([^"]+)"', found[0])
    return tuple(tuple(re.split(r"\s*[|:]\s*", line)) for line in lines)
