// Four steps for a person who sees the page for the first time; the page stays usable meanwhile.

import { byId, element } from "./dom.js";
import { icon } from "./icons.js";

const STEPS = [
  {
    at: "composer",
    title: "问一个问题",
    text: "写下来按 Enter，或者点一个例子。它和真的钉钉一样走完全程：签名、加密、队列、函数计算。",
  },
  {
    at: "entries",
    title: "看回答写出来",
    text: "回答写在一张卡片里，一边生成一边更新，结尾注明出处。写完之后可以评价、重新回答，也可以接着问。",
  },
  {
    at: "who",
    title: "换一个人来问",
    text: "公司每个部门都有一个人。研发部的人可以问团队助手 VPN 的问题，财务部的人问会被告知没有权限，并且可以申请。",
  },
  {
    at: "toggle-inspector",
    title: "看背后发生了什么",
    text: "检查器里有队列、每个问题的经过、花掉的调用和日志。在“故障”里让某个部分出错，再问一次。",
  },
];

/** Between the step's target and its box, and at the window's edge. */
const GAP = 10;

export class Tour {
  #step = 0;
  #title = element("h3", { id: "tour-title" });
  #text = element("p", {});
  #count = element("span", { class: "tour-count" });
  #back = element("button", { type: "button", class: "quiet", onclick: () => this.#go(this.#step - 1) }, "上一步");
  #next = element("button", { type: "button", class: "primary", onclick: () => this.#go(this.#step + 1) });
  #close = element(
    "button",
    { type: "button", class: "tour-close", "aria-label": "关闭导览", onclick: () => this.#end() },
    icon("cross"),
  );
  #box = element(
    "section",
    { id: "tour", class: "tour", role: "dialog", "aria-labelledby": "tour-title", hidden: true },
    this.#close,
    this.#title,
    this.#text,
    element("footer", {}, this.#count, this.#back, this.#next),
  );
  #begunBy = null;

  constructor() {
    document.body.append(this.#box);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.#box.hidden) this.#end();
    });
    addEventListener("resize", () => this.#box.hidden || this.#place());
  }

  /** From the first step. */
  begin() {
    this.#begunBy = document.activeElement;
    this.#box.hidden = false;
    this.#go(0);
  }

  #go(step) {
    this.#unmark();
    if (step === STEPS.length) return this.#end();
    this.#step = step;
    const { at, title, text } = STEPS[step];
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#count.textContent = `${step + 1} / ${STEPS.length}`;
    this.#back.hidden = step === 0;
    this.#next.textContent = step === STEPS.length - 1 ? "开始使用" : "下一步";
    byId(at).classList.add("tour-target");
    this.#place();
    this.#next.focus();
  }

  #end() {
    this.#unmark();
    this.#box.hidden = true;
    if (this.#begunBy?.isConnected) this.#begunBy.focus();
  }

  #unmark() {
    byId(STEPS[this.#step].at).classList.remove("tour-target");
  }

  /** Below its target if there is room, else above it, else in it; never beyond the window. */
  #place() {
    const target = byId(STEPS[this.#step].at).getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const below = target.bottom + GAP;
    const above = target.top - GAP - height;
    const top = below + height + GAP <= innerHeight ? below : above >= GAP ? above : target.top + GAP;
    const left = Math.min(Math.max(GAP, target.left), innerWidth - width - GAP);
    this.#box.style.top = `${top}px`;
    this.#box.style.left = `${left}px`;
  }
}
