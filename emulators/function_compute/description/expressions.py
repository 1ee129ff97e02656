"""The `${…}` expressions of Serverless Devs. Pure.

Understood: `env('X')`, `env('X', default)`, the same inside `json(…)` for a number, a choice by such a
variable (`env('X') == 'a' ? 'b' : 'c'`), `config('AccountID')`, `vars.…`, `resources.R.props.…` and
`this.props.…`. Everything else of that language needs a deployed function, a secret store or another file.
Source: npm `@serverless-devs/s` 3.1.10.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str, ...]

_EXPRESSION = re.compile(r"\$\{(?P<inside>[^}]*)\}?")
_ENV = re.compile(r"""env\(\s*(['"])(?P<name>\w+)\1\s*(?:,\s*(?P<default>[^\s].*?)\s*)?\)""")
_DEFAULT = re.compile(r"""'[^']*'|"[^"]*"|-?\d+(\.\d+)?|true|false""")
_CHOICE = re.compile(
    r"(?P<variable>env\([^?]*\))\s*==\s*'(?P<value>[^']*)'"
    r"\s*\?\s*'(?P<then>[^']*)'\s*:\s*'(?P<otherwise>[^']*)'"
)
_JSON = re.compile(r"json\((?P<variable>env\(.*\))\)")
_ACCOUNT_ID = re.compile(r"""config\(\s*(['"])AccountID\1\s*\)""")
_REFERENCE = re.compile(r"(?:vars|this\.props|resources\.[\w-]+\.props)(?:\.[\w-]+)+")
_UNDERSTOOD = (
    "env('X'), env('X', default), json(env('X', default)), env('X') == 'a' ? 'b' : 'c', "
    "config('AccountID'), vars.x, resources.R.props.x, this.props.x"
)


class SYamlError(ValueError):
    """Raised when s.yaml cannot be read; the message lists every problem with its place."""


def resolve(document: Any, env: Mapping[str, str], *, account_id: str) -> Any:
    """Replace every expression in a parsed s.yaml.

    A string that is one expression takes the value's own type; inside a longer string it becomes text.
    Unlike `s`, what a variable holds is never read as an expression again.

    Raises:
        SYamlError: unset variables without a default, unknown expressions, dead or circular references.
    """
    resolver = _Resolver(document, env, account_id)
    resolved = resolver.node(document, ())
    if resolver.problems:
        raise SYamlError("\n".join(resolver.problems))
    return resolved


class _Resolver:
    def __init__(self, document: Any, env: Mapping[str, str], account_id: str) -> None:
        self._document = document
        self._env = env
        self._account_id = account_id
        self._following: list[Path] = []
        self.problems: list[str] = []

    def node(self, node: Any, where: Path) -> Any:
        if isinstance(node, dict):
            return {key: self.node(value, (*where, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            return [self.node(value, (*where, str(index))) for index, value in enumerate(node)]
        if isinstance(node, str):
            return self._string(node, where)
        return node

    def _string(self, text: str, where: Path) -> Any:
        whole = _EXPRESSION.fullmatch(text)
        if whole:
            return self._value(whole, where)
        return _EXPRESSION.sub(lambda match: self._as_text(match, where), text)

    def _as_text(self, match: re.Match[str], where: Path) -> str:
        value = self._value(match, where)
        if isinstance(value, dict | list):
            return self._problem(f"{match[0]} is a {type(value).__name__} inside a longer text", where)
        return str(value)

    def _value(self, match: re.Match[str], where: Path) -> Any:
        inside = match["inside"].strip()
        if match[0].endswith("}"):
            if variable := _ENV.fullmatch(inside):
                return self._variable(variable, where)
            if (choice := _CHOICE.fullmatch(inside)) and (variable := _ENV.fullmatch(choice["variable"])):
                is_so = str(self._variable(variable, where)) == choice["value"]
                return choice["then"] if is_so else choice["otherwise"]
            if (parsed := _JSON.fullmatch(inside)) and (variable := _ENV.fullmatch(parsed["variable"])):
                return self._parsed(variable, where)
            if _ACCOUNT_ID.fullmatch(inside):
                return self._account_id
            if _REFERENCE.fullmatch(inside):
                return self._reference(tuple(inside.split(".")), where)
        return self._problem(f"{match[0]} is not understood here. Use one of {_UNDERSTOOD}", where)

    def _variable(self, match: re.Match[str], where: Path) -> Any:
        name, default = match["name"], match["default"]
        # An empty variable counts as unset, as it does for `s`.
        if value := self._env.get(name):
            return value
        if default is None:
            return self._problem(
                f"the environment variable {name} is not set and has no default. Set it, e.g. in .env", where
            )
        if not _DEFAULT.fullmatch(default):
            return self._problem(f"the default {default} of {name} is not a plain value. Quote it", where)
        return default[1:-1] if default[0] in "'\"" else yaml.safe_load(default)

    def _parsed(self, match: re.Match[str], where: Path) -> Any:
        value = self._variable(match, where)
        try:
            return json.loads(str(value))
        except ValueError:
            return self._problem(
                f"the environment variable {match['name']} is {value!r}, which is no JSON", where
            )

    def _reference(self, target: Path, where: Path) -> Any:
        if target[0] == "this":
            target = (*where[:2], *target[1:])
        if target in self._following:
            return self._problem(f"${{{'.'.join(target)}}} leads back to itself", where)
        node = self._document
        for key in target:
            if not isinstance(node, dict) or key not in node:
                return self._problem(f"${{{'.'.join(target)}}} does not exist", where)
            node = node[key]
        self._following.append(target)
        try:
            return self.node(node, target)
        finally:
            self._following.pop()

    def _problem(self, sentence: str, where: Path) -> str:
        line = f"s.yaml, {'.'.join(where) or 'top level'}: {sentence}."
        if line not in self.problems:
            self.problems.append(line)
        return ""
