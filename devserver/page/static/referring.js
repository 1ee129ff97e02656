// What the next message refers to: one message it replies to, or several it hands on as a record.

import { byId } from "./dom.js";

export class Referring {
  #bar = byId("referred");
  #onChange;
  #quote = null;
  #forward = [];

  /** onChange(): what the next message refers to is another thing now. */
  constructor({ onChange }) {
    this.#onChange = onChange;
    byId("unrefer").addEventListener("click", () => this.reset());
  }

  get isEmpty() {
    return !this.#quote && !this.#forward.length;
  }

  get isRecord() {
    return this.#forward.length > 0;
  }

  /** Reply to this entry. */
  quote(entry, name) {
    this.#quote = { id: entry.id, name, text: entry.text };
    this.#forward = [];
    this.#draw();
  }

  /** Hand this entry on, with those chosen before; choosing it again leaves it out. */
  forward(entry) {
    this.#quote = null;
    const others = this.#forward.filter((id) => id !== entry.id);
    this.#forward = others.length === this.#forward.length ? [...others, entry.id] : others;
    this.#draw();
  }

  reset() {
    this.#quote = null;
    this.#forward = [];
    this.#draw();
  }

  /** Give it away for the server. */
  take() {
    const taken = { quote: this.#quote?.id ?? "", forward: this.#forward };
    this.reset();
    return taken;
  }

  #draw() {
    const text = this.#quote
      ? `回复 ${this.#quote.name}：${this.#quote.text.replace(/\s+/g, " ").slice(0, 60)}`
      : `转发 ${this.#forward.length} 条消息，作为聊天记录发送`;
    byId("referred-text").textContent = text;
    this.#bar.hidden = this.isEmpty;
    this.#onChange();
  }
}
