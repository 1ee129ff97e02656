"""What the error words of model providers and gateways mean, one row a meaning. Pure.

A provider's error reaches the bot as text only, through products that wrap it: its own status and code are
lost. The first row that matches wins: an exhausted quota also says 429. Sources: the public error lists of
OpenAI, Azure, Anthropic, Gemini, OpenRouter, DeepSeek, Zhipu, Moonshot, SiliconFlow, DashScope and Bailian,
Volcengine Ark, MiniMax, Tencent Hunyuan, iFlytek Spark; the sources of One-API, New-API, Dify and FastGPT.
"""

from __future__ import annotations

import re

from rag_on_dingtalk.errors import FailureKind

#: A status number where it is one, and not any number of three digits.
_STATUS = r"(?:^|status(?:[ _]?code)?[\"']?\s*[:=]?\s*|\bcode[\"']?\s*[:=]\s*|[(\[])[\"']?"

ROWS: tuple[tuple[FailureKind, str], ...] = (
    # DashScope's limits of requests and tokens in a minute have the word quota in them.
    (FailureKind.BUSY, r"throttling\.?(?:rate|allocation|burst)?|allocated quota exceeded"),
    # Money and quotas, English.
    (FailureKind.QUOTA, r"insufficient[_ ](?:\w+[_ ])?(?:quota|balance|credit|fund|point)|insufficientquota"),
    (
        FailureKind.QUOTA,
        r"(?:exceed\w*|over|out of)[_ ](?:your |the )?(?:current |monthly |daily )?[_ ]?quota",
    ),
    (
        FailureKind.QUOTA,
        (
            r"exceeded_current_quota|\bquota\b[^.]{0,40}(?:exhausted|used up)|current_quota_exceeded"
            r"|quota\w*[ _](?:is |has been |was )?"
            r"(?:exceeded|exhausted|used up|not enough|insufficient|run out)"
        ),
    ),
    (
        FailureKind.QUOTA,
        (
            r"(?:balance|credits?|points?)\b[^.]{0,20}(?:insufficient|too low|not enough|exhausted"
            r"|used up|depleted)|(?:out of|more|used all available) credits|aipointsnotenough"
        ),
    ),
    (FailureKind.QUOTA, r"arrear|bill_?overdue|overdue (?:balance|payment)|accountoverdue|payment required"),
    (
        FailureKind.QUOTA,
        (
            r"billing_(?:hard_limit|not_active)|check your plan and billing|freetieronly"
            r"|free (?:tier|quota|trial|credit)[^.]{0,40}(?:exhaust|used up|exceed|expire|run out|ended)"
        ),
    ),
    (
        FailureKind.QUOTA,
        (
            r"pre_consume_token_quota_failed|resourcepackexhausted|commoditynotpurchased"
            r"|unpurchased|not purchased"
            r"|(?:daily|monthly|total) (?:request |usage )?limit (?:reached|exceeded)"
        ),
    ),
    (FailureKind.QUOTA, _STATUS + r"402\b"),
    # Zhipu, SiliconFlow, MiniMax: numbers that mean nothing elsewhere, with their names for them.
    (FailureKind.QUOTA, r"^(?:1113|1304|1308|1309|30001|1008|2056)$"),
    # Money and quotas, Chinese.
    (
        FailureKind.QUOTA,
        (
            r"余额不足|欠费|(?:额度|积分|资源包|流量包|次数|点数|配额|用量)[^，。,.]{0,8}"
            r"(?:不足|用完|用尽|耗尽|已满|超限|到期|达到上限)|(?:超出|超过|达到)[^，。,.]{0,8}(?:额度|配额|限额|用量)"
            r"|请[^，。,.]{0,6}充值|账[户号][^，。,.]{0,6}(?:停用|逾期|余额)|预扣费[^，。,.]{0,6}失败"
            r"|套餐[^，。,.]{0,6}到期"
        ),
    ),
    # Moderation.
    (FailureKind.BLOCKED, r"content[_ -]?filter|data[_ ]?inspection[_ ]?failed|\bmoderat(?:ed|ion)\b"),
    (
        FailureKind.BLOCKED,
        (
            r"content[_ ](?:policy|management|safety|exists risk)|policy[_ ]?violation"
            r"|violat\w* [^.]{0,30}polic|responsibleai|sensitive[_ ]?(?:content|word|information)"
            r"|new_sensitive"
        ),
    ),
    (
        FailureKind.BLOCKED,
        (
            r"considered high risk|inappropriate content|unsafe content|safety system|flagged"
            r"|riskdetect|risk_control|prohibited[_ ]content|blocked (?:due to|by) (?:safety|content|the)"
        ),
    ),
    (FailureKind.BLOCKED, r"^(?:1301|1026|1027)$|" + _STATUS + r"451\b"),
    (
        FailureKind.BLOCKED,
        (
            r"敏感|违规|不合规|涉[黄政暴敏]|风控|内容(?:安全|审核|审查)|不安全[^。.]{0,6}内容|违反[^。.]{0,16}"
            r"(?:政策|规定|规范|法规)"
        ),
    ),
    # Too much of it.
    (
        FailureKind.BUSY,
        (
            r"rate[_ -]?limit|too[_ ]?many[_ ]?requests|throttl|overloaded|server (?:is )?(?:too )?busy"
            r"|at capacity|queue is full|resource[_ ]?exhausted|concurren\w+ (?:limit|requests)"
            r"|requests per minute"
        ),
    ),
    (FailureKind.BUSY, _STATUS + r"(?:429|503|529)\b|^(?:1302|1303|1305|1312)$"),
    (
        FailureKind.BUSY,
        (
            r"(?:请求|调用|访问)[^，。,.]{0,8}(?:频繁|过多|过高|过快|超限|过大)|并发[^，。,.]{0,8}(?:过高|超|上限|限制|过多)"
            r"|限流|(?:系统|服务器?|模型)[^，。,.]{0,4}繁忙|负载[^，。,.]{0,6}(?:饱和|过高)"
        ),
    ),
    # Too long a question, or too much history with it.
    (
        FailureKind.BAD_INPUT,
        (
            r"context[_ ]?(?:length|window|size)|maximum context|(?:prompt|input|query|message)s?"
            r"[^.]{0,24}(?:too long|too large|exceed)|range of input length|too many (?:input )?tokens"
            r"|tokens?\b[^.]{0,24}exceed|exceed\w*[^.]{0,24}\btokens?\b|string_above_max_length|^1261$"
        ),
    ),
    (
        FailureKind.BAD_INPUT,
        (
            r"(?:输入|问题|提示词?|上下文|文本|内容|prompt|tokens?)[^，。,.]{0,12}(?:过长|超长|太长|超过|超出)"
            r"|(?:长度|字数)[^，。,.]{0,8}(?:超过|超出|超限|过长)"
        ),
    ),
)

