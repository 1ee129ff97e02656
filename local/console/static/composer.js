// Where a person writes.

import { Attachments } from "./attachments.js";
import { byId, element } from "./dom.js";

export class Composer {
  #text = byId("text");
  #bot = byId("bot");
  #store;
  #onSay;
  #attachments;
  #conversation = null;

  /** onSay(messages, bot): send {text, attachments}, one or two; onProblem(sentence): not like this. */
  constructor(store, { onSay, onProblem }) {
    this.#store = store;
    this.#onSay = onSay;
    this.#attachments = new Attachments({ onChange: () => this.#fit(), onProblem });
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(this.#text.value);
    });
    for (const button of document.querySelectorAll("#composer [data-text]")) {
      button.addEventListener("click", () => this.#onSay([{ text: button.dataset.text }], this.bot));
    }
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("input", () => this.#fit());
    this.#text.addEventListener("paste", (event) => this.#paste(event));
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
    if (this.#conversation?.id !== conversation.id) {
      this.#attachments.reset({ isGroup: conversation.is_group });
    }
    this.#conversation = conversation;
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

  #paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.#attachments.add(files);
  }

  #say(text) {
    if (!text.trim() && this.#attachments.isEmpty) return;
    this.#text.value = "";
    this.#onSay(this.#messages(text.trim()), this.bot);
  }

  /** As in DingTalk a file is a message of its own, and the words are the next one. */
  async #messages(text) {
    const { isFile } = this.#attachments;
    const attachments = await this.#attachments.take();
    if (!isFile) return [{ text, attachments }];
    return [{ text: "", attachments }, ...(text ? [{ text }] : [])];
  }

  #fit() {
    byId("send").disabled = !this.#text.value.trim() && this.#attachments.isEmpty;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
