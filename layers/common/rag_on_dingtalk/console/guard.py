"""The headers of every answer, and by which address a browser may know us."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request

#: Names of this machine, for a console without an address of its own.
_HERE = frozenset(("127.0.0.1", "localhost"))


def origin_of(request: Request, url: str) -> str | None:
    """Scheme and host of ours that the request was sent to; None: it was sent to a name that is not ours.

    url: the configured address; empty: this machine only. The name is checked against DNS rebinding, and
        because the address where DingTalk's login comes back to is made of it.
    """
    host = request.headers.get("host", "")
    if url:
        return url if host == urlsplit(url).netloc else None
    return f"http://{host}" if host.partition(":")[0] in _HERE else None


def headers_of(foreign: str, *, secure: bool) -> dict[str, str]:
    """What every answer carries.

    foreign: the address of a script that this page may load from elsewhere; empty: none.
    secure: the page came by https.
    """
    scripts = f"'self' {foreign}" if foreign else "'self'"
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        # Not `no-referrer`: with it browsers send forms with the origin `null`.
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
