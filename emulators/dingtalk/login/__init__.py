"""How people sign in to pages: DingTalk's OAuth 2 in a browser, and the client's code inside DingTalk."""

from emulators.dingtalk.login.codes import Codes
from emulators.dingtalk.login.pages import LoginPages

__all__ = ["Codes", "LoginPages"]
