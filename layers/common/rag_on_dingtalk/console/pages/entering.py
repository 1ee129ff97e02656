"""Signing in and out. Nothing of a person is kept but the staff id and the name, in a signed cookie."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rag_on_dingtalk.console.responses import Answer, Begin, Go, Page
from rag_on_dingtalk.console.rights import bots_of
from rag_on_dingtalk.console.signing.session import LONGEST_MS, Session, to_cookie
from rag_on_dingtalk.console.signing.states import LIFE_MS, new_state, own_page, read_state
from rag_on_dingtalk.console.web.html import el, join
from rag_on_dingtalk.console.web.layout import hidden, note
from rag_on_dingtalk.dingtalk.directory.logins import NotAMemberError
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from rag_on_dingtalk.console.signing.states import State
    from rag_on_dingtalk.console.visit import Visit
    from rag_on_dingtalk.console.web.html import Markup
    from rag_on_dingtalk.console.web.language import Say
    from rag_on_dingtalk.dingtalk.directory.logins import SignedIn

#: Why a sign-in failed: what to say, and what to do.
_WHY = {
    "cancelled": (
        "你在钉钉里取消了登录。",
        "You cancelled at DingTalk.",
        "需要登录才能看；再点一次即可。",
        "It takes a sign-in to see anything; try again.",
    ),
    "state": (
        "这次登录已经用过，或者超过了十分钟。",
        "This sign-in was used before, or is older than ten minutes.",
        "请重新登录。",
        "Please sign in again.",
    ),
    "code": (
        "钉钉没有认出这次登录。",
        "DingTalk did not recognise this sign-in.",
        "请重新登录；一直这样就请管理员运行 doctor。",
        "Please sign in again; if it goes on, an administrator runs doctor.",
    ),
    "not_a_member": (
        "你登录的账号不是本组织的成员。",
        "The account you chose is no member of this organisation.",
        "请换成公司的账号登录。",
        "Sign in with your company's account.",
    ),
    "no_role": (
        "你还没有任何机器人的管理角色。",
        "You have no role in any bot.",
        "请把下面的工号发给负责人，写进 bots.yaml 的 roles，重新部署后就能登录。",
        "Give your staff id below to an owner, for `roles` in bots.yaml; after the next deployment you can sign in.",
    ),
}


async def door(visit: Visit) -> Answer:
    """The page before a sign-in; inside DingTalk's client there is nothing to press."""
    page = own_page(visit.query.get("page", "/"))
    if visit.in_client and not visit.query.get("why"):
        return Go(f"/enter?{urlencode({'page': page})}")
    return Page(
        title=visit.say("登录", "Sign in"),
        body=door_body(visit.say, page, why=visit.query.get("why", ""), user=visit.query.get("user", "")),
        bare=True,
    )


def door_body(say: Say, page: str, *, why: str, user: str) -> Markup:
    """What the door says."""
    told = _WHY.get(why)
    reason = note("warn", say(told[0], told[1]), say(told[2], told[3]), user[:64]) if told else None
    return join(
        (
            el("h1", say("登录控制台", "Sign in")),
            el(
                "p",
                say(
                    "用公司的钉钉账号登录，不用另设密码。",
                    "With your company's DingTalk account; there is no other password.",
                ),
                class_="quiet",
            ),
            reason,
            el(
                "a",
                say("用钉钉登录", "Sign in with DingTalk"),
                href=f"/sign-in/dingtalk?{urlencode({'page': page, **({'browser': '1'} if why else {})})}",
                class_="button primary",
            ),
        )
    )


