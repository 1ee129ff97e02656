"""健康: what an examination from here finds, as sentences that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.responses import Answer, Page
from rag_on_dingtalk.console.web.html import Markup, el, join
from rag_on_dingtalk.console.web.icons import icon
from rag_on_dingtalk.console.web.layout import heading, tag
from rag_on_dingtalk.doctor.line import Line, well, wrong
from rag_on_dingtalk.errors import DingTalkError, StateError
from rag_on_dingtalk.observability.days import HOUR_MS, day_of, hour_of
from rag_on_dingtalk.observability.exposition import added
from rag_on_dingtalk.storage.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.storage.tables import Table

#: Fewer answers in an hour say nothing about the knowledge base.
_LEAST = 3


async def page(visit: Visit) -> Answer:
    """The page."""
    say = visit.say
    lines = [await _tables(visit), *await _dingtalk(visit), await _backend(visit), _callback(visit)]
    about = say(
        "从控制台看得到的检查；更完整的用 `python -m rag_on_dingtalk doctor`。",
        "What can be examined from here; `python -m rag_on_dingtalk doctor` sees more.",
    )
    return Page(
        title=say("健康", "Health"), body=join((heading(say("健康", "Health"), about), shown(visit, lines)))
    )


def shown(visit: Visit, lines: Sequence[Line]) -> Markup:
    """The findings, and where a machine looks."""
    say = visit.say
    marks = {
        "✓": el("span", icon("ok", say("正常", "well")), class_="tag good"),
        "✗": el("span", icon("no", say("有问题", "wrong")), class_="tag bad"),
        "–": tag(say("没有检查", "not checked")),
    }
    listed = [
        el("li", marks[line.mark], " ", el("strong", line.subject), " — ", line.sentence) for line in lines
    ]
    machines = el(
        "section",
        el("h2", say("给监控用", "For machines")),
        el(
            "p",
            el("code", "/healthz"),
            say(
                "：表格存储读得到就是 200，不需要登录。",
                ": 200 while Tablestore can be read; no session is needed.",
            ),
        ),
        el(
            "p",
            el("code", "/metrics"),
            say("：Prometheus 格式，要带 METRICS_TOKEN。", ": for Prometheus, with METRICS_TOKEN."),
        ),
        class_="card",
    )
    return join((el("section", el("ul", listed, class_="plain"), class_="card"), machines))


async def _tables(visit: Visit) -> Line:
    """Every table can be read."""
    say, subject = visit.say, visit.say("数据表", "Tables")
    missing, failed = [], ""
    for table in TABLES:
        code = await _reads(visit, table)
        if code == "OTSObjectNotExist":
            missing.append(table.name)
        elif code:
            failed = code
    if missing:
        return wrong(
            subject,
            say(
                "缺少 {names}。运行 `python -m rag_on_dingtalk tables --create`。",
                "{names} are missing. Run `python -m rag_on_dingtalk tables --create`.",
                names="、".join(missing),
            ),
        )
    if failed:
        return wrong(
            subject,
            say(
                "表格存储回答 {code}。检查网络和控制台的角色权限。",
                "Tablestore answered {code}. Check the way to it and the console's role.",
                code=failed,
            ),
        )
    return well(subject, say("{n} 张表都读得到。", "All {n} tables can be read.", n=len(TABLES)))


async def _reads(visit: Visit, table: Table) -> str:
    try:
        await visit.services.rows.get(table, tuple("-" if kind == "STRING" else 0 for _, kind in table.key))
    except StateError as error:
        return error.code
    return ""


async def _dingtalk(visit: Visit) -> list[Line]:
    """The app's token, and what it may look up."""
    say, subject = visit.say, visit.say("钉钉通讯录", "DingTalk's directory")
    try:
        profile = await visit.services.people(visit.name).profile_of(visit.user, now_ms=visit.now_ms)
    except DingTalkError as error:
        sentence = say(
            "钉钉回答 {code}。检查应用的通讯录权限（qyapi_get_member、qyapi_get_department_list）和可见范围。",
            "DingTalk answered {code}. Check the app's contact permissions and its range.",
            code=error.code,
        )
        return [wrong(subject, sentence)]
    name = profile.name or visit.user
    return [
        well(
            subject,
            say(
                "能查到人和部门，例如你自己：{name}。",
                "People and departments can be looked up, such as you: {name}.",
                name=name,
            ),
        )
    ]


async def _backend(visit: Visit) -> Line:
    """What the last hours' questions say of the knowledge base: the console has no key of it."""
    say, subject = visit.say, visit.say("知识库", "The knowledge base")
    since = hour_of(visit.now_ms - 3 * HOUR_MS)
    counts = added(
        [
            hour
            async for name, hour in visit.services.questions.hours(
                visit.name, day_of(visit.now_ms - 3 * HOUR_MS), day_of(visit.now_ms)
            )
            if name >= since
        ]
    )
    good = counts.get("backend_ok", 0)
    failed = {
        name.removeprefix("backend_"): n
        for name, n in counts.items()
        if name.startswith("backend_") and name != "backend_ok"
    }
    bad = sum(failed.values())
    if good + bad < _LEAST:
        few = say("最近三小时的提问太少，看不出来。", "Too few questions in the last three hours.")
        return Line("–", subject, few)
    told = "、".join(f"{name} {n}" for name, n in failed.items())
    if bad > good:
        return wrong(
            subject,
            say(
                "最近三小时 {bad} 次出错（{told}），{good} 次正常。看「事件」。",
                "{bad} failures ({told}) in three hours, {good} answers. See the incidents.",
                bad=bad,
                good=good,
                told=told,
            ),
        )
    return well(
        subject,
        say(
            "最近三小时 {good} 次正常，{bad} 次出错。",
            "{good} answers and {bad} failures in three hours.",
            good=good,
            bad=bad,
        ),
    )


def _callback(visit: Visit) -> Line:
    """What only a command on an engineer's machine sees."""
    say = visit.say
    return Line(
        "–",
        say("回调地址", "The callback's address"),
        say("要用 `doctor --url` 从外面看。", "`doctor --url` looks at it from outside."),
    )
