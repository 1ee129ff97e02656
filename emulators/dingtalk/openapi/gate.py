"""What every call with an access token passes before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.errors import (
    invalid_authentication,
    ip_refused,
    permission_denied,
    qps_limit,
    quota_exceeded,
    system_busy,
)

if TYPE_CHECKING:
    from emulators.dingtalk.openapi.calls.tokens import Tokens
    from emulators.dingtalk.openapi.limits import MonthlyQuota, RateWindow
    from emulators.dingtalk.organisation.ledger import Call
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.faults import FaultBoard


class Gate:
    """Token, address, scope, rate and month, in this order."""

    def __init__(self, tokens: Tokens, faults: FaultBoard, *, rate: RateWindow, quota: MonthlyQuota) -> None:
        self._tokens = tokens
        self._faults = faults
        self._rate = rate
        self._quota = quota

    def admit(self, token: str, scope: str, call: Call) -> RobotApp:
        """Whose call this is, noted in the call with the one it takes from the month.

        scope: the permission the call needs; empty for none.

        Raises:
            ApiError: it does not get through.
        """
        robot = self._authenticate(token, call)
        if self._faults.strikes(fault.IP_REFUSED):
            raise ip_refused()
        if scope and scope not in robot.scopes:
            raise permission_denied(scope)
        # A call refused for its rate is not counted against the month.
        if self._faults.strikes(fault.QPS) or not self._rate.admit(robot.client_id, call.api):
            raise qps_limit()
        if not self._quota.spend():
            raise quota_exceeded()
        call.counted = True
        return robot

    def _authenticate(self, token: str, call: Call) -> RobotApp:
        robot = self._tokens.robot_of(token)
        if robot is not None:
            call.app = robot.name
        if self._faults.strikes(fault.ERROR_500):
            raise system_busy()
        if robot is not None and self._faults.strikes(fault.TOKEN_EXPIRED):
            self._tokens.revoke(token)
            robot = None
        if robot is None:
            raise invalid_authentication()
        return robot
