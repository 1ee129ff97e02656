// Where a person writes.

import { byId, element } from "./dom.js";

export class Composer {
  #text = byId("text");
  #bot = byId("bot");
  #store;
  #onSay;

  constructor(store, { onSay }) {
    this.#store = store;
    this.#onSay = onSay;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(this.#text.value);
    });
    for (const button of document.querySelectorAll("#composer [data-text]")) {
      button.addEventListener("click", () => this.#onSay(button.dataset.text, this.bot));
    }
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#fit());
  }

  /** The robot a message goes to. */
  get bot() {
    return this.#bot.value;
  }

  /** Write into this conversation. */
  show(conversation, person) {
    const chosen = this.bot;
    const options = conversation.bots.map((name) =>
      element("option", { value: name }, this.#store.bots.get(name).title),
    );
    this.#bot.replaceChildren(...options);
    if (conversation.bots.includes(chosen)) this.#bot.value = chosen;
    byId("addressed").hidden = !conversation.is_group;
    this.#text.placeholder = conversation.is_group
      ? `以${person}的身份在群里 @ 机器人提问`
      : `以${person}的身份发消息给${conversation.title}`;
  }

  #key(event) {
    // While an input method composes, Enter chooses a word. Safari reports the last one as key 229.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#say(this.#text.value);
  }

  #say(text) {
    if (!text.trim()) return;
    this.#text.value = "";
    this.#fit();
    this.#onSay(text.trim(), this.bot);
  }

  #fit() {
    byId("send").disabled = !this.#text.value.trim();
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
