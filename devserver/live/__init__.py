"""`python -m devserver --dingtalk`: your own bot in the real DingTalk, everything else on this machine.

```
bots       the bot that answers: the demo's, or one of your own bots.yaml, in Stream mode
telling    what the person at the terminal is told of what happens
running    all of it
```
"""

from devserver.live.running import live

__all__ = ["live"]
