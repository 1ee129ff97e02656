"""The class behind `package.module:Factory`, with its settings: every mistake is a sentence."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.plugins.seams import API

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rag_on_dingtalk.plugins.seams import Seam

#: Modules of one's own, in the folder of a deployment.
FOLDER = Path("plugins")

_UNKNOWN_FIELD = re.compile(r"unknown field `(.+?)`")
#: `CO_COROUTINE` of the standard library's `inspect`, which says what `async def` made.
_COROUTINE = 0x80


def load(factory: str, seam: Seam) -> Any:
    """The class behind `package.module:Factory`.

    Raises:
        ConfigurationError: it cannot be imported, or does not fit the seam.
    """
    look_into()
    module, _, name = factory.partition(":")
    try:
        imported = importlib.import_module(module)
    except ModuleNotFoundError as error:
        near = _meant(str(error.name), (path.stem for path in FOLDER.glob("[a-zA-Z_]*")))
        raise ConfigurationError(
            f"The plug-in {factory} cannot be imported: there is no module {error.name}. {near}Put it into "
            "the folder plugins/, or add its package with `python -m rag_on_dingtalk plugins add "
            "NAME==VERSION`."
        ) from error
    except Exception as error:  # a plug-in's module may do anything
        raise ConfigurationError(
            f"The plug-in {factory} cannot be imported: {type(error).__name__} {place_of(error)}. Mend it."
        ) from error
    found = getattr(imported, name, None)
    if found is None:
        classes = (one for one, value in vars(imported).items() if isinstance(value, type))
        raise ConfigurationError(
            f"The plug-in {factory} cannot be used: {module} has no {name}. {_meant(name, classes)}Correct "
            "the kind."
        )
    if problem := _misfit(found, seam):
        raise ConfigurationError(f"The plug-in {factory} cannot be used: {problem}.")
    return found


def look_into(folder: Path = FOLDER) -> None:
    """Let this process import what the folder holds; a function finds it in its layer."""
    place = str(folder.resolve())
    if folder.is_dir() and place not in sys.path:
        sys.path.append(place)


def settings_of(found: Any, factory: str, written: Mapping[str, Any], seam: Seam) -> Any:
    """A class's own settings, of what bots.yaml says.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    try:
        return msgspec.convert(written, found.Settings)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        unknown = _UNKNOWN_FIELD.search(problem)
        near = _meant(unknown[1], found.Settings.__struct_fields__) if unknown and not place else ""
        raise ConfigurationError(
            f"A setting of the plug-in {factory} is wrong at {seam.place}{place.rstrip('`')}: {problem}. "
            f"{near}".rstrip()
        ) from error


def made(found: Any, factory: str, *given: Any) -> Any:
    """An object of the class.

    given: what its constructor takes.

    Raises:
        ConfigurationError: its constructor raised something.
    """
    try:
        return found(*given)
    except ConfigurationError:
        raise
    except Exception as error:  # as above
        raise ConfigurationError(
            f"The plug-in {factory} cannot be built: {type(error).__name__} {place_of(error)}. Mend it."
        ) from error


def raised(error: BaseException) -> str:
    """What a plug-in did that raised this, for a sentence that begins with the plug-in."""
    # Not its words: they may hold the question, the answer or the key.
    return f"raised {type(error).__name__} {place_of(error)}. Mend it, or report it to its authors."


def place_of(error: BaseException) -> str:
    """The file and the line where an exception was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    last = frames[-1]
    return f"in {PurePath(last.filename).name}, line {last.lineno}"


def _misfit(found: Any, seam: Seam) -> str:
    version = getattr(found, "API", None)
    if version != API:
        said = "it does not say which contract it keeps" if version is None else f"its contract is {version}"
        return f"{said}, and this version of the bot knows {API}. Install another version of one of them"
    settings = getattr(found, "Settings", None)
    if not (isinstance(settings, type) and issubclass(settings, msgspec.Struct)):
        return "it has no struct `Settings`. Add one, if need be without a field"
    lacking = [name for name in seam.methods if not callable(getattr(found, name, None))]
    if lacking:
        return f"as {seam.noun} it lacks {', '.join(lacking)}. Add what `{seam.protocol}` describes"
    plain = [name for name in seam.awaited if _is_plain(getattr(found, name))]
    return f"its {', '.join(plain)} must be `async def`, for it is awaited. Correct it" if plain else ""


def _is_plain(method: Any) -> bool:
    """Whether it is a function of Python's that `async def` did not make; of others calling alone tells."""
    code = getattr(method, "__code__", None)
    return code is not None and not code.co_flags & _COROUTINE and not hasattr(method, "__wrapped__")


def _meant(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"Did you mean {near[0]}? " if near else ""
