// A card's buttons, as the template in infra/dingtalk has them.

import { element } from "./dom.js";
import { icon } from "./icons.js";

/** What an answer left to be desired; the template offers the same. */
const REASONS = ["答非所问", "内容过时", "来源不对", "不完整"];

export class CardButtons {
  element = element("div", { class: "card-buttons" });
  #onClick;
  #asking = false;

  /** onClick(action, words): somebody clicked. */
  constructor(onClick) {
    this.#onClick = onClick;
  }

  /** card: the entry as it is now; mine: what only this person's card holds. */
  draw(card, mine) {
    const isClosed = card.state === "FINISHED" || card.state === "FAILED";
    const rows = !card.buttons ? [] : isClosed ? this.#closed(card, mine) : [this.#stop(mine)];
    this.element.replaceChildren(...rows);
    this.element.hidden = !rows.length;
  }

  #stop(mine) {
    const stopping = mine.stopping === "true";
    return row(this.#button(stopping ? "正在停止…" : [icon("stop"), "停止"], "stop", { disabled: stopping }));
  }

  /** What is said about access is acted on, not rated. */
  #access(card, mine) {
    if (card.offer === "request") {
      const done = mine.requested === "true";
      return [row(this.#button(done ? "已申请，等负责人处理" : "申请权限", "request", { disabled: done }))];
    }
    if (card.offer === "again") {
      const done = mine.retried === "true";
      return [row(this.#button(done ? "已重新提问" : "再问一次", "retry", { disabled: done }))];
    }
    if (mine.decided === "true") return [row(this.#button("已处理", "reject", { disabled: true }))];
    const lengths = [
      ["批准 1 小时", "1"],
      ["批准 1 天", "24"],
      ["批准 7 天", "168"],
    ];
    const approve = lengths.map(([text, hours]) => this.#button(text, "approve", { words: hours }));
    return [row(...approve, this.#button("拒绝", "reject"))];
  }

  #closed(card, mine) {
    if (card.offer) return this.#access(card, mine);
    const anew = card.fresh ? "重新查询" : "重新回答";
    const again = this.#button(mine.retried === "true" ? "已重新提问" : anew, "retry", {
      disabled: mine.retried === "true",
    });
    const rows = [];
    if (card.deeper && card.state !== "FAILED") {
      const done = mine.deepened === "true";
      rows.push(row(this.#button(done ? "已去问更深入的一档" : "更深入的回答", "deeper", { disabled: done })));
    }
    if (card.suggestions.length) {
      rows.push(row(...card.suggestions.map((text) => this.#button(text, "ask", { words: text, kind: "chip" }))));
    }
    if (card.state === "FAILED") return [...rows, row(again)];
    rows.push(
      row(
        this.#button(icon("thumb-up"), "like", { pressed: mine.feedback === "like", label: "有帮助" }),
        this.#thumbsDown(card, mine),
        again,
      ),
    );
    if (this.#asking) rows.push(row(...REASONS.map((words) => this.#reason(card, mine, words))));
    return rows;
  }

  #thumbsDown(card, mine) {
    const onclick = () => {
      this.#asking = !this.#asking;
      this.draw(card, mine);
    };
    return this.#drawn(icon("thumb-down"), { pressed: mine.feedback === "dislike", label: "没帮助", onclick });
  }

  #reason(card, mine, words) {
    const onclick = () => {
      this.#asking = false;
      this.draw(card, mine);
      this.#onClick("dislike", words);
    };
    return this.#drawn(words, { kind: "chip", onclick });
  }

  /** said: text, an icon, or both in a list. */
  #button(said, action, { words = "", ...how } = {}) {
    return this.#drawn(said, { ...how, onclick: () => this.#onClick(action, words) });
  }

  #drawn(said, { onclick, kind = "quiet", disabled = false, pressed, label }) {
    const button = element("button", { type: "button", class: kind, onclick }, said);
    button.disabled = disabled;
    if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
    if (label) {
      button.setAttribute("aria-label", label);
      button.title = label;
    }
    return button;
  }
}

function row(...buttons) {
  return element("div", { class: "card-button-row" }, ...buttons);
}
