// What will be sent with the next message: pictures, or one file.

import { byId, element } from "./dom.js";
import { icon } from "./icons.js";
import { size } from "./media.js";

/** The server refuses more: devserver/page/bodies.py. */
const MAX_BYTES = 20_000_000;
const MOST_PICTURES = 9;

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"];

export class Attachments {
  #list = byId("attached");
  #input = byId("files");
  #onChange;
  #onProblem;
  #files = [];
  #isGroup = false;

  /** onChange(): something was added or removed; onProblem(sentence): something cannot be sent. */
  constructor({ onChange, onProblem }) {
    this.#onChange = onChange;
    this.#onProblem = onProblem;
    byId("attach").addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => {
      this.add([...this.#input.files]);
      // So that the same file can be chosen again.
      this.#input.value = "";
    });
  }

  get isEmpty() {
    return !this.#files.length;
  }

  /** Whether a file is to be sent, which takes no words along. */
  get isFile() {
    return this.#files.some((file) => !isPicture(file));
  }

  /** Begin anew for another conversation. */
  reset({ isGroup }) {
    this.#isGroup = isGroup;
    this.#input.accept = isGroup ? PICTURES.join() : "";
    byId("attach").replaceChildren(icon("paperclip"), isGroup ? "图片" : "图片或文件");
    this.#set([]);
  }

  /** Take what somebody chose or pasted, or say why not. */
  add(files) {
    const all = [...this.#files, ...files];
    const problem = this.#problem(all);
    if (problem) this.#onProblem(problem);
    else this.#set(all);
  }

  /** Give them away for the server, as base64. */
  async take() {
    const files = this.#files;
    this.#set([]);
    return Promise.all(files.map(async (file) => ({ name: file.name, data: await base64(file) })));
  }

  #problem(files) {
    const others = files.filter((file) => !isPicture(file));
    if (this.#isGroup && others.length) return "群聊里只能给机器人发图片，文件请在单聊里发。";
    if (others.length && files.length > 1) return "文件一次只能发一个，也不能和图片一起发。";
    if (files.length > MOST_PICTURES) return `一次最多发 ${MOST_PICTURES} 张图片。`;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes > MAX_BYTES) return `附件一共不能超过 ${MAX_BYTES / 1e6} MB，现在是 ${size(bytes)}。`;
    return files.some((file) => !file.size) ? "空文件不能发送。" : "";
  }

  #set(files) {
    this.#files = files;
    this.#list.replaceChildren(...files.map((file) => this.#item(file)));
    this.#list.hidden = !files.length;
    this.#onChange();
  }

  #item(file) {
    const remove = () => {
      this.#set(this.#files.filter((other) => other !== file));
      byId("attach").focus();
    };
    return element(
      "li",
      {},
      element("span", { class: "attached-name" }, file.name),
      element("span", { class: "attached-size" }, size(file.size)),
      element("button", { type: "button", "aria-label": `移除 ${file.name}`, onclick: remove }, icon("cross")),
    );
  }
}

function isPicture(file) {
  return PICTURES.includes(file.type);
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