async def leave(visit: Visit) -> Answer:
    """Off to DingTalk, with a state that only this browser can bring back."""
    page = own_page(visit.query.get("page", "/"))
    if visit.in_client and not visit.query.get("browser"):
        return Go(f"/enter?{urlencode({'page': page})}")
    nonce = secrets.token_urlsafe(24)
    state = new_state(nonce, page, visit.now_ms, visit.services.signer)
    address = visit.services.logins.address(redirect=f"{visit.origin}/sign-in/return", state=state)
    return Begin(to=address, cookie=("login", nonce), seconds=LIFE_MS // 1000)


async def come_back(visit: Visit) -> Answer:
    """Back from DingTalk, with an authCode."""
    state = await _state(visit, visit.query.get("state", ""))
    if state is None:
        return _why("state")
    code = visit.query.get("authCode", "")
    if not code:
        return _why("cancelled", state)
    try:
        person = await visit.services.logins.by_browser(code)
    except DingTalkError as error:
        return _refused(visit, error, state)
    return await _begin(visit, person, state)


async def inside(visit: Visit) -> Answer:
    """The page that asks DingTalk's client for a code and sends it here."""
    page = own_page(visit.query.get("page", "/"))
    if visit.login_nonce and visit.query.get("ready"):
        state = new_state(visit.login_nonce, page, visit.now_ms, visit.services.signer)
        return Page(
            title=visit.say("登录", "Sign in"),
            body=inside_body(visit, state, page),
            bare=True,
            foreign=visit.services.jsapi_url,
        )
    nonce = secrets.token_urlsafe(24)
    target = f"/enter?{urlencode({'page': page, 'ready': '1'})}"
    return Begin(to=target, cookie=("login", nonce), seconds=LIFE_MS // 1000)


def inside_body(visit: Visit, state: str, page: str) -> Markup:
    """What is seen for a moment."""
    say, logins = visit.say, visit.services.logins
    form = el(
        "form",
        hidden(state=state, code=""),
        method="post",
        action="/enter",
        data_enter=True,
        data_corp=logins.corp_id,
        data_client=logins.client_id,
    )
    lost = el(
        "div",
        note(
            "warn",
            say("钉钉没有给出登录码。", "DingTalk's client gave no code."),
            say("请更新钉钉，或者用浏览器打开。", "Update DingTalk, or open the console in a browser."),
        ),
        hidden=True,
        data_failed=True,
    )
    again = el(
        "a",
        say("用浏览器的方式登录", "Sign in as in a browser"),
        href=f"/sign-in?{urlencode({'page': page, 'why': 'inside'})}",
    )
    return join((el("h1", say("正在登录…", "Signing in …")), form, lost, el("p", again, class_="hint")))


async def inside_with_code(visit: Visit) -> Answer:
    """The code from DingTalk's client."""
    state = await _state(visit, visit.form.get("state", ""))
    if state is None:
        return _why("state")
    try:
        person = await visit.services.logins.by_client(visit.form.get("code", ""))
    except DingTalkError as error:
        return _refused(visit, error, state)
    return await _begin(visit, person, state)


async def first_page(visit: Visit) -> Answer:
    """The first bot in which the visitor has a role."""
    return Go(f"/bots/{bots_of(visit.user, visit.services.bots)[0]}/overview")


async def sign_out(visit: Visit) -> Answer:
    """End this session."""
    await visit.services.sessions.end(visit.user, visit.session.id)
    return Begin(to="/sign-in", cookie=("session", ""), seconds=0)


async def sign_out_everywhere(visit: Visit) -> Answer:
    """End all sessions of the visitor."""
    await visit.services.sessions.end_all(visit.user)
    return Begin(to="/sign-in", cookie=("session", ""), seconds=0)


async def _state(visit: Visit, value: str) -> State | None:
    """The state, the first time it comes back."""
    state = read_state(value, visit.login_nonce, visit.now_ms, visit.services.signer)
    if state is None:
        return None
    first = await visit.services.once.first(f"console:{state.nonce}", "login", by=secrets.token_hex(8))
    return state if first else None


async def _begin(visit: Visit, person: SignedIn, state: State) -> Answer:
    services, now_ms = visit.services, visit.now_ms
    bots = bots_of(person.user, services.bots)
    if not bots:
        services.log("console_no_role", level="WARNING")
        return _why("no_role", state, user=person.user)
    session = Session(secrets.token_urlsafe(24), person.user, person.name, now_ms, now_ms, now_ms)
    await services.sessions.begin(person.user, session.id, now_ms=now_ms)
    visit.session, visit.name = session, bots[0]
    await visit.record("session.opened", what="console")
    cookie = ("session", to_cookie(session, services.signer))
    return Begin(to=state.page, cookie=cookie, seconds=LONGEST_MS // 1000)


def _refused(visit: Visit, error: DingTalkError, state: State) -> Answer:
    visit.services.log("console_sign_in_refused", level="WARNING", code=error.code)
    return _why("not_a_member" if isinstance(error, NotAMemberError) else "code", state)


def _why(why: str, state: State | None = None, *, user: str = "") -> Answer:
    query = {"why": why, "page": state.page if state else "/", "user": user}
    return Go(f"/sign-in?{urlencode({key: value for key, value in query.items() if value})}")
