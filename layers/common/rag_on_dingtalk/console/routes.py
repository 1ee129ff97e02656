"""Every address of the console, with the right that it needs. A route without one cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rag_on_dingtalk.console.pages import (
    canary,
    entering,
    health,
    incidents,
    limits,
    overview,
    question,
    questions,
    settings,
)
from rag_on_dingtalk.console.pages.audit import records, stretches
from rag_on_dingtalk.console.pages.evaluating import acting, progress, runs, starting
from rag_on_dingtalk.console.pages.knowledge import gaps, skills, writing
from rag_on_dingtalk.console.pages.rights import access, deciding, granting, simulator, taking
from rag_on_dingtalk.console.rights import OPEN, ROLE, SIGNED_IN, Right, needs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.console.responses import Answer
    from rag_on_dingtalk.console.visit import Visit

    Handler = Callable[[Visit], Awaitable[Answer]]


class Menu(msgspec.Struct, frozen=True):
    """How a page is called in the menu, and its drawing."""

    picture: str
    zh: str
    en: str


class Route(msgspec.Struct, frozen=True):
    """One address.

    path: as Starlette writes it; `{bot}` is the bot's name.
    confirmed: an owner's act: DingTalk must have said within ten minutes who it is.
    unsigned: a POST before a session exists, whose page proves itself by the login's state.
    menu: None: it is reached from other pages.
    """

    method: Literal["GET", "POST"]
    path: str
    right: Right
    handle: Handler
    menu: Menu | None = None
    confirmed: bool = False
    unsigned: bool = False


_RULES = needs("manage_access", "grant", "approve", "read_audit")
_RUNNING = needs("operate", "manage_access", "read_audit")
_AUDIT = needs("read_audit")
_SKILLS = needs("manage_skills")
_RUNS = needs("manage_skills", "operate")

ROUTES: tuple[Route, ...] = (
    Route("GET", "/sign-in", OPEN, entering.door),
    Route("GET", "/sign-in/dingtalk", OPEN, entering.leave),
    Route("GET", "/sign-in/return", OPEN, entering.come_back),
    Route("GET", "/enter", OPEN, entering.inside),
    Route("POST", "/enter", OPEN, entering.inside_with_code, unsigned=True),
    Route("GET", "/", SIGNED_IN, entering.first_page),
    Route("POST", "/sign-out", SIGNED_IN, entering.sign_out),
    Route("POST", "/sign-out-everywhere", SIGNED_IN, entering.sign_out_everywhere),
    Route("GET", "/bots/{bot}/overview", ROLE, overview.page, Menu("overview", "总览", "Overview")),
    Route("GET", "/bots/{bot}/questions", ROLE, questions.page, Menu("questions", "提问", "Questions")),
    Route("GET", "/bots/{bot}/questions/{turn}", ROLE, question.page),
    Route("GET", "/bots/{bot}/gaps", _SKILLS, gaps.page, Menu("gaps", "知识缺口", "Gaps")),
    Route("GET", "/bots/{bot}/gaps/ignore", _SKILLS, gaps.preview),
    Route("POST", "/bots/{bot}/gaps/ignore", _SKILLS, gaps.ignore),
    Route("POST", "/bots/{bot}/gaps/reopen", _SKILLS, gaps.reopen),
    Route(
        "GET",
        "/bots/{bot}/skills",
        _SKILLS,
        skills.page,
        Menu("skills", "技能与标准答案", "Skills and answers"),
    ),
    Route("GET", "/bots/{bot}/skills/write", _SKILLS, writing.form),
    Route("POST", "/bots/{bot}/skills/write", _SKILLS, writing.draft),
    Route("GET", "/bots/{bot}/skills/{id}", _SKILLS, skills.entry_page),
    Route("GET", "/bots/{bot}/skills/{id}/publish", _SKILLS, writing.preview),
    Route("POST", "/bots/{bot}/skills/{id}/publish", _SKILLS, writing.publish),
    Route(
        "GET",
        "/bots/{bot}/evaluation",
        _RUNS,
        runs.page,
        Menu("evaluation", "评测", "Evaluation"),
    ),
    Route("GET", "/bots/{bot}/evaluation/step", _RUNS, progress.step),
    Route("GET", "/bots/{bot}/evaluation/start", _SKILLS, starting.form),
    Route("POST", "/bots/{bot}/evaluation/preview", _SKILLS, starting.preview),
    Route("POST", "/bots/{bot}/evaluation/start", _SKILLS, starting.start),
    Route("GET", "/bots/{bot}/evaluation/act", _SKILLS, acting.preview),
    Route("POST", "/bots/{bot}/evaluation/act", _SKILLS, acting.act),
    Route("GET", "/bots/{bot}/access", _RULES, access.page, Menu("access", "权限", "Access")),
    Route("GET", "/bots/{bot}/access/grant", needs("grant"), granting.preview),
    Route("POST", "/bots/{bot}/access/grant", needs("grant"), granting.give, confirmed=True),
    Route("GET", "/bots/{bot}/access/take", needs("grant"), taking.preview),
    Route("POST", "/bots/{bot}/access/take", needs("grant"), taking.take, confirmed=True),
    Route("GET", "/bots/{bot}/access/requests/{turn}", needs("approve"), deciding.page),
    Route("POST", "/bots/{bot}/access/requests/{turn}", needs("approve"), deciding.decide, confirmed=True),
    Route("GET", "/bots/{bot}/simulator", _RULES, simulator.page),
    Route("GET", "/bots/{bot}/limits", _RUNNING, limits.page, Menu("limits", "限额", "Limits")),
    Route("GET", "/bots/{bot}/canary", _RUNNING, canary.page, Menu("canary", "灰度", "Canary")),
    Route("GET", "/bots/{bot}/canary/act", needs("operate"), canary.preview),
    Route("POST", "/bots/{bot}/canary/act", needs("operate"), canary.act),
    Route("GET", "/bots/{bot}/incidents", _RUNNING, incidents.page, Menu("incidents", "事件", "Incidents")),
    Route("GET", "/bots/{bot}/incidents/act", needs("operate"), incidents.preview),
    Route("POST", "/bots/{bot}/incidents/act", needs("operate"), incidents.act),
    Route("GET", "/bots/{bot}/audit", _AUDIT, records.page, Menu("audit", "审计", "Audit")),
    Route("POST", "/bots/{bot}/audit/verify", _AUDIT, stretches.verify),
    Route("GET", "/bots/{bot}/audit/verify/step", _AUDIT, stretches.verify_step),
    Route("POST", "/bots/{bot}/audit/export", _AUDIT, stretches.export),
    Route("GET", "/bots/{bot}/audit/export/step", _AUDIT, stretches.export_step),
    Route("GET", "/bots/{bot}/health", needs("operate"), health.page, Menu("health", "健康", "Health")),
    Route("GET", "/bots/{bot}/settings", _RUNNING, settings.page, Menu("settings", "设置", "Settings")),
)
