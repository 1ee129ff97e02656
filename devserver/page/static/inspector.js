// The inspector: what happens behind the chat, one tab for each part.

import { get } from "./api.js";
import { element } from "./dom.js";
import { FaultPanel } from "./faults.js";
import { callsPanel, logPanel, queuePanel, sessionsPanel, turnsPanel } from "./panels.js";

const TABS = [
  { id: "queue", label: "队列", title: "Queue: async invocations and instances", draw: queuePanel },
  { id: "turns", label: "轮次", title: "Turns: one row per question in Tablestore", draw: turnsPanel },
  { id: "sessions", label: "会话", title: "Sessions: what a conversation remembers", draw: sessionsPanel },
  { id: "calls", label: "调用", title: "Calls: DingTalk API calls spent", draw: callsPanel },
  { id: "log", label: "日志", title: "Log: what the functions print", draw: logPanel },
  { id: "faults", label: "故障", title: "Faults: let a part misbehave" },
];

const SOON_MS = 250;
const EVERY_MS = 2000;
/** Narrower than this it lies over the chat and begins folded away; as in inspector.css. */
const WIDE = matchMedia("(min-width: 1100px)");

export class Inspector {
  #root;
  #toggle;
  #panel = element("div", { id: "panel", class: "panel", role: "tabpanel", tabindex: "0" });
  #tabs;
  #faults;
  #active = sessionStorage.getItem("tab") ?? "queue";
  #picture = null;
  #drawn = "";
  #soon = 0;

  constructor(root, toggle, { onProblem }) {
    this.#root = root;
    this.#toggle = toggle;
    this.#faults = new FaultPanel({ onProblem, onSwitched: () => this.refresh() });
    this.#tabs = TABS.map((tab) => this.#tab(tab));
    const list = element("div", { role: "tablist", class: "tabs", "aria-label": "检查器" }, ...this.#tabs);
    list.addEventListener("keydown", (event) => this.#key(event));
    root.append(list, this.#panel);
    toggle.addEventListener("click", () => this.#open(root.hidden));
    WIDE.addEventListener("change", () => this.#open(WIDE.matches));
    this.#open(WIDE.matches && sessionStorage.getItem("inspector") !== "closed");
    this.#choose(this.#active);
    setInterval(() => this.refresh(), EVERY_MS);
  }

  /** Something happened: look again in a moment, once for many things. */
  refreshSoon() {
    this.#soon ||= setTimeout(() => this.refresh(), SOON_MS);
  }

  /** Look now, if anybody can see it. */
  async refresh() {
    clearTimeout(this.#soon);
    this.#soon = 0;
    if (this.#root.hidden || document.hidden) return;
    try {
      this.#picture = await get("/api/inspect");
    } catch {
      // The connection's state is shown at the top; the last picture stays.
      return;
    }
    this.#draw();
  }

  #open(isOpen) {
    this.#root.hidden = !isOpen;
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    if (WIDE.matches) sessionStorage.setItem("inspector", isOpen ? "open" : "closed");
    if (isOpen) this.refresh();
  }

  #tab({ id, label, title }) {
    const properties = { role: "tab", id: `tab-${id}`, title, type: "button", "aria-controls": "panel" };
    return element("button", { ...properties, onclick: () => this.#choose(id) }, label);
  }

  #choose(id) {
    this.#active = id;
    this.#drawn = "";
    sessionStorage.setItem("tab", id);
    for (const tab of this.#tabs) {
      const isActive = tab.id === `tab-${id}`;
      tab.setAttribute("aria-selected", String(isActive));
      tab.tabIndex = isActive ? 0 : -1;
    }
    this.#panel.setAttribute("aria-labelledby", `tab-${id}`);
    this.#panel.dataset.tab = id;
    this.#panel.replaceChildren();
    if (this.#picture) this.#draw();
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex((tab) => tab.id === this.#active);
    const next = (at + step + TABS.length) % TABS.length;
    this.#choose(TABS[next].id);
    this.#tabs[next].focus();
  }

  #draw() {
    this.#badges();
    if (this.#active === "faults") {
      this.#faults.draw(this.#panel, this.#picture.faults);
      return;
    }
    const { draw } = TABS.find((tab) => tab.id === this.#active);
    // What has not changed stays, with the selection somebody may have made in it.
    const { faults: _, ...seen } = this.#picture;
    const now = JSON.stringify(seen);
    if (now === this.#drawn) return;
    this.#drawn = now;
    const isLog = this.#active === "log";
    const wasAtEnd = this.#panel.scrollHeight - this.#panel.scrollTop - this.#panel.clientHeight < 40;
    this.#panel.replaceChildren(...draw(this.#picture));
    if (isLog && wasAtEnd) this.#panel.scrollTop = this.#panel.scrollHeight;
  }

  #badges() {
    const waiting = this.#picture.queue.filter((task) => !task.ended).length;
    const faultsOn = this.#picture.faults.filter((fault) => fault.on).length;
    for (const [id, count] of [["queue", waiting], ["faults", faultsOn]]) {
      const tab = this.#tabs.find((one) => one.id === `tab-${id}`);
      if (count) tab.dataset.count = count;
      else delete tab.dataset.count;
    }
  }
}
