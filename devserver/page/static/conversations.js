// The list of chats on the left.

import { avatar, byId, clock, element } from "./dom.js";
import { partsInWords } from "./media.js";
import { isSeenBy } from "./store.js";

/** A picture in Markdown. */
const PICTURE = /!\[[^\]]*\]\([^)]*\)/g;

export class ConversationList {
  #root = byId("conversations");
  #store;
  #onOpen;
  #unread = new Map();
  #open = "";

  constructor(store, { onOpen }) {
    this.#store = store;
    this.#onOpen = onOpen;
  }

  /** Draw the chats of this person; the open one counts as read. */
  show(person, open) {
    this.#unread.delete(open.id);
    const focused = this.#root.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.#root.replaceChildren(...this.#store.of(person).map((one) => this.#item(one, person, one === open)));
    // On a phone the list is a strip that may reach beyond the screen.
    if (this.#open !== open.id) this.#root.querySelector("[aria-current]").scrollIntoView({ inline: "nearest" });
    this.#open = open.id;
    if (focused) this.#root.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Something new that nobody here has looked at. */
  markUnread({ id }) {
    this.#unread.set(id, (this.#unread.get(id) ?? 0) + 1);
  }

  #item(conversation, person, isOpen) {
    const last = conversation.entries.filter((entry) => isSeenBy(entry, person)).at(-1);
    const unread = this.#unread.get(conversation.id) ?? 0;
    return element(
      "button",
      {
        type: "button",
        class: "conversation",
        "data-id": conversation.id,
        "aria-current": isOpen ? "true" : null,
        onclick: () => this.#onOpen(conversation),
      },
      avatar(conversation.title, { isBot: !conversation.is_group }),
      element("span", { class: "title" }, conversation.title),
      element("time", {}, last ? clock(last.at) : ""),
      element("span", { class: "preview" }, last ? this.#preview(last, conversation) : "暂无消息"),
      unread ? element("span", { class: "unread", "aria-label": `${unread} 条未读` }, String(unread)) : null,
    );
  }

  #preview(entry, conversation) {
    const words = entry.parts?.length ? partsInWords(entry.parts) : entry.text.replace(PICTURE, "[图片]");
    const text = words.replace(/[#*`>|\-\s]+/g, " ").trim().slice(0, 60) || "正在查询…";
    return conversation.is_group || !entry.from_bot ? `${this.#store.nameOf(entry)}：${text}` : text;
  }
}
