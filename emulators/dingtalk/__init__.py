"""DingTalk, as a robot meets it: the side that posts to its callback and serves its API calls.

```
organisation  chats  cards  media   who is there, what was said and sent, which cards are shown
sayings                             what goes into one message of a person
pushes  replies  signing  envelope  session_webhooks  wire  multipart
                                    the wire formats, pure
ledger  feed  tenant                what happened, and who is told
delivery  clicks  events  posting   DingTalk → bot, by HTTP
stream/                             DingTalk → bot, through a WebSocket that the bot opened
openapi/                            bot → DingTalk
view  side                          all of it behind one object
```
"""

from emulators.dingtalk.organisation.cards import Card, CardState, Frame
from emulators.dingtalk.organisation.chats import Conversation, ConversationKind, Message
from emulators.dingtalk.organisation.feed import Change, Subscription
from emulators.dingtalk.organisation.ledger import Call, Ledger, Push, Violation
from emulators.dingtalk.organisation.media import Media, SentFile, Upload
from emulators.dingtalk.organisation.people import EventSubscription, Person, RobotApp
from emulators.dingtalk.pushing.delivery import PushOutcome
from emulators.dingtalk.side import DingTalkSide, InProcess
from emulators.dingtalk.stream import StreamTimes

__all__ = [
    "Call",
    "Card",
    "CardState",
    "Change",
    "Conversation",
    "ConversationKind",
    "DingTalkSide",
    "EventSubscription",
    "Frame",
    "InProcess",
    "Ledger",
    "Media",
    "Message",
    "Person",
    "Push",
    "PushOutcome",
    "RobotApp",
    "SentFile",
    "StreamTimes",
    "Subscription",
    "Upload",
    "Violation",
]
