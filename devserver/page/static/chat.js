// The open chat: bubbles, cards that are written while one looks, and what to ask when it is empty.

import { CardButtons } from "./buttons.js";
import { avatar, byId, clock, element } from "./dom.js";
import { renderMarkdown } from "./markdown.js";
import { renderParts } from "./media.js";
import { Reveal } from "./reveal.js";
import { isSeenBy } from "./store.js";

const EXAMPLES = [
  "最新的差旅报销标准是什么？",
  "年假有几天？",
  "忘记打卡怎么办？",
  "VPN 连不上怎么办？",
  "电脑坏了找谁？",
];

/** A card's state as its template shows it. */
const STATES = {
  PROCESSING: "处理中",
  INPUTING: "输入中",
  FINISHED: "完成",
  EXECUTING: "执行中",
  FAILED: "失败",
};

const VIA = {
  inline: ["回调响应", "Sent in the callback's own response"],
  session_webhook: ["sessionWebhook", "Sent to the conversation's sessionWebhook: costs no API call"],
  openapi: ["OpenAPI 消息", "Sent as a message through the OpenAPI"],
};

/** A gap after which the chat shows the time again, in seconds. */
const PAUSE = 300;

export class ChatView {
  #root = byId("entries");
  #store;
  #onExample;
  #onTour;
  #onClick;
  #onRefer;
  #conversation = null;
  #person = "";
  #rows = new Map();
  #atEnd = true;

