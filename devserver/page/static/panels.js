// The inspector's tabs, except the faults: each takes the picture of /api/inspect and returns elements.

import { clock, element } from "./dom.js";

/** Queue: which instances live, and every async invocation. */
export function queuePanel({ functions, instances, queue }) {
  return [
    heading("实例", "Instances"),
    ...functions.map((one) => {
      const living = instances.filter((instance) => instance.function === one.name);
      return element(
        "div",
        { class: "function" },
        element("code", {}, one.name),
        element("small", {}, `并发 ${one.concurrency} · 超时 ${one.timeout} s`),
        living.length
          ? element("ul", { class: "pills" }, ...living.map(instancePill))
          : element("small", { class: "none" }, "没有实例，不产生费用"),
      );
    }),
    heading("异步调用", "Async invocations", queue.length),
    ...(queue.length ? queue.map(taskItem) : [nothing("还没有人提问。")]),
  ];
}

function instancePill({ id, state, pid, in_flight: inFlight }) {
  const text = `${id} · ${{ running: "运行", frozen: "冻结", starting: "启动" }[state] ?? state}`;
  const title = `pid ${pid ?? "-"}, ${inFlight} in flight`;
  return element("li", { class: "pill", "data-state": state, title }, inFlight ? `${text} · ${inFlight} 个请求` : text);
}

function taskItem(task) {
  const facts = [
    clock(task.enqueued, { withSeconds: true }),
    task.started ? `排队 ${(task.started - task.enqueued).toFixed(2)} s` : null,
    task.ended ? `运行 ${(task.ended - (task.started || task.enqueued)).toFixed(2)} s` : null,
    task.attempts > 1 ? `${task.attempts} 次尝试` : null,
    task.kind === "card_action" ? task.who : task.bot,
  ];
  return element(
    "article",
    { class: "item" },
    element("p", { class: "item-title", "data-kind": task.kind }, ...taskTitle(task)),
    badge(task.status, { Succeeded: "good", Failed: "bad", Expired: "bad", Retrying: "warn" }[task.status]),
    element("p", { class: "item-detail" }, facts.filter(Boolean).join(" · "), ...(task.turn_id ? [" · ", code(task.turn_id)] : [])),
    task.error ? element("p", { class: "item-error" }, task.error) : null,
  );
}

const KINDS = {
  question: "提问",
  card_action: "点击",
  event: "事件",
  notice: "通知",
  evaluation: "评测",
  late_card: "迟到的卡片",
  given_up: "放弃",
  timer: "定时",
};

const CLICKS = {
  like: () => "有帮助",
  dislike: (words) => (words ? `没帮助：${words}` : "没帮助"),
  stop: () => "停止",
  retry: () => "重新回答",
  ask: (words) => `接着问：${words}`,
  request: () => "申请权限",
  approve: (hours) => `批准 ${hours} 小时`,
  reject: () => "拒绝",
};

/** DingTalk's event types that a bot does something with. */
const EVENTS = {
  user_add_org: "员工加入",
  user_modify_org: "员工信息变更",
  user_leave_org: "员工离职",
  user_active_org: "员工激活",
  org_admin_add: "设为管理员",
  org_admin_remove: "取消管理员",
  org_dept_create: "部门创建",
  org_dept_modify: "部门变更",
  org_dept_remove: "部门删除",
  label_user_change: "员工角色变更",
  label_conf_add: "角色创建",
  label_conf_del: "角色删除",
  label_conf_modify: "角色变更",
  chat_add_member: "成员入群",
  chat_remove_member: "成员被移出群",
  chat_quit: "成员退群",
  chat_disband: "群解散",
};

