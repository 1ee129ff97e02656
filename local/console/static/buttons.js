// A card's buttons, as the template in infra/dingtalk has them.

import { element } from "./dom.js";

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
    return row(this.#button(stopping ? "正在停止…" : "⏹ 停止", "stop", { disabled: stopping }));
  }

  #closed(card, mine) {
    const again = this.#button(mine.retried === "true" ? "已重新提问" : "重新回答", "retry", {
      disabled: mine.retried === "true",
    });
    const rows = [];
    if (card.suggestions.length) {
      rows.push(row(...card.suggestions.map((text) => this.#button(text, "ask", { words: text, kind: "chip" }))));
    }
    if (card.state === "FAILED") return [...rows, row(again)];
    rows.push(
      row(
        this.#button("👍", "like", { pressed: mine.feedback === "like", label: "有帮助" }),
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
    return this.#drawn("👎", { pressed: mine.feedback === "dislike", label: "没帮助", onclick });
  }

  #reason(card, mine, words) {
    const onclick = () => {
      this.#asking = false;
      this.draw(card, mine);
      this.#onClick("dislike", words);
    };
    return this.#drawn(words, { kind: "chip", onclick });
  }

  #button(text, action, { words = "", ...how } = {}) {
    return this.#drawn(text, { ...how, onclick: () => this.#onClick(action, words) });
  }

  #drawn(text, { onclick, kind = "quiet", disabled = false, pressed, label }) {
    const button = element("button", { type: "button", class: kind, onclick }, text);
    button.disabled = disabled;
    if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
    if (label) button.setAttribute("aria-label", label);
    return button;
  }
}

function row(...buttons) {
  return element("div", { class: "card-button-row" }, ...buttons);
}
