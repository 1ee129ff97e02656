"""The robot calls: messages to groups and people, and the emotion under a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.endpoint import GuardedEndpoint, JsonObject, check_robot, strings, text
from emulators.dingtalk.openapi.errors import permission_denied, refused, wrong_robot
from emulators.dingtalk.organisation.people import SENDING_SCOPE
from emulators.dingtalk.replies import Reply, UnreadableReplyError, keyed_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.dingtalk.organisation.chats import Message
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

#: Documented for groups; one-to-one messages have the error but no figure, so they get the same one.
LARGEST_MSG_PARAM = 15_000
MOST_USER_IDS = 20
#: Documented for sampleFile; more can be uploaded than can be promised to be sent.
FILE_TYPES = ("xlsx", "pdf", "zip", "rar", "doc", "docx")


class MessageCalls:
    """What the robot calls do to one organisation's chats."""

    def __init__(self, tenant: Tenant, faults: FaultBoard) -> None:
        self._tenant = tenant
        self._faults = faults

    def endpoints(self) -> dict[str, GuardedEndpoint]:
        """Method and path → call."""
        faults = {
            fault.SENDING_REFUSED: permission_denied(SENDING_SCOPE),
            fault.ROBOT_CODE_REFUSED: wrong_robot("…"),
        }
        return {
            "POST /v1.0/robot/groupMessages/send": GuardedEndpoint(self.send_to_group, SENDING_SCOPE, faults),
            "POST /v1.0/robot/oToMessages/batchSend": GuardedEndpoint(
                self.send_to_people, SENDING_SCOPE, faults
            ),
            # The scope these need is not published.
            "POST /v1.0/robot/emotion/reply": GuardedEndpoint(self.add_emotion),
            "POST /v1.0/robot/emotion/recall": GuardedEndpoint(self.recall_emotion),
        }

    def send_to_group(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/robot/groupMessages/send`."""
        check_robot(robot, body)
        conversation_id = text(body, "openConversationId")
        if not conversation_id:
            raise refused("miss.openConversationId", "openConversationId is missing.")
        group = self._tenant.chats.find(conversation_id)
        if group is None or not group.is_group or robot not in group.robots:
            raise refused("invalid.openConversationId", "The robot is in no group of this id.")
        reply = self._reply(body)
        key = self._tenant.new_id()
        self._tenant.robot_says(group, robot, reply, "openapi", process_query_key=key)
        return {"processQueryKey": key}

    def send_to_people(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/robot/oToMessages/batchSend`: HTTP 200 even for people it did not reach."""
        check_robot(robot, body)
        user_ids = strings(body, "userIds")
        if len(user_ids) > MOST_USER_IDS:
            raise refused("invalidParameter.userIds.overMax", f"At most {MOST_USER_IDS} userIds a call.")
        if not user_ids:
            raise refused("staffId.notExisted", "userIds is empty.")
        reply = self._reply(body)
        people = {user_id: self._tenant.member(user_id) for user_id in user_ids}
        known = [person for person in people.values() if person is not None]
        held = [person.staff_id for person in known] if self._faults.strikes(fault.FLOW_CONTROLLED) else []
        key = self._tenant.new_id()
        for person in known:
            if person.staff_id not in held:
                private = self._tenant.chats.private(person, robot)
                self._tenant.robot_says(private, robot, reply, "openapi", process_query_key=key)
        return {
            "processQueryKey": key,
            "invalidStaffIdList": [user_id for user_id, person in people.items() if person is None],
            "flowControlledStaffIdList": held,
        }

    def add_emotion(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/robot/emotion/reply`: adding the same emotion twice leaves one."""
        message, name = self._message(robot, body), text(body, "emotionName")
        if name not in message.reactions:
            message.reactions.append(name)
            self._tenant.message_changed(message)
        return {"success": True}

    def recall_emotion(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/robot/emotion/recall`: taking back what is not there is fine."""
        message, name = self._message(robot, body), text(body, "emotionName")
        if name in message.reactions:
            message.reactions.remove(name)
            self._tenant.message_changed(message)
        return {"success": True}

    def _message(self, robot: RobotApp, body: Mapping[str, Any]) -> Message:
        check_robot(robot, body)
        message = self._tenant.chats.message(text(body, "openMsgId"))
        if message is None or message.conversation.id != text(body, "openConversationId"):
            raise refused("resource.unavailable", "openMsgId is no message of openConversationId.")
        return message

    def _reply(self, body: Mapping[str, Any]) -> Reply:
        param = text(body, "msgParam")
        if len(param.encode()) > LARGEST_MSG_PARAM:
            raise refused(
                "invalidParameter.msgParam.tooLong", f"msgParam has more than {LARGEST_MSG_PARAM} bytes."
            )
        try:
            reply = keyed_reply(text(body, "msgKey"), param)
        except UnreadableReplyError as problem:
            which = "msgKey" if problem.unknown_type else "msgParam"
            raise refused(f"invalidParameter.{which}.invalid", str(problem)) from None
        unknown = [one for one in reply.media_ids if self._tenant.media.find(one) is None]
        if unknown:
            raise refused("invalidParameter.msgParam.invalid", f"Nothing was uploaded as {unknown[0]}.")
        if reply.kind == "sampleFile" and reply.content["fileType"] not in FILE_TYPES:
            self._tenant.ledger.violates("", f"fileType is one of {', '.join(FILE_TYPES)}; see {reply.text}")
        return reply
