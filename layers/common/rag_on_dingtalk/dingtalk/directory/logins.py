"""Who a person is, by a code that DingTalk gave: in a browser, and inside its own client.

Sources: "获取登录用户的访问凭证" (development/obtain-identity-credentials: the redirect and its `authCode`),
"获取用户token" (development/obtain-user-token), "获取用户通讯录个人信息"
(development/dingtalk-retrieve-user-information, scope `Contact.User.Read`), "根据unionid获取用户userid"
(development/query-a-user-by-the-union-id, scope `qyapi_get_member`), "通过免登码获取用户信息"
(development/obtain-the-userid-of-a-user-by-using-the-log-free, scope `qyapi_base`).
All are outside the monthly quota. A code works once. PKCE is not documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.dingtalk.openapi.client import exchange
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi
    from rag_on_dingtalk.settings.secret import Secret

USER_TOKEN = "POST /v1.0/oauth2/userAccessToken"  # noqa: S105 - an address
ME = "GET /v1.0/contact/users/me"
BY_UNION_ID = "POST /topapi/user/getbyunionid"
BY_CLIENT_CODE = "POST /topapi/v2/user/getuserinfo"

#: `contact_type` of a member of the organisation; 1 is an external contact.
_INTERNAL = 0


class NotAMemberError(DingTalkError):
    """DingTalk knows the person, and the person is no member of the organisation."""

    def __init__(self) -> None:
        super().__init__("not_a_member", "the person is no member of this organisation", status=200)


class SignedIn(msgspec.Struct, frozen=True):
    """A member of the organisation. name: empty where DingTalk did not say it."""

    user: str
    name: str = ""


class Logins:
    """Exchanges codes as one app; keeps no token of a person.

    login_url: `https://login.dingtalk.com`. api_url: `https://api.dingtalk.com`; oapi_url: the older one.
    corp_id: the organisation whose members are let in.
    """

    def __init__(
        self,
        *,
        api: OpenApi,
        http: httpx.AsyncClient,
        client_id: str,
        client_secret: Secret,
        corp_id: str,
        login_url: str,
        api_url: str,
        oapi_url: str,
    ) -> None:
        self._api = api
        self._http = http
        self.client_id = client_id
        self._client_secret = client_secret
        self.corp_id = corp_id
        self._login_url = login_url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._oapi_url = oapi_url.rstrip("/")

    def address(self, *, redirect: str, state: str) -> str:
        """Where a browser is sent; it comes back to `redirect?authCode=…&state=…`, or `?error=…&state=…`."""
        query = {
            "redirect_uri": redirect,
            "response_type": "code",
            "client_id": self.client_id,
            "scope": "openid corpid",
            "state": state,
            "prompt": "consent",
            "exclusiveLogin": "true",
            "exclusiveCorpId": self.corp_id,
        }
        return f"{self._login_url}/oauth2/auth?{urlencode(query)}"

    async def by_browser(self, auth_code: str) -> SignedIn:
        """The person whom a browser came back with.

        Raises:
            DingTalkError: the code is used, old or no code, or DingTalk could not be asked.
            NotAMemberError: another organisation was chosen, or an external contact.
        """
        token = await exchange(
            self._http,
            "POST",
            f"{self._api_url}{USER_TOKEN.partition(' ')[2]}",
            body={
                "clientId": self.client_id,
                "clientSecret": self._client_secret.reveal(),
                "code": auth_code,
                "grantType": "authorization_code",
            },
            headers={"content-type": "application/json"},
            where=USER_TOKEN,
        )
        if token.get("corpId") != self.corp_id:
            raise NotAMemberError
        me = await exchange(
            self._http,
            "GET",
            f"{self._api_url}{ME.partition(' ')[2]}",
            body=None,
            headers={"x-acs-dingtalk-access-token": str(token.get("accessToken", ""))},
            where=ME,
        )
        union_id = me.get("unionId")
        if not isinstance(union_id, str) or not union_id:
            raise DingTalkError("unreadable", f"{ME} was answered without a unionId", status=200)
        found = await self._call(BY_UNION_ID, {"unionid": union_id})
        if found.get("contact_type") != _INTERNAL:
            raise NotAMemberError
        return _member(found, str(me.get("nick", "")), BY_UNION_ID)

    async def by_client(self, code: str) -> SignedIn:
        """The person who opened a page inside DingTalk, by `requestAuthCode`'s code.

        Raises:
            DingTalkError: as for `by_browser`.
        """
        found = await self._call(BY_CLIENT_CODE, {"code": code})
        return _member(found, str(found.get("name", "")), BY_CLIENT_CODE)

    async def _call(self, api: str, body: dict[str, Any]) -> dict[str, Any]:
        async def _send(token: str) -> dict[str, Any]:
            return await exchange(
                self._http,
                "POST",
                f"{self._oapi_url}{api.partition(' ')[2]}?access_token={quote(token, safe='')}",
                body=body,
                headers={"content-type": "application/json"},
                where=api,
            )

        # Once: a code that was lost on its way is used up, and the person signs in again.
        answer = await self._api.with_token(api, _send, priority=Priority.MUST, attempts=1)
        result = answer.get("result")
        if not isinstance(result, dict):
            raise DingTalkError("unreadable", f"{api} was answered without a result", status=200)
        return result


def _member(found: dict[str, Any], name: str, api: str) -> SignedIn:
    user = found.get("userid")
    if not isinstance(user, str) or not user:
        raise DingTalkError("unreadable", f"{api} was answered without a userid", status=200)
    return SignedIn(user, " ".join(name.split())[:64])
