"""What a browser meets at login.dingtalk.com, and the script that DingTalk's client offers to pages."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from emulators.dingtalk.openapi.errors import ApiError, invalid_authentication, permission_denied
from emulators.dingtalk.organisation.people import CONTACT_USER_SCOPE, union_id_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.dingtalk.login.codes import Codes
    from emulators.dingtalk.organisation.people import Person, RobotApp
    from emulators.dingtalk.tenant import Tenant

AUTH, CHOSEN, ME = "/oauth2/auth", "/oauth2/chosen", "/v1.0/contact/users/me"
JSAPI = "/dingtalk.open.js"
_PATHS = frozenset(("GET " + AUTH, "GET " + CHOSEN, "GET " + ME, "GET " + JSAPI))
_TOKEN_HEADER = "x-acs-dingtalk-access-token"

_SCRIPT = """\
window.dd = {
  ready: (call) => call(),
  requestAuthCode: (wish) => {
    const codes = CODES;
    const fail = (errorMessage) => (wish.onFail || wish.fail)({ errorCode: "3", errorMessage });
    if (wish.corpId !== CORP) return fail("corpId is not this organisation's");
    const code = codes[wish.clientId];
    delete codes[wish.clientId];
    if (!code) return fail("no person is signed in to this client, or the page is not this app's");
    (wish.onSuccess || wish.success)({ code });
  },
};
"""
_PAGE = """\
<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>钉钉登录（本机）</title><style>
body{{font:16px/1.6 system-ui,sans-serif;max-width:24em;margin:12vh auto;padding:0 1em}}
a{{display:block;padding:.6em 1em;margin:.4em 0;border:1px solid #ccc;border-radius:8px;color:inherit}}
a{{text-decoration:none}}a:hover{{background:#8883}}</style>
<h1>登录到 {title}</h1><p>本机的钉钉：选一个人，就是他在登录。</p>{people}</html>"""


class LoginPages:
    """Serves them; no token, no quota."""

    def __init__(self, tenant: Tenant, codes: Codes) -> None:
        self._tenant = tenant
        self._codes = codes
        #: Who has DingTalk's client open; None: the pages are not inside it.
        self.client_person: Person | None = None

    def serves(self, method: str, path: str) -> bool:
        """Whether a request is one of these."""
        return f"{method} {path}" in _PATHS

    def answer(self, request: Request) -> Response:
        """Answer it."""
        path = request.url.path
        if path == JSAPI:
            return self._script()
        if path == ME:
            return self._me(request)
        robot, problem = self._app(request)
        if robot is None:
            return HTMLResponse(f"<h1>{escape(problem)}</h1>", 400)
        return self._people(request, robot) if path == AUTH else self._chosen(request, robot)

    def _app(self, request: Request) -> tuple[RobotApp | None, str]:
        query = request.query_params
        robot = self._tenant.robot_of_client(query.get("client_id", ""))
        if robot is None:
            return None, "应用不存在：client_id 不对"
        if query.get("redirect_uri", "") not in robot.redirect_urls:
            return None, "redirect_uri 与应用「安全设置」里登记的重定向 URL 不一致"
        if query.get("response_type") != "code":
            return None, "response_type 必须是 code"
        if "openid" not in query.get("scope", "").split():
            return None, "scope 必须包含 openid"
        return robot, ""

    def _people(self, request: Request, robot: RobotApp) -> Response:
        def line(label: str, person: str) -> str:
            address = f"{CHOSEN}?{urlencode({**request.query_params, 'person': person})}"
            return f'<a href="{escape(address)}">{escape(label)}</a>'

        exclusive = request.query_params.get("exclusiveLogin") == "true"
        allowed = [one for one in self._tenant.people if one.staff_id or not exclusive]
        listed = "".join(line(one.nick, union_id_of(one)) for one in allowed) + line("取消", "")
        return HTMLResponse(_PAGE.format(title=escape(robot.title), people=listed))

    def _chosen(self, request: Request, robot: RobotApp) -> Response:
        query = request.query_params
        person = next((one for one in self._tenant.people if union_id_of(one) == query.get("person")), None)
        back = {"state": query["state"]} if "state" in query else {}
        if person is None:
            back["error"] = "access_denied"
        else:
            corp = person.corp_id or self._tenant.corp_id
            asked = "corpid" in query.get("scope", "").split()
            back["authCode"] = self._codes.issue("browser", robot, person, corp if asked else "")
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}", 302)

    def _me(self, request: Request) -> Response:
        issued = self._codes.of_token(request.headers.get(_TOKEN_HEADER, ""))
        failure: ApiError | None = None
        if issued is None:
            failure = invalid_authentication()
        elif CONTACT_USER_SCOPE not in issued.robot.scopes:
            failure = permission_denied(CONTACT_USER_SCOPE)
        if failure is not None or issued is None:
            assert failure is not None
            return JSONResponse(failure.body(self._tenant.new_id()), failure.status)
        person = issued.person
        union_id = union_id_of(person)
        return JSONResponse({"nick": person.nick, "unionId": union_id, "openId": f"open-{union_id}"})

    def _script(self) -> Response:
        """A code for each app whose pages are registered: a real client makes it when it is asked."""
        person = self.client_person
        apps = [one for one in self._tenant.robots if one.redirect_urls] if person is not None else []
        corp = self._tenant.corp_id
        codes = {
            one.client_id: self._codes.issue("client", one, person, corp)
            for one in apps
            if person is not None
        }
        script = _SCRIPT.replace("CODES", json.dumps(codes)).replace("CORP", json.dumps(corp))
        headers = {"cache-control": "no-store", "cross-origin-resource-policy": "cross-origin"}
        return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)
