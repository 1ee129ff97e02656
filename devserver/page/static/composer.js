// Where a person writes.

import { Attachments } from "./attachments.js";
import { byId, element } from "./dom.js";
import { Referring } from "./referring.js";

export class Composer {
  #text = byId("text");
  #bot = byId("bot");
  #store;
  #onSay;
  #attachments;
  #conversation = null;
  /** What the next message replies to or hands on. */
  referring;

  /** onSay(messages, bot): send {text, attachments}, one or two; onProblem(sentence): not like this. */
  constructor(store, { onSay, onProblem }) {
    this.#store = store;
    this.#onSay = onSay;
    this.referring = new Referring({ onChange: () => this.#fit() });
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
      byId("to-bot").checked = true;
      // A quote stays where it was said; what is handed on comes along.
      if (!this.referring.isRecord) this.referring.reset();
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
    if (this.#isNothing(text)) return;
    this.#text.value = "";
    this.#onSay(this.#messages(text.trim()), this.bot);
  }

  /** As in DingTalk a file is a message of its own, and the words are the next one. */
  async #messages(text) {
    const { isFile } = this.#attachments;
    const to_bot = !this.#conversation.is_group || byId("to-bot").checked;
    const referred = { ...this.referring.take(), to_bot };
    const attachments = await this.#attachments.take();
    if (!isFile) return [{ text, attachments, ...referred }];
    return [{ text: "", attachments, ...referred }, ...(text ? [{ text, to_bot }] : [])];
  }

  #isNothing(text) {
    return !text.trim() && this.#attachments.isEmpty && this.referring.isEmpty;
  }

  #fit() {
    byId("send").disabled = this.#isNothing(this.#text.value);
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
