"""A cookie jar that stays empty, for clients that the requests of many people share."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy


def no_cookies() -> CookieJar:
    """For `httpx.AsyncClient`: what a server sets for one person does not go with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