/** What lies in the queue, named as what it is. */
function taskTitle(task) {
  const kind = KINDS[task.kind] ? [element("span", { class: "item-kind" }, KINDS[task.kind])] : [];
  switch (task.kind) {
    case "card_action":
      return [...kind, CLICKS[task.action]?.(task.words) ?? task.action];
    case "event":
      return [...kind, EVENTS[task.event] ? `${EVENTS[task.event]}（${task.event}）` : task.event];
    case "notice":
      return [...kind, "告诉管理员：本月的推送额度用完了"];
    case "evaluation":
      return [...kind, "问下一批标准问题"];
    case "late_card":
      return [...kind, "回答已用消息发出：关闭后来才创建的卡片"];
    case "given_up":
      return [...kind, task.text ? `告诉提问的人没有回答：${task.text}` : "一个任务没有做完"];
    case "timer":
      return [...kind, "清理没有结束的问题"];
    default:
      return [...kind, task.text || task.function];
  }
}

/** Turns: one row per question, with a bar of when each stage was reached. */
export function turnsPanel({ turns }) {
  if (!turns.length) return [nothing("turns 表里还没有行。")];
  return [heading("轮次", "Tablestore: turns", turns.length), ...turns.map(turnItem)];
}

function turnItem(turn) {
  const timings = turn.timings ? JSON.parse(turn.timings) : null;
  const sources = turn.citations ? JSON.parse(turn.citations).length : 0;
  const facts = [
    turn.bot,
    turn.channel ? `经 ${turn.channel}` : null,
    turn.calls === undefined ? null : `${turn.calls} 次调用`,
    sources ? `${sources} 个来源` : null,
  ];
  const status = turn.failure ? `${turn.status}: ${turn.failure}` : turn.status;
  return element(
    "article",
    { class: "item" },
    element("p", { class: "item-title" }, turn.question),
    badge(status, { done: "good", failed: "bad", claimed: "busy", released: "warn" }[turn.status]),
    element(
      "p",
      { class: "item-detail" },
      `${clock(turn.asked_ms / 1000, { withSeconds: true })} · ${facts.filter(Boolean).join(" · ")} · `,
      code(turn.turn_id),
    ),
    timings ? timeline(timings) : null,
  );
}

const STAGES = [
  ["claimed", "抢占", "claimed"],
  ["first_piece", "首字", "the backend's first text"],
  ["first_frame", "首帧", "the first text on the card"],
  ["closed", "完成", "the reply was out"],
];

function timeline(timings) {
  const reached = STAGES.filter(([name]) => timings[name] >= 0);
  const whole = Math.max(1, timings.closed);
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  let before = 0;
  for (const [name] of reached) {
    const part = element("span", { "data-stage": name });
    part.style.width = `${(Math.max(0, timings[name] - before) / whole) * 100}%`;
    before = Math.max(before, timings[name]);
    bar.append(part);
  }
  const legend = reached.map(([name, label, title]) =>
    element("li", { "data-stage": name, title }, `${label} ${timings[name]} ms`),
  );
  return element("div", { class: "timeline" }, bar, element("ul", {}, ...legend));
}

/** Sessions: what a conversation is called at the backend, and until when. */
export function sessionsPanel({ sessions }) {
  if (!sessions.length) return [nothing("sessions 表里还没有行。回答之后，会话才会保存。")];
  const items = sessions.map((session) =>
    element(
      "article",
      { class: "item" },
      element("p", { class: "item-title" }, code(session.key)),
      session.exp > Date.now() ? badge("有效", "good") : badge("已过期", ""),
      element(
        "p",
        { class: "item-detail" },
        `最近 ${clock(session.last_used / 1000, { withSeconds: true })} · ${clock(session.exp / 1000)} 过期 · ver ${session.ver}`,
      ),
    ),
  );
  return [heading("会话", "Tablestore: sessions", sessions.length), ...items];
}

