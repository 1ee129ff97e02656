"""What a person sees of the local system: a chat like DingTalk's beside an inspector, and the API under both.

```
api          the routes              guard      who may ask: this machine's own pages and programs
bodies       what is posted          views      people, chats and cards as JSON
                                     attachments  pictures and files among them
event_stream changes as they happen  inspection queue, turns, sessions, calls, faults, log as JSON
turn         one question's way, from its message to its outcome
static/      the page: plain HTML, CSS and JavaScript modules, no build
```
"""

from devserver.page.api import console_app

__all__ = ["console_app"]
