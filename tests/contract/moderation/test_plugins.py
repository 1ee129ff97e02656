"""A moderation service of one's own: found by name, checked, and never more than an error when it fails."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from devserver.settings import ROOT
from rag_on_dingtalk.errors import ConfigurationError, ModerationError
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.plugins.loading import load
from rag_on_dingtalk.plugins.named import check_plugins
from rag_on_dingtalk.plugins.seams import MODERATION
from rag_on_dingtalk.safety.verdict import Verdict
from rag_on_dingtalk.settings.bots_document import convert_bots, decode_bots, encode_bots
from rag_on_dingtalk.settings.secret_references import secret_references
from rag_on_dingtalk.settings.sections.safety import PluginModeration
from rag_on_dingtalk.worker.safety import build_safety
from tests.builders import NOW_MS

if TYPE_CHECKING:
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.safety.verdict import Direction
    from rag_on_dingtalk.settings.bot import Bots

EXAMPLE = ROOT / "examples" / "moderation-plugin"
TEXT = "年假有几天？"


class Own:
    """Returns what its settings name, or raises it."""

    API = 1

    class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        does: str = "passes"
        most: int = 100

    def __init__(self, settings: Settings, context: Any) -> None:
        self.settings = settings
        self.context = context
        if settings.does == "constructor":
            raise KeyError("a key")

    def most(self, _direction: Direction) -> int:
        return self.settings.most

    async def judge(self, text: str, _direction: Direction, _session: str) -> Any:
        match self.settings.does:
            case "passes":
                return Verdict(allowed=True)
            case "blocks":
                return Verdict(allowed=False, labels=("gambling",), answer="不说这个。")
            case "raises":
                raise ValueError(f"{text} {self.context.api_key.reveal()}")
            case "own error":
                raise ModerationError("busy", "Ask again.")
            case "silent":
                await asyncio.Event().wait()
        return {
            "nothing": None,
            "true": True,
            "fields": {"allowed": True},
            "word": Verdict(allowed="no"),  # type: ignore[arg-type]
            "label": Verdict(allowed=True, labels=(7,)),  # type: ignore[arg-type]
            "not judged": Verdict(allowed=True, judged=False),
        }[self.settings.does]


class Plain(Own):
    def judge(self, text: str, direction: Direction, session: str) -> Any:
        return Verdict(allowed=bool(text and direction and session))


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = SimpleNamespace(
        Own=Own,
        Plain=Plain,
        Old=type("Old", (Own,), {"API": 2}),
        Bare=type("Bare", (Own,), {"Settings": dict}),
        Half=type("Half", (), {"API": 1, "Settings": Own.Settings, "judge": Own.judge}),
    )
    monkeypatch.setitem(sys.modules, "own_checks", module)


def document(**moderation: Any) -> dict[str, Any]:
    app = {"client_id": "ding1", "client_secret": "env:SECRET"}
    backend = {
        "kind": "anythingllm",
        "base_url": "https://a.example",
        "api_key": "env:KEY",
        "workspace": "w",
    }
    safety = {"moderation": {"kind": "python:own_checks:Own", **moderation}}
    return {"bots": {"handbook": {"dingtalk": app, "backend": backend, "safety": safety}}}


def bots(**moderation: Any) -> Bots:
    return convert_bots(document(**moderation))


def built(http: httpx.AsyncClient, lines: list[dict[str, Any]], **moderation: Any) -> Safety:
    def log(message: str, **fields: Any) -> None:
        lines.append({"message": message, **fields})

    settings = bots(**moderation).bots["handbook"].safety
    return build_safety(settings, environ={"CHECKS": "k-123"}, http=http, clock=lambda: NOW_MS, log=log)


async def checked(
    direction: Direction = "question", **moderation: Any
) -> tuple[Verdict, list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    async with httpx.AsyncClient(verify=trust()) as http:
        safety = built(http, lines, **{"api_key": "env:CHECKS", "timeout_ms": 100, **moderation})
        assert safety.moderator is not None
        return await safety.moderator.check(TEXT, direction), lines


def test_its_own_settings_stand_beside_the_others_and_survive_compiling() -> None:
    found = bots(api_key="env:CHECKS", timeout_ms=500, on_error={"answers": "pass"}, does="blocks")

    moderation = found.bots["handbook"].safety.moderation
    assert isinstance(moderation, PluginModeration)
    assert (moderation.factory, moderation.settings) == ("own_checks:Own", {"does": "blocks"})
    assert (moderation.timeout_ms, moderation.on_error.answers) == (500, "pass")
    assert decode_bots(encode_bots(found)) == found
    assert ("safety.moderation.api_key", "env:CHECKS") in list(secret_references(found.bots["handbook"]))


@pytest.mark.parametrize(("does", "allowed"), [("passes", True), ("blocks", False)])
async def test_its_verdict_is_the_bots(does: str, *, allowed: bool) -> None:
    verdict, _ = await checked(does=does)

    assert (verdict.allowed, verdict.judged) == (allowed, True)
    assert verdict.labels == (() if allowed else ("gambling",))
    assert verdict.answer == ("" if allowed else "不说这个。")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"does": "raises"}, "The plug-in own_checks:Own raised ValueError in test_plugins.py, line"),
        ({"does": "own error"}, "answered busy. Ask again."),
        ({"does": "silent"}, "no answer in 100 ms"),
        ({"does": "nothing"}, "own_checks:Own returned NoneType, which is no verdict"),
        ({"does": "true"}, "returned bool, which is no verdict"),
        ({"does": "fields"}, "returned dict, which is no verdict"),
        ({"does": "word"}, "Expected `bool`, got `str`"),
        ({"does": "label"}, "Expected `str`, got `int`"),
        ({"does": "not judged"}, "which is no verdict of its own"),
        ({"most": 0}, "Its `most` must be 1 or more"),
        ({"most": -5}, "Its `most` must be 1 or more"),
    ],
)
@pytest.mark.parametrize(("choice", "allowed"), [("block", False), ("pass", True)])
@pytest.mark.parametrize("direction", ["question", "answer"])
async def test_whatever_it_does_the_settings_decide(
    settings: dict[str, Any], says: str, choice: str, direction: Direction, *, allowed: bool
) -> None:
    other = "pass" if choice == "block" else "block"
    on_error = {"questions": choice, "answers": other}
    if direction == "answer":
        on_error = {"questions": other, "answers": choice}

    verdict, lines = await checked(direction, on_error=on_error, **settings)

    assert (verdict.allowed, verdict.judged) == (allowed, False)
    (line,) = (one for one in lines if one["message"] == "moderation_failed")
    assert says in line["error"]
    assert TEXT not in str(lines)
    assert "k-123" not in str(lines)


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("no_such_checks:Own", "there is no module no_such_checks. Put it into the folder plugins/"),
        ("own_checks:Ovn", "own_checks has no Ovn. Did you mean Own? Correct the kind"),
        ("own_checks:Old", "its contract is 2, and this version of the bot knows 1"),
        ("own_checks:Bare", "it has no struct `Settings`"),
        ("own_checks:Half", "as a moderation service it lacks most. Add what `safety.moderation.service"),
        ("own_checks:Plain", "its judge must be `async def`"),
    ],
)
def test_what_is_no_moderation_service_is_refused_with_the_reason(factory: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(factory, MODERATION)
    assert sentence in str(raised.value)


def test_a_misspelt_module_is_told_the_nearest_in_the_folder(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "company_rules.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    with pytest.raises(ConfigurationError, match=r"no module company_rulez\. Did you mean company_rules"):
        load("company_rulez:Own", MODERATION)
    with pytest.raises(ConfigurationError, match=r"ZeroDivisionError in company_rules.py, line 1"):
        load("company_rules:Own", MODERATION)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"most": "many"}, r"bots\.handbook\.safety\.moderation: .* is wrong at safety\.moderation\.most"),
        ({"dose": "blocks"}, r"unknown field `dose`. Did you mean does\?"),
    ],
)
def test_a_setting_that_is_wrong_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        check_plugins(bots(**settings).bots)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("htpp", "Did you mean http"),
        ("aliyn", "Did you mean aliyun"),
        ("zzz", r"There are http, aliyun, and plug-ins of your own"),
        ("python:checks", "names no plug-in"),
    ],
)
def test_a_kind_that_is_none_is_told_which_there_are(kind: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        convert_bots(document(kind=kind))


async def test_a_constructor_that_fails_is_a_mistake_of_the_configuration() -> None:
    async with httpx.AsyncClient(verify=trust()) as http:
        with pytest.raises(ConfigurationError, match=r"own_checks:Own cannot be built: KeyError in"):
            built(http, [], does="constructor")


def test_the_example_passes_what_every_service_passes() -> None:
    options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(EXAMPLE))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(EXAMPLE / "tests")],
        env={**os.environ, "PYTHONPATH": str(EXAMPLE), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "13 passed" in done.stdout
