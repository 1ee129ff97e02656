"""What people read about who may ask what: refusals, requests, grants, experiments."""

from __future__ import annotations

from typing import Literal

#: By name and language, as `texts` has them all.
ACCESS_TEXTS: dict[str, dict[Literal["zh", "en"], str]] = {
    "from_route": {"zh": "（由「{route}」回答）", "en": "(answered from {route})"},
    "from_route_because": {
        "zh": "（由「{route}」回答：{why}）",
        "en": "(answered from {route}: {why})",
    },
    "routed_words": {"zh": "问题里有指定的词", "en": "the question has one of its words"},
    "routed_regex": {"zh": "问题符合指定的写法", "en": "the question fits one of its patterns"},
    "routed_longer_than": {"zh": "问题比较长", "en": "the question is long"},
    "routed_code": {"zh": "问题里有代码", "en": "the question has code"},
    "routed_table": {"zh": "问题里有表格", "en": "the question has a table"},
    "routed_several_questions": {"zh": "一次问了几件事", "en": "it asks several things at once"},
    "routed_files": {"zh": "附带了图片或文件", "en": "a picture or file came with it"},
    "routed_depth": {"zh": "这个会话已经问了几轮", "en": "the conversation has gone on for a while"},
    "routed_conversation": {"zh": "这个会话之前由它回答", "en": "it has answered in this conversation"},
    "routed_asked": {"zh": "你要更深入的回答", "en": "you asked for a deeper answer"},
    "routed_failure": {"zh": "另一个后端出错了", "en": "another backend had failed"},
    "refused": {
        "zh": (
            "{why}\n\n- 规则：`{rule}`（策略 {policy}）\n- 你的 staffId：`{user}`\n"
            "- 会话 id：`{conversation}`\n- 负责人：{owners}"
        ),
        "en": (
            "{why}\n\n- Rule: `{rule}` (policy {policy})\n- Your staff id: `{user}`\n"
            "- Conversation id: `{conversation}`\n- Owner: {owners}"
        ),
    },
    "refused_departments": {"zh": "\n- 你的部门：{departments}", "en": "\n- Your departments: {departments}"},
    "refused_deny": {
        "zh": "按规则，{title}不能用「{route}」回答你的问题。",
        "en": "By its rules, {title} may not answer you from {route}.",
    },
    "refused_not_allowed": {
        "zh": "你没有「{route}」的权限，{title}不能用它回答你的问题。",
        "en": "You have no access to {route}, so {title} cannot answer you from it.",
    },
    "refused_least_rights": {
        "zh": "现在查不到你的部门和角色，{title}只好先不回答需要权限的问题。请过几分钟再问。",
        "en": "Your departments and roles cannot be looked up now, so {title} does not answer what needs "
        "them. Please ask again in a few minutes.",
    },
    "refused_no_route": {
        "zh": "{title}没有为你开放的知识库。",
        "en": "{title} has no knowledge base that is open to you.",
    },
    "refused_guest": {
        "zh": "抱歉，这个问题只回答组织内有权限的成员。",
        "en": "Sorry, this question is answered only to members of the organisation who have access.",
    },
    "ask_by_button": {
        "zh": "需要的话点「申请权限」，负责人会收到申请，结果会告诉你。",
        "en": "Tap 申请权限 to ask for access: the owner gets your request, and you are told the answer.",
    },
    "request": {
        "zh": "**{nick}**（`{user}`）申请使用「{route}」（{title}），想问：\n\n> {question}",
        "en": "**{nick}** (`{user}`) asks for access to {route} ({title}), to ask:\n\n> {question}",
    },
    "request_departments": {"zh": "\n\n部门：{departments}", "en": "\n\nDepartments: {departments}"},
    "request_by_hand": {
        "zh": "批准请发送 `/grant {user} {route} 1d`，不批准则不用处理。",
        "en": "To approve, send `/grant {user} {route} 1d`; to refuse, do nothing.",
    },
    "request_approved": {
        "zh": "你的申请批准了：{title}可以用「{route}」回答你，到 {until}（北京时间）为止。",
        "en": "Approved: {title} answers you from {route} until {until} (Beijing time).",
    },
    "request_rejected": {
        "zh": "负责人没有批准你使用「{route}」（{title}）的申请。",
        "en": "Your request for access to {route} ({title}) was not approved.",
    },
    "request_no_owner": {
        "zh": "没有别的负责人可以批准你的申请，请联系管理员。",
        "en": "There is no other owner who could approve your request. Please ask the administrator.",
    },
    "request_decided_before": {
        "zh": "这个申请已经处理过了，以先作的决定为准。",
        "en": "This request was decided before; the first decision stands.",
    },
    "request_lost": {
        "zh": "系统出错，刚才点的操作没有完成，请再点一次或稍后重试。",
        "en": "The system failed and what you tapped was not done. Please try again later.",
    },
    "none": {"zh": "无", "en": "none"},
    "not_known": {"zh": "现在查不到", "en": "not known now"},
    "whoami": {
        "zh": (
            "- staffId：`{user}`\n- 会话 id：`{conversation}`\n- 部门：{departments}\n- 角色：{roles}\n"
            "- 职责：{duties}\n\n可以问的知识库（策略 {policy}）：\n{routes}"
        ),
        "en": (
            "- Staff id: `{user}`\n- Conversation id: `{conversation}`\n- Departments: {departments}\n"
            "- Roles: {roles}\n- Duties: {duties}\n\nKnowledge bases (policy {policy}):\n{routes}"
        ),
    },
    "whoami_limits": {"zh": "\n\n提问上限：\n{lines}", "en": "\n\nLimits:\n{lines}"},
    "whoami_limit": {
        "zh": "- {who}{per}最多 {questions} 个问题，已用 {used}",
        "en": "- {questions} questions {per} for {who}, {used} used",
    },
    "whoami_places": {
        "zh": "- {who}同时最多 {places} 个回答",
        "en": "- {places} answers at a time for {who}",
    },
    "help_duties": {"zh": "\n\n你还可以用：\n{lines}", "en": "\n\nYou can also use:\n{lines}"},
    "help_grant": {
        "zh": "- `/grant @某人 名称 7d 原因` 授权，`/revoke @某人 名称` 收回",
        "en": "- `/grant @person name 7d reason` gives access, `/revoke @person name` takes it back",
    },
    "help_grants": {"zh": "- `/grants` 查看现有的授权", "en": "- `/grants` lists what is granted"},
    "help_canary": {
        "zh": "- `/canary status|stop|promote|start` 查看和改变灰度",
        "en": "- `/canary status|stop|promote|start` shows and changes experiments",
    },
    "grant_given": {
        "zh": "已授权：`{user}` 可以用「{route}」，到 {until}（北京时间）为止。",
        "en": "Done: `{user}` has access to {route} until {until} (Beijing time).",
    },
    "grant_not_yours": {
        "zh": "只有负责人（owner）可以授权和收回，什么都没有改变。",
        "en": "Only an owner can give and take access. Nothing was changed.",
    },
    "grant_to_yourself": {
        "zh": "不能给自己授权，请让另一位负责人来做。什么都没有改变。",
        "en": "You cannot give access to yourself; ask another owner. Nothing was changed.",
    },
    "grant_no_route": {
        "zh": "没有写明是哪个知识库，可以是：{routes}。格式：`/grant @某人 名称 7d 原因`。什么都没有改变。",
        "en": "Name one of these: {routes}. Like this: `/grant @person name 7d reason`. Nothing was changed.",
    },
    "grant_no_length": {
        "zh": "没有写明多久，例如 `12h`、`7d`、`2w` 或 `2026-12-31`，最长 {days} 天。什么都没有改变。",
        "en": "Say how long: `12h`, `7d`, `2w` or `2026-12-31`, {days} days at most. Nothing was changed.",
    },
    "grant_past": {
        "zh": "结束时间已经过去了，请写将来的时间。什么都没有改变。",
        "en": "That time is past already; name one to come. Nothing was changed.",
    },
    "grant_too_long": {
        "zh": "太久了，最长 {days} 天。什么都没有改变。",
        "en": "That is too long: {days} days at most. Nothing was changed.",
    },
    "grant_you_may_not": {
        "zh": "规则不允许你自己使用「{route}」，所以你也不能把它授权给别人。什么都没有改变。",
        "en": "The rules deny {route} to you, so you cannot give it to others. Nothing was changed.",
    },
    "grant_left": {
        "zh": "组织里没有 `{user}` 这个人，可能已经离职。什么都没有改变。",
        "en": "The organisation has no member `{user}`; perhaps that person has left. Nothing was changed.",
    },
    "grant_not_checked": {
        "zh": "现在查不到通讯录，不能确认 `{user}` 是谁，请稍后再试。什么都没有改变。",
        "en": "The directory cannot be asked now who `{user}` is. Please try again. Nothing was changed.",
    },
    "grant_no_person": {
        "zh": "没有写明是谁：请 @ 这个人，或写 staffId；只写姓名可能有重名。什么都没有改变。",
        "en": "Say who: mention the person, or give the staff id; a name may be several people's. "
        "Nothing was changed.",
    },
    "grant_several_people": {
        "zh": "一次只能写一个人。什么都没有改变。",
        "en": "One person at a time, please. Nothing was changed.",
    },
    "revoked": {
        "zh": "已收回 `{user}` 的 {count} 项授权，立即生效。",
        "en": "Done: {count} of `{user}`'s grants ended just now.",
    },
    "nothing_to_revoke": {
        "zh": "`{user}` 现在没有这样的授权。",
        "en": "`{user}` has no such grant now.",
    },
    "no_grants": {"zh": "现在没有授权。", "en": "Nothing is granted now."},
    "grants": {"zh": "现有 {count} 项授权：\n{lines}", "en": "{count} grants now:\n{lines}"},
    "grant_department": {
        "zh": "部门 {department}",
        "en": "department {department}",
    },
    "grant_line": {
        "zh": "- `{user}`：{route}，到 {until}，{by} 授权，原因：{why}",
        "en": "- `{user}`: {route} until {until}, given by {by}, because: {why}",
    },
    "ask_owner": {
        "zh": "需要的话请联系负责人，负责人可以发送：`/grant {user} {route} 7d 原因`",
        "en": "Ask the owner for access, who can send: `/grant {user} {route} 7d reason`",
    },
    "canary_not_yours": {
        "zh": "只有负责人（owner）和运维（operator）可以查看和改变灰度，什么都没有改变。",
        "en": "Only owners and operators see and change experiments. Nothing was changed.",
    },
    "canary_none": {
        "zh": "{title}没有灰度。在 `routes` 里给一条路由写上 `percent` 或 `experiment` 就有了。",
        "en": "{title} has no experiment. A route with `percent` or `experiment` is one.",
    },
    "canary_usage": {
        "zh": "格式：`/canary status|stop|promote|start 名称`。灰度有：{names}。什么都没有改变。",
        "en": "Like this: `/canary status|stop|promote|start name`. There is: {names}. Nothing was changed.",
    },
    "canary_stopped": {
        "zh": "灰度「{name}」已停止：最多 {seconds} 秒后，所有新提问都由稳定版回答。",
        "en": "The canary {name} is stopped: within {seconds} seconds stable answers every new question.",
    },
    "canary_promoted": {
        "zh": "灰度「{name}」已推广：最多 {seconds} 秒后，符合条件的人都由它回答。"
        "请把 bots.yaml 也改成这样。",
        "en": "The canary {name} is promoted: within {seconds} seconds it answers all who fit. "
        "Let bots.yaml say so, too.",
    },
    "canary_started": {
        "zh": "灰度「{name}」重新开始，计数清零。",
        "en": "The canary {name} runs again, and counts anew.",
    },
    "canary_as_before": {
        "zh": "灰度「{name}」本来就是这样，什么都没有改变。",
        "en": "The canary {name} stands so already. Nothing was changed.",
    },
}
