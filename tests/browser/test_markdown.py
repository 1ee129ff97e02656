"""static/markdown.js: what becomes of a robot's Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

RENDERED = """async (source) => {
    const { renderMarkdown } = await import("/markdown.js");
    const whole = document.createElement("div");
    whole.append(renderMarkdown(source));
    return whole.innerHTML.replaceAll(/ target="_blank" rel="[a-z ]+"/g, "");
}"""

FOUND = """async (sources) => {
    const { renderMarkdown } = await import("/markdown.js");
    return sources.map((source) => {
        const whole = document.createElement("div");
        whole.append(renderMarkdown(source));
        const inside = [...whole.querySelectorAll("*")];
        return {
            tags: [...new Set(inside.map((one) => one.tagName.toLowerCase()))],
            attributes: [...new Set(inside.flatMap((one) => one.getAttributeNames()))],
            addresses: inside.filter((one) => one.href).map((one) => one.protocol),
        };
    });
}"""

TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("div", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "del", "a"),
}


def table(head: str, body: str = "") -> str:
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="table" tabindex="0"><table>{inside}</table></div>'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sheet(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """A page to render in, the same for all of them."""
    page = await browser.new_page()
    await page.goto(console.url)
    yield page
    await page.close()


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        ("一\n二\n\n三", "<p>一<br>二</p><p>三</p>"),
        ("# 一\n### 三 ###", "<h1>一</h1><h3>三</h3>"),
        ("#没有空格", "<p>#没有空格</p>"),
        ("**粗** *斜* ~~删~~ `码`", "<p><strong>粗</strong> <em>斜</em> <del>删</del> <code>码</code></p>"),
        ("**粗*斜*粗**", "<p><strong>粗<em>斜</em>粗</strong></p>"),
        ("返回后**15 个工作日**内", "<p>返回后<strong>15 个工作日</strong>内</p>"),
        ("2 * 3 * 4 和 a_b_c", "<p>2 * 3 * 4 和 a_b_c</p>"),
        ("还没写完的 **粗", "<p>还没写完的 **粗</p>"),
        (r"\*不斜\* 和 \[不链\](x)", "<p>*不斜* 和 [不链](x)</p>"),
        ("`**不粗** <b>`", "<p><code>**不粗** &lt;b&gt;</code></p>"),
        ("- 一\n- 二\n  - 里\n- 三", "<ul><li>一</li><li>二<ul><li>里</li></ul></li><li>三</li></ul>"),
        ("1. 一\n2. 二", "<ol><li>一</li><li>二</li></ol>"),
        ("3. 三\n4. 四", '<ol start="3"><li>三</li><li>四</li></ol>'),
        ("1. 一\n   - 里\n2. 二", "<ol><li>一<ul><li>里</li></ul></li><li>二</li></ol>"),
        ("- 一\n\n- 二", "<ul><li>一</li><li>二</li></ul>"),
        ("- 一\n1. 二", "<ul><li>一</li></ul><ol><li>二</li></ol>"),
        ("前\n- 一\n\n后", "<p>前</p><ul><li>一</li></ul><p>后</p>"),
        ("> 引\n> 用\n\n后", "<blockquote><p>引<br>用</p></blockquote><p>后</p>"),
        ("> - 一", "<blockquote><ul><li>一</li></ul></blockquote>"),
        ("前\n\n---\n\n后", "<p>前</p><hr><p>后</p>"),
        ("* * *", "<hr>"),
        (
            "```py\na = '<b>'\n\n# b\n```\n后",
            "<pre tabindex=\"0\"><code>a = '&lt;b&gt;'\n\n# b</code></pre><p>后</p>",
        ),
        ("```\n还没写完", '<pre tabindex="0"><code>还没写完</code></pre>'),
        ("[文档](https://example.com/a_(b)?c=1)", '<p><a href="https://example.com/a_(b)?c=1">文档</a></p>'),
        ("[**粗**](http://example.com)", '<p><a href="http://example.com"><strong>粗</strong></a></p>'),
        (
            "见 https://example.com/a。",
            '<p>见 <a href="https://example.com/a">https://example.com/a</a>。</p>',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,1) [y](/log) [z](//a.b)", "<p>[x](data:text/html,1) [y](/log) [z](//a.b)</p>"),
        ("![图](https://example.com/a.png)", '<p><a href="https://example.com/a.png">图</a></p>'),
        (
            "![图](@lADx-Y_1)",
            (
                '<p><a class="picture-link" href="/api/media/%40lADx-Y_1">'
                '<img class="picture" src="/api/media/%40lADx-Y_1" alt="图"></a></p>'
            ),
        ),
        ("[图](@lADx) ![](@lAD/../x) ![](@me)", "<p>[图](@lADx) ![](@lAD/../x) ![](@me)</p>"),
        ("<b>粗</b> &amp; <!-- -->", "<p>&lt;b&gt;粗&lt;/b&gt; &amp;amp; &lt;!-- --&gt;</p>"),
        (
            "| 项目 | 数 |\n| --- | ---: |\n| **住** | 600 |\n| 缺 |",
            table(
                '<th>项目</th><th class="right">数</th>',
                '<tr><td><strong>住</strong></td><td class="right">600</td></tr>'
                '<tr><td>缺</td><td class="right"></td></tr>',
            ),
        ),
        ("| 还没 | 写完 |", table("<th>还没</th><th>写完</th>")),
        ("| a \\| b |\n|---|\n", table("<th>a | b</th>")),
    ],
)
async def test_what_is_shown(sheet: Page, source: str, html: str) -> None:
    assert await sheet.evaluate(RENDERED, source) == html


PIECES = st.sampled_from(
    [
        *("*", "**", "_", "~~", "`", "```", "[", "](", ")", "!", "\\", "\n", "\n\n", "  ", "> ", "- ", "1. "),
        *("# ", "|", "| a |\n|---|\n", "---", "<script>", "<a onclick=x>", "javascript:", "https://a.b"),
        *("字", "x", '"', "&"),
    ]
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(sources=st.lists(st.lists(PIECES, max_size=40).map("".join), min_size=5, max_size=30))
async def test_nothing_but_harmless_elements_comes_out(sheet: Page, sources: list[str]) -> None:
    found: list[dict[str, Any]] = await sheet.evaluate(FOUND, sources)

    for one in found:
        assert set(one["tags"]) <= TAGS
        assert set(one["attributes"]) <= {"href", "target", "rel", "start", "class", "tabindex"}
        assert set(one["addresses"]) <= {"http:", "https:"}


@pytest.mark.parametrize(
    "piece", ["*", "[", "![](", "> ", "- ", "`", "**a", "| ", "1. \n", "\\", "_a_", "(", "  - "]
)
async def test_a_long_answer_of_nothing_but_marks_is_shown_too(sheet: Page, piece: str) -> None:
    found: list[dict[str, Any]] = await sheet.evaluate(FOUND, [piece * 3_000])

    assert set(found[0]["tags"]) <= TAGS
