"""The modules in the folder of plug-ins, and what each provides: read, not imported."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from rag_on_dingtalk.plugins.seams import SEAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag_on_dingtalk.plugins.seams import Seam


def modules_in(folder: Path) -> list[Path]:
    """Files and packages of the folder that can be imported."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in paths if path.suffix == ".py" or (path / "__init__.py").is_file()]


def files_of(module: Path) -> list[Path]:
    """A module's own files."""
    return [module] if module.is_file() else sorted(module.rglob("*.py"))


def provided(module: Path) -> Iterator[tuple[str, Seam]]:
    """Its plug-ins as `kind` names them, and what each is. What does not compile provides nothing."""
    for path in files_of(module):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        place = path.relative_to(module.parent).with_suffix("").parts
        dotted = ".".join(place[:-1] if place[-1] == "__init__" else place)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and (seam := _seam(node)):
                yield f"{dotted}:{node.name}", seam


def _seam(node: ast.ClassDef) -> Seam | None:
    """What the class says it is: a class without `API` is no plug-in."""
    names = {target.id for one in node.body for target in _targets(one) if isinstance(target, ast.Name)}
    methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    if "API" not in names:
        return None
    return next((seam for seam in SEAMS if methods.issuperset(seam.methods)), None)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    return statement.targets if isinstance(statement, ast.Assign) else []
