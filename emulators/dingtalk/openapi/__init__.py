"""Bot → DingTalk: the calls a robot makes at api.dingtalk.com and oapi.dingtalk.com, in one application.

`app` is the way a call takes (faults, token, scope, rate, quota); the other files are what the calls do.
"""

from emulators.dingtalk.openapi.app import OpenApi

__all__ = ["OpenApi"]
