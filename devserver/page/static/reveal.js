// Types out the text of a card between two frames, as DingTalk's client does.

const FRAME_MS = 900;
const LAST_MS = 350;
const TICK_MS = 40;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Reveal {
  #draw;
  #shown = "";
  #target = "";
  #step = 0;
  #timer = 0;

  /** draw: called with the text to show. */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Show this text; typed out if it continues the one before, at once if it replaces it. */
  show(text, { isLast, atOnce }) {
    this.#target = text;
    if (atOnce || calm.matches || !text.startsWith(this.#shown)) {
      this.#shown = text;
      this.#draw(text);
      return;
    }
    this.#step = Math.max(1, Math.ceil(((text.length - this.#shown.length) * TICK_MS) / (isLast ? LAST_MS : FRAME_MS)));
    if (!this.#timer) this.#tick();
  }

  #tick() {
    this.#timer = 0;
    const before = this.#shown;
    this.#shown = this.#target.slice(0, wholeLine(this.#target, before.length + this.#step));
    if (this.#shown !== before) this.#draw(this.#shown);
    if (this.#shown !== this.#target) this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }
}

/** Half a table row is no table: rows are shown whole. */
function wholeLine(text, at) {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  if (text[start] !== "|") return at;
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}
