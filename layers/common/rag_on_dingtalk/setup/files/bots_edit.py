"""`bots.yaml` as text: single values are set, remarks and everything else stay. Pure.

The YAML library says where each value stands; the text is changed there and read again. What does not read
back as the wanted document is not written.
"""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from rag_on_dingtalk.errors import ConfigurationError

Path = tuple[str, ...]


def with_value(text: str, path: Path, value: object) -> str:
    """The text with one value set; what does not exist on the way is made.

    value: a text, number or truth value; for a place that does not exist also a mapping of those.

    Raises:
        ConfigurationError: the text is no YAML, or has a form in which this cannot be set.
    """
    where = ".".join(path)
    try:
        before = yaml.safe_load(text)
        wanted = _with(before, path, value)
        if wanted == _without_aliases(before):
            return text
        made = _edited(text, path, value)
        read_back = yaml.safe_load(made)
    except (yaml.YAMLError, RecursionError, _UnknownFormError) as error:
        raise ConfigurationError(_by_hand(where, value)) from error
    if read_back != wanted:
        raise ConfigurationError(_by_hand(where, value))
    return made


class _UnknownFormError(Exception):
    pass


def _by_hand(where: str, value: object) -> str:
    return (
        f"bots.yaml is written in a form in which setup cannot set {where}. Write there by hand: "
        f"{_scalar(value) if not isinstance(value, dict) else value}"
    )


def _with(document: Any, path: Path, value: object) -> Any:
    made = _without_aliases(document)
    node = made
    for name in path[:-1]:
        if not isinstance(node, dict):
            raise _UnknownFormError
        node = node.setdefault(name, {})
    if not isinstance(node, dict):
        raise _UnknownFormError
    node[path[-1]] = value
    return made


def _without_aliases(node: Any) -> Any:
    """A copy in which no value stands in two places: a change of one is a change of that one only."""
    if isinstance(node, dict):
        return {key: _without_aliases(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_aliases(value) for value in node]
    return node


def _edited(text: str, path: Path, value: object) -> str:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    parent = node
    for depth, name in enumerate(path):
        parent = node
        if not isinstance(parent, yaml.MappingNode):
            raise _UnknownFormError
        node = next((child for key, child in parent.value if key.value == name), None)
        if node is None:
            return _inserted(text, parent, path[depth:], value)
    if not isinstance(node, yaml.ScalarNode) or isinstance(value, dict) or node.style in ("|", ">"):
        raise _UnknownFormError
    start, end = node.start_mark.index, node.end_mark.index
    # An empty value begins right behind its colon.
    gap = " " if start == end else ""
    return f"{text[:start]}{gap}{_scalar(value)}{text[end:]}"


def _inserted(text: str, parent: yaml.MappingNode, path: Path, value: object) -> str:
    tree: object = value
    for name in reversed(path[1:]):
        tree = {name: tree}
    if parent.flow_style:
        at = parent.start_mark.index
        inside = text.index("{", at) + 1
        rest = ", " if parent.value else ""
        return f"{text[:inside]}{_scalar(path[0])}: {_flow(tree)}{rest}{text[inside:]}"
    if not parent.value:
        raise _UnknownFormError
    column = parent.value[0][0].start_mark.column
    block = yaml.safe_dump(
        {path[0]: tree}, allow_unicode=True, sort_keys=False, default_flow_style=False, width=1_000
    )
    line_end = text.find("\n", _end(parent.value[-1][1]))
    before, after = (text, "") if line_end < 0 else (text[: line_end + 1], text[line_end + 1 :])
    before = before if before.endswith("\n") else f"{before}\n"
    return before + textwrap.indent(block, " " * column) + after


def _end(node: yaml.Node) -> int:
    """The index behind the last character of a node, without the remarks that follow it."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _end(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        raise _UnknownFormError
    return int(node.end_mark.index)


def _scalar(value: object) -> str:
    """On one line, as it may stand in a block or between braces."""
    return _flow(value)


def _flow(value: object) -> str:
    dumped = yaml.safe_dump(
        [value], allow_unicode=True, sort_keys=False, default_flow_style=True, width=1_000_000
    )
    return dumped.strip()[1:-1]