/** Calls: how much of the month's quota is spent, on what, and by whom it was refused. */
export function callsPanel({ calls, tablestore }) {
  const share = calls.limit ? (calls.used / calls.limit) * 100 : 0;
  const meter = element("span");
  meter.style.width = `${Math.min(100, Math.max(calls.used ? 1 : 0, share))}%`;
  return [
    heading("本月额度", "Monthly quota of API calls"),
    element(
      "p",
      { class: "quota" },
      element("strong", {}, String(calls.used)),
      ` / ${calls.limit ?? "不限"}`,
      calls.limit ? element("small", {}, `剩余 ${calls.limit - calls.used}`) : null,
    ),
    element("div", { class: "bar meter", "aria-hidden": "true" }, meter),
    heading("接口", "By API"),
    table(
      ["接口 API", "次数", "计额度", "失败"],
      calls.by_api.map((one) => [endpoint(one.api), one.calls, one.counted, one.failed || ""]),
    ),
    ...(calls.violations.length ? [heading("违规", "Rules that were bent"), ...calls.violations.map(violation)] : []),
    heading("最近的调用", "Latest calls"),
    table(
      ["时间", "接口", "结果", "ms"],
      calls.latest.map((one) => [
        clock(one.at, { withSeconds: true }),
        endpoint(one.api),
        one.code ? badge(one.code, "bad") : badge(one.status ?? "断开", one.status === 200 ? "good" : "bad"),
        (one.seconds * 1000).toFixed(0),
      ]),
    ),
    heading("推送", "Pushes to the callback"),
    table(
      ["时间", "机器人", "结果", "ms"],
      calls.pushes.map((one) => [
        clock(one.at, { withSeconds: true }),
        one.bot,
        one.error ? badge(one.error, "bad") : badge(one.status, "good"),
        (one.seconds * 1000).toFixed(0),
      ]),
    ),
    heading("Tablestore 请求", "Tablestore requests"),
    table(["操作", "次数"], Object.entries(tablestore).map(([operation, count]) => [code(operation), count])),
  ];
}

function violation({ at, turn_id: turnId, rule }) {
  return element("p", { class: "item-error" }, `${clock(at, { withSeconds: true })} ${rule} `, code(turnId));
}

const QUIET = new Set(["level", "message", "timestamp", "service"]);

/** Log: what the functions print; JSON lines in short. */
export function logPanel({ log }) {
  if (!log.length) return [nothing("函数还没有输出。")];
  return [element("ol", { class: "log" }, ...log.map(logLine))];
}

function logLine({ function: name, line }) {
  const short = name.replace(/^rag-on-dingtalk-/, "");
  const fields = parsed(line);
  if (!fields) return element("li", { class: "platform" }, element("b", {}, short), ` ${line}`);
  const rest = Object.entries(fields).filter(([key]) => !QUIET.has(key));
  return element(
    "li",
    { "data-level": fields.level, title: line },
    element("time", {}, String(fields.timestamp ?? "").slice(11, 23)),
    element("b", {}, ` ${short} `),
    element("strong", {}, String(fields.message)),
    ...rest.map(([key, value]) => [" ", element("span", {}, `${key}=`), typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function parsed(line) {
  try {
    const value = JSON.parse(line);
    return value && typeof value === "object" && "message" in value ? value : null;
  } catch {
    return null;
  }
}

// --- pieces

function heading(text, title, count) {
  return element("h3", { title }, text, count ? element("small", {}, String(count)) : null);
}

function nothing(text) {
  return element("p", { class: "nothing" }, text);
}

function badge(text, mood) {
  return element("span", { class: `badge ${mood ?? "busy"}` }, String(text));
}

function code(text) {
  return element("code", { title: text }, text);
}

/** "PUT /v1.0/card/streaming" → card/streaming; the whole of it is the tooltip. */
function endpoint(api) {
  return element("code", { title: api }, api.split("/").slice(-2).join("/"));
}

function table(titles, rows) {
  if (!rows.length) return nothing("还没有。");
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...titles.map((title) => element("th", {}, title)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, asNode(cell)))))),
  );
}

function asNode(cell) {
  return cell instanceof Node ? cell : String(cell);
}
