"""DingTalk, as a robot meets it: the side that posts to its callback and serves its API calls.

```
organisation  chats  cards  media   who is there, what was said and sent, which cards are shown
sayings                             what goes into one message of a person
pushes  replies  signing  envelope  session_webhooks  wire  multipart
                                    the wire formats, pure
ledger  feed  tenant                what happened, and who is told
delivery  clicks  events            DingTalk → bot
openapi/                            bot → DingTalk
view  side                          all of it behind one object
```
"""

from local.dingtalk.cards import Card, CardState, Frame
from local.dingtalk.chats import Conversation, ConversationKind, Message
from local.dingtalk.delivery import PushOutcome
from local.dingtalk.feed import Change, Subscription
from local.dingtalk.ledger import Call, Ledger, Push, Violation
from local.dingtalk.media import Media, SentFile, Upload
from local.dingtalk.organisation import EventSubscription, Person, RobotApp
from local.dingtalk.side import DingTalkSide, InProcess

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
    "Subscription",
    "Upload",
    "Violation",
]
