"""Which pages the guide draws, and what stands on them. Pure.

Source of the words: DingTalk's documentation of August 2026, dingstart/configure-the-robot-application,
development/configure-stream-push, -/add-api-permission and -/typewriter-effect-streaming-ai-card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.drawings.page import APP_MENU, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = "open-dev.dingtalk.com/fe/app"
CARDS = "open-dev.dingtalk.com/fe/card"


def pages() -> Iterator[Page]:
    """All of them, in the order of the guide."""
    yield _create()
    yield _credentials()
    yield _scopes()
    yield _robot()
    yield _publish()
    yield _card()
    yield _stream_component()
    yield _events()


def _app(name: str, title: str) -> Page:
    return Page(name, title, menu=APP_MENU, chosen=title, address=APPS)


def _create() -> Page:
    menu = (("应用开发", "企业内部应用"), ("应用开发", "第三方企业应用"))
    page = Page("app", "企业内部应用", menu=menu, chosen="企业内部应用", address=APPS)
    page.buttons("创建应用", primary="创建应用", number=1)
    page.field("应用名称", "员工手册助手", number=2)
    page.field("应用描述", "回答员工手册里的问题")
    return page.buttons("取消", "保存", primary="保存", number=3)


def _credentials() -> Page:
    page = _app("credentials", "凭证与基础信息")
    page.field("Client ID", "dingexample0appkey01", number=1, action="复制")
    page.field("Client Secret", "••••••••••••••••••••", number=2, action="复制")
    page.note("① 写进 bots.yaml 的 client_id")
    return page.note("② 写进 .env 的 DINGTALK_CLIENT_SECRET")


def _scopes() -> Page:
    page = _app("scopes", "权限管理")
    page.field("搜索权限", "Card.Instance.Write", number=1)
    return page.table(
        (("权限代码", 0), ("状态", 260), ("操作", 410)),
        (
            ("qyapi_robot_sendmsg", "已开通", "查看详情"),
            ("Card.Instance.Write", "未开通", "申请权限"),
            ("Card.Streaming.Write", "未开通", "申请权限"),
            ("qyapi_base", "未开通", "申请权限"),
            ("qyapi_get_member", "未开通", "申请权限"),
        ),
        number=2,
    )


def _robot() -> Page:
    page = _app("robot", "机器人")
    page.field("机器人名称", "员工手册助手")
    page.choice("消息接收模式", ("Stream 模式", "HTTP 模式"), "HTTP 模式", number=1)
    page.field("消息接收地址", "https://callback.example.com/robot/handbook", number=2)
    return page.buttons("保存", "发布", primary="发布", number=3)


def _publish() -> Page:
    page = _app("publish", "版本管理与发布")
    page.buttons("创建新版本", primary="创建新版本", number=1)
    page.field("应用版本号", "1.0.0")
    page.choice("可见范围", ("全部员工", "部分员工", "仅限管理员"), "全部员工", number=2)
    return page.buttons("取消", "保存并发布", primary="保存并发布", number=3)


_CARD_MENU = (("卡片平台", "模板列表"), ("卡片平台", "新建模板"))


def _card() -> Page:
    page = Page("card", "新建模板", menu=_CARD_MENU, chosen="新建模板", address=CARDS)
    page.choice("卡片类型", ("消息卡片", "吊顶卡片"), "消息卡片", number=1)
    page.choice("卡片模板场景", ("普通卡片", "AI 卡片"), "AI 卡片", number=2)
    page.field("关联应用", "员工手册助手", number=3)
    return page.buttons("取消", "创建", primary="创建", number=4)


def _stream_component() -> Page:
    menu = (("AI 卡片", "处理中"), ("AI 卡片", "输入中"), ("AI 卡片", "完成"), ("AI 卡片", "失败"))
    page = Page("streaming", "输入中", menu=menu, chosen="输入中", address=CARDS)
    page.note("更多 > 导入：infra/dingtalk/card-template.json")
    page.field("组件", "Markdown")
    page.switch("流式组件", on=True, number=1)
    page.field("绑定变量", "content", number=2)
    page.buttons("保存", "发布", primary="发布", number=3)
    return page.field("模板 ID", "00000000-0000-0000-0000-000000000000.schema", number=4)


def _events() -> Page:
    page = _app("events", "事件订阅")
    page.choice("推送方式", ("Stream 模式推送", "HTTP 推送"), "HTTP 推送", number=1)
    page.field("加密 aes_key", "43 位字母和数字", number=2)
    page.field("签名 token", "3 至 32 位字母和数字", number=3)
    page.field("请求网址", "https://callback.example.com/events/handbook", number=4)
    return page.buttons("保存", primary="保存", number=5)