_SYMPTOMS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in ROWS)

#: No such model, or none that this account may use.
MODEL_MISSING = re.compile(
    r"model[_ ]?not[_ ]?(?:found|exist|open|supported)|no such model|(?:unknown|invalid|unsupported) model"
    r"|model\b[^.]{0,80}(?:does not exist|not exist|not found|is not (?:available|supported)|not available)"
    r"|模型[^，。,.]{0,60}(?:不存在|未找到|不可用|未开通|无权)|invalidendpointormodel"
    r"|unauthmodel|^1211$|^1220$",
    re.IGNORECASE,
)
#: A key that is wrong, or not allowed to do this.
KEY_REFUSED = re.compile(
    r"(?:invalid|incorrect|wrong|missing|expired|no valid|bad)[_ ](?:\w+[_ ])?"
    r"(?:api[_ -]?key|x-api-key|token|credential)"
    r"|api[_ -]?key\b[^.]{0,30}(?:invalid|expired|not valid|disabled|incorrect|not found|required)"
    r"|unauthori[sz]ed|authenticat\w+[_ ](?:fail|error|fails)|authentication_error|permission[_ ]?denied"
    r"|access[_ ]?denied|credentialsvalidatefailed|invokeauthorization|unauthapikey|^(?:401|403)\b"
    r"|" + _STATUS + r"(?:401|403)\b"
    r"|令牌[^，。,.]{0,8}(?:过期|无效|不可用|禁用|不存在)|无效的令牌|鉴权失败|身份验证失败|认证失败"
    r"|(?:api ?key|密钥)[^，。,.]{0,8}(?:无效|错误|不合法|不存在|过期)",
    re.IGNORECASE,
)
_REJECTED = re.compile(r"invokebadrequest|node[^.]{0,40}(?:failed|error)|run failed", re.IGNORECASE)


def provider_failure(words: str) -> FailureKind:
    """What a model provider's error text means; UPSTREAM when it gives no hint.

    A bad key at the provider is UPSTREAM too: the bot's own key is fine. See `is_verdict`.
    """
    return next((kind for kind, symptom in _SYMPTOMS if symptom.search(words)), FailureKind.UPSTREAM)


def is_verdict(words: str) -> bool:
    """Whether the words name a cause that does not pass with time: the next question fails as well."""
    return any(pattern.search(words) for pattern in (MODEL_MISSING, KEY_REFUSED, _REJECTED))
