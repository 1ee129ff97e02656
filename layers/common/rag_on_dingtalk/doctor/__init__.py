"""`doctor`: the whole chain from DingTalk to the knowledge base, each link tried without a message.

`examination`, `bot` and `app` decide what is tried and what depends on what; `trials`, `web` and `tablestore`
try it; the other modules, one for each subject, judge what came back.
"""
