// The inspector's switches: which part misbehaves, and how often it already has.

import { post } from "./api.js";
import { element } from "./dom.js";

const PARTS = {
  company: "公司自己的系统",
  dingtalk: "钉钉",
  function_compute: "函数计算",
  kms: "密钥管理（KMS）",
  knowledge: "知识库",
  moderation: "内容安全",
  tablestore: "表格存储",
};

const partOf = (name) => name.split(".")[0];

export class FaultPanel {
  #onProblem;
  #onSwitched;
  #rows = new Map();
  #once = element("input", { type: "checkbox", id: "once" });
  #root = null;

  constructor({ onProblem, onSwitched }) {
    this.#onProblem = onProblem;
    this.#onSwitched = onSwitched;
  }

  /** Draw the switches into the panel; they stay the same elements, so that a value can be typed in. */
  draw(panel, faults) {
    this.#root ??= this.#build(faults);
    if (!panel.contains(this.#root)) panel.replaceChildren(this.#root);
    for (const fault of faults) {
      const { toggle, struck } = this.#rows.get(fault.name);
      toggle.setAttribute("aria-checked", String(fault.on));
      struck.textContent = fault.struck ? `${fault.struck} 次` : "";
    }
  }

  #build(faults) {
    const intro = element(
      "div",
      { class: "fault-intro" },
      element("label", { title: "The next fault you switch on strikes once only" }, this.#once, "只发生一次"),
      element("button", { type: "button", class: "quiet", onclick: () => this.#allOff() }, "全部关闭"),
    );
    // A part that is not listed above has a section of its own, so that every fault has its switch.
    const parts = [...new Set([...Object.keys(PARTS), ...faults.map(({ name }) => partOf(name))])].flatMap((part) => [
      element("h3", { title: part }, PARTS[part] ?? part),
      ...faults.filter(({ name }) => partOf(name) === part).map((fault) => this.#row(fault)),
    ]);
    return element("div", { class: "faults" }, intro, ...parts);
  }

  #row({ name, sentence, chinese }) {
    const toggle = element("button", {
      type: "button",
      role: "switch",
      class: "switch",
      "aria-label": name,
      onclick: () => this.#switch(name, toggle.getAttribute("aria-checked") !== "true"),
    });
    const value = /\bvalue\b/.test(sentence)
      ? element("input", { type: "text", class: "value", placeholder: "值", "aria-label": `${name} 的值 value` })
      : null;
    const struck = element("span", { class: "struck", title: "How often it has struck" });
    this.#rows.set(name, { toggle, struck, value });
    return element(
      "div",
      { class: "fault", "data-fault": name },
      element("div", {}, element("code", {}, name), struck, element("p", { title: sentence }, chinese)),
      value,
      toggle,
    );
  }

  async #switch(name, on) {
    const value = this.#rows.get(name).value?.value.trim() ?? "";
    try {
      await post("/api/faults", { name, on, value, ...(on && this.#once.checked ? { count: 1 } : {}) });
    } catch (problem) {
      this.#onProblem(problem.message);
    }
    this.#onSwitched();
  }

  async #allOff() {
    const on = [...this.#rows].filter(([, { toggle }]) => toggle.getAttribute("aria-checked") === "true");
    await Promise.all(on.map(([name]) => this.#switch(name, false)));
  }
}
