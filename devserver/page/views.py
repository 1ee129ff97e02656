"""People, chats and cards as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.page.attachments import parts
from emulators.dingtalk import Call, Card, Message, Push, RobotApp
from emulators.dingtalk.stream import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.dingtalk import Change, Conversation, DingTalkSide, Frame, Person
    from rag_on_dingtalk.settings.bot import Bot

Json = dict[str, Any]

#: Robot messages whose words are Markdown, an address included; a `text` is shown as it is.
_MARKDOWN = ("markdown", "actionCard", "sampleMarkdown", "sampleActionCard", "sampleImageMsg")


class Views:
    """JSON of what DingTalk's side shows.

    addressed: message id → the bot it was said to, which a group's message itself does not tell.
    backend_of: a bot's name → what people call the backend that answers it, its version included.
    """

    def __init__(
        self,
        dingtalk: DingTalkSide,
        bots: Mapping[str, Bot],
        addressed: Mapping[str, str],
        backend_of: Callable[[str], str],
    ) -> None:
        self._dingtalk = dingtalk
        self._backend_of = backend_of
        self._bots = bots
        self._addressed = addressed

    def state(self) -> Json:
        """Everything a page needs to draw itself."""
        for person in self._dingtalk.people:
            for robot in self._dingtalk.robots:
                # So that the list of chats is there before the first word.
                self._dingtalk.private(person, robot)
        return {
            "people": [self.person(one) for one in self._dingtalk.people],
            "bots": [self.bot(one) for one in self._dingtalk.robots],
            "conversations": [self.conversation(one) for one in self._dingtalk.conversations],
        }

    def person(self, person: Person) -> Json:
        """Who can talk, and from which department."""
        directory = self._dingtalk.directory
        places = directory.departments_of(person.staff_id) if person.staff_id else ()
        names = [directory.departments[one].name for one in places if one in directory.departments]
        return {
            "name": person.nick,
            "staff_id": person.staff_id,
            "is_admin": person.is_admin,
            "department": "、".join(names),
        }

    def bot(self, robot: RobotApp) -> Json:
        """Who can be asked."""
        bot = self._bots[robot.name]
        return {
            "name": robot.name,
            "title": robot.title,
            "streaming": bot.streaming,
            "backend": self._backend_of(robot.name),
        }

    def conversation(self, conversation: Conversation) -> Json:
        """A chat with all that was said."""
        return {
            "id": conversation.id,
            "is_group": conversation.is_group,
            "title": conversation.title,
            "people": [person.nick for person in conversation.people],
            "bots": [robot.name for robot in conversation.robots],
            "entries": [self.entry(entry) for entry in conversation.entries],
        }

    def entry(self, entry: Message | Card) -> Json:
        """A message or a card."""
        return self.card(entry) if isinstance(entry, Card) else self.message(entry)

    def message(self, message: Message) -> Json:
        """What a person said."""
        from_robot = isinstance(message.sender, RobotApp)
        return {
            "type": "message",
            "id": message.id,
            "from_bot": from_robot,
            "sender": message.sender.name if isinstance(message.sender, RobotApp) else message.sender.nick,
            "kind": message.kind,
            "markdown": from_robot and message.kind.startswith(_MARKDOWN),
            "text": self._named(message),
            "parts": parts(message, self._dingtalk.media),
            "at": message.sent_at,
            "via": message.via,
            "to_bot": self._addressed.get(message.id, ""),
            "undelivered": message.undelivered,
            "reactions": message.reactions,
            "quote": self._quote(message.quote) if message.quote is not None else None,
        }

    def entry_id(self, entry: Message | Card) -> str:
        """What the page knows a message or card by."""
        return entry.out_track_id if isinstance(entry, Card) else entry.id

    def _quote(self, quoted: Message | Card) -> Json:
        """What is shown of a message that another one replies to."""
        shown = self.entry(quoted)
        return {key: shown[key] for key in ("id", "from_bot", "sender", "text")}

    def card(self, card: Card) -> Json:
        """A card as it looks now; `version` grows with every frame."""
        return {
            "type": "card",
            "id": card.out_track_id,
            "version": len(card.frames),
            "from_bot": True,
            "sender": card.robot.name,
            "state": card.state.name,
            "text": card.text,
            "at": card.created_at,
            "changed_at": card.frames[-1].at if card.frames else card.created_at,
            "question": card.question,
            # A template with buttons has variables for what they do.
            "buttons": bool(card.callback_route_key) and "suggestion1" in card.variables,
            "suggestions": [v for n in (1, 2, 3) if (v := card.variables.get(f"suggestion{n}"))],
            "offer": card.variables.get("offer", ""),
            "fresh": card.variables.get("fresh") == "true",
            "deeper": card.variables.get("deeper") == "true",
            "private": {self._nicks((user,))[0]: own for user, own in card.private.items()},
            "mentions": self._nicks(card.at_user_ids),
            "recipients": self._nicks(card.recipients),
        }

    def frame(self, frame: Frame) -> Json:
        """One change of a card."""
        return {"at": frame.at, "kind": frame.kind, "text": frame.text}

    def push(self, push: Push) -> Json:
        """One delivery to a bot; `body` is what it answered, an inline reply included."""
        return {
            "at": push.at,
            "what": push.what,
            "bot": push.robot,
            "subject": push.subject,
            "status": push.status,
            "seconds": round(push.latency, 4),
            "error": push.error,
            "body": push.body,
        }

    def call(self, call: Call) -> Json:
        """One API call of a bot."""
        return {
            "number": call.number,
            "at": call.at,
            "api": call.api,
            "bot": call.app,
            "turn_id": call.out_track_id,
            "summary": call.summary,
            "status": call.status,
            "code": call.code,
            "seconds": round(call.took, 4),
            "counted": call.counted,
        }

    def change(self, change: Change) -> Json:
        """One thing that happened, with what it happened to as it is now."""
        subject = change.subject
        told: Json = {"seq": change.seq, "at": change.at, "kind": change.kind}
        if isinstance(subject, Call):
            return told | {"call": self.call(subject)}
        if isinstance(subject, Push):
            return told | {"push": self.push(subject)}
        if isinstance(subject, Connection):
            return told | {"stream": {"bot": subject.opening.robot.name, "open": not subject.closed}}
        places = subject.conversations if isinstance(subject, Card) else [subject.conversation]
        return told | {
            "conversations": [conversation.id for conversation in places],
            "entry": self.entry(subject),
            "frame": self.frame(change.frame) if change.frame else None,
        }

    def _named(self, message: Message) -> str:
        """Its words with names in the place of ids, as DingTalk shows a mention."""
        text = message.text
        for user_id, nick in zip(message.at_user_ids, self._nicks(message.at_user_ids), strict=True):
            text = text.replace(f"@{user_id}", f"@{nick}")
        return text

    def _nicks(self, user_ids: tuple[str, ...]) -> list[str]:
        by_id = {person.staff_id: person.nick for person in self._dingtalk.people if person.staff_id}
        return [by_id.get(user_id, user_id) for user_id in user_ids]