  /** onRefer(how, entry, name): "quote" or "forward" this entry. */
  constructor(store, { onExample, onTour, onClick, onRefer }) {
    this.#store = store;
    this.#onExample = onExample;
    this.#onTour = onTour;
    this.#onClick = onClick;
    this.#onRefer = onRefer;
    this.#root.addEventListener("scroll", () => {
      const below = this.#root.scrollHeight - this.#root.scrollTop - this.#root.clientHeight;
      this.#atEnd = below < 40;
    });
    // A picture takes its room when it has come.
    this.#root.addEventListener("load", () => this.#stay(), { capture: true });
    new ResizeObserver(() => this.#stay()).observe(this.#root);
  }

  /** Open a conversation as somebody. */
  show(conversation, person) {
    this.#conversation = conversation;
    this.#person = person;
    this.#rows.clear();
    this.#root.replaceChildren();
    this.#header();
    this.follow();
    for (const entry of this.#entries()) this.#draw(entry, { atOnce: true });
    if (!this.#rows.size) this.#root.append(this.#empty());
    this.#stay();
  }

  /** An entry of the open conversation is new or has changed. */
  upsert(id) {
    const entry = this.#entries().find((one) => one.id === id);
    if (!entry) return;
    if (!this.#rows.size) this.#root.replaceChildren();
    this.#draw(entry, { atOnce: false });
    this.#stay();
  }

  /** Keep the newest words in sight. */
  follow() {
    this.#atEnd = true;
  }

  #entries() {
    return this.#conversation.entries.filter((entry) => isSeenBy(entry, this.#person));
  }

  #stay() {
    if (this.#atEnd) this.#root.scrollTop = this.#root.scrollHeight;
  }

  #header() {
    const { title, is_group: isGroup, people, bots } = this.#conversation;
    byId("chat-avatar").replaceChildren(avatar(title, { isBot: !isGroup }));
    byId("chat-title").replaceChildren(title, ...(isGroup ? [] : [robotTag()]));
    const bot = this.#store.bots.get(bots[0]);
    byId("chat-subtitle").textContent = isGroup
      ? `${people.length} 人 · ${bots.map((name) => this.#store.bots.get(name).title).join("、")}`
      : `知识库 ${bot.backend} · 流式 ${bot.streaming}`;
  }

  #draw(entry, how) {
    let row = this.#rows.get(entry.id);
    if (!row) {
      const before = [...this.#rows.values()].at(-1);
      if (!before || entry.at - before.at > PAUSE) {
        this.#root.append(element("p", { class: "when" }, clock(entry.at)));
      }
      row = entry.type === "card" ? this.#cardRow(entry) : this.#messageRow(entry);
      this.#rows.set(entry.id, row);
      this.#root.append(row.element);
    }
    row.at = entry.at;
    row.draw(entry, how);
  }

  #row(entry, bubble) {
    const mine = !entry.from_bot && entry.sender === this.#person;
    const name = this.#store.nameOf(entry);
    const kind = `entry${mine ? " mine" : ""}`;
    return element(
      "article",
      { class: kind, "data-id": entry.id, "aria-label": `${name} ${clock(entry.at)}` },
      avatar(name, { isBot: entry.from_bot }),
      element(
        "div",
        { class: "said" },
        element("p", { class: "name" }, name, entry.from_bot ? robotTag() : null, this.#via(entry)),
        bubble,
        this.#referButtons(entry, name),
      ),
    );
  }

  #referButtons(entry, name) {
    const button = (text, how, label) =>
      element(
        "button",
        {
          type: "button",
          title: label,
          onclick: () => this.#onRefer(how, this.#entries().find((one) => one.id === entry.id), name),
        },
        text,
      );
    return element(
      "p",
      { class: "refer" },
      button("回复", "quote", "Reply to this"),
      button("转发", "forward", "Hand this on in a record"),
    );
  }

  #quoted({ quote }) {
    if (!quote) return null;
    const text = quote.text.replace(/\s+/g, " ").slice(0, 120) || "（没有文字）";
    return element("blockquote", { class: "quoted" }, `${this.#store.nameOf(quote)}：${text}`);
  }

  #via(entry) {
    if (!VIA[entry.via]) return null;
    const [text, title] = VIA[entry.via];
    return element("span", { class: "via", title }, text);
  }

  #messageRow(entry) {
    const bubble = element("div", { class: "bubble" });
    const note = element("p", { class: "note" });
    const row = this.#row(entry, bubble);
    row.querySelector(".said").append(note);
    const draw = (now) => {
      const to = now.to_bot && this.#conversation.is_group ? this.#store.bots.get(now.to_bot)?.title : null;
      const said = now.markdown ? renderMarkdown(now.text) : now.text;
      const quoted = this.#quoted(now);
      bubble.replaceChildren(
        ...(quoted ? [quoted] : []),
        ...(to ? [mention(to)] : []),
        ...(now.parts.length ? renderParts(now.parts) : [said]),
      );
      bubble.classList.toggle("markdown", now.markdown);
      note.textContent = now.undelivered ? `未送达：${now.undelivered}` : now.reactions.join(" ");
      note.classList.toggle("bad", Boolean(now.undelivered));
    };
    return { element: row, draw };
  }

  #cardRow(entry) {
    const text = element("div", { class: "card-text markdown" });
    const state = element("span", { class: "card-state" });
    const detail = element("span", { class: "card-detail" });
    const footer = element("footer", {}, state, detail);
    const quote = element("p", { class: "card-quote", hidden: !entry.question }, entry.question);
    const buttons = new CardButtons((action, words) => this.#onClick(entry.id, action, words));
    const mentions = entry.mentions.map(mention);
    const card = element("div", { class: "card" }, ...mentions, quote, text, buttons.element, footer);
    const reveal = new Reveal((shown) => {
      text.replaceChildren(renderMarkdown(shown));
      this.#stay();
    });
    const draw = (now, { atOnce }) => {
      const isClosed = now.state === "FINISHED" || now.state === "FAILED";
      card.dataset.state = now.state;
      card.setAttribute("aria-busy", String(!isClosed));
      state.textContent = STATES[now.state];
      detail.textContent = isClosed ? `${now.version} 帧 · ${duration(now.changed_at - now.at)}` : "";
      detail.title = "Streaming calls, and seconds from the empty card to the last one";
      buttons.draw(now, now.private[this.#person] ?? {});
      reveal.show(now.text, { isLast: isClosed, atOnce });
    };
    return { element: this.#row(entry, card), draw };
  }

  #empty() {
    const { title, is_group: isGroup, bots } = this.#conversation;
    const who = isGroup ? this.#store.bots.get(bots[0]).title : title;
    return element(
      "div",
      { class: "empty" },
      avatar(who, { isBot: true }),
      element("h3", {}, isGroup ? `在群里 @${who} 提问` : `向${who}提问`),
      element("p", {}, "回答来自知识库，写在卡片里，结尾注明来源。"),
      element(
        "div",
        { class: "examples" },
        ...EXAMPLES.map((text) =>
          element("button", { type: "button", class: "chip", onclick: () => this.#onExample(text) }, text),
        ),
      ),
      element("button", { type: "button", class: "tour-offer", onclick: this.#onTour }, "第一次来？四步看懂这个页面"),
    );
  }
}

function duration(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} 毫秒` : `${seconds.toFixed(1)} 秒`;
}

function mention(name) {
  return element("span", { class: "mention" }, `@${name} `);
}

function robotTag() {
  return element("span", { class: "tag" }, "机器人");
}
