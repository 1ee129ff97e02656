// The page: puts the parts together and keeps what this window chose (who, where) over a reload.

import { follow, post } from "./api.js";
import { ChatView } from "./chat.js";
import { Composer } from "./composer.js";
import { ConversationList } from "./conversations.js";
import { avatar, byId, element } from "./dom.js";
import { icon } from "./icons.js";
import { Inspector } from "./inspector.js";
import { Store, isSeenBy } from "./store.js";
import { Tour } from "./tour.js";

const store = new Store();
const tour = new Tour();
const chat = new ChatView(store, {
  onExample: (text) => say([{ text }]),
  onTour: () => tour.begin(),
  onClick: click,
  onRefer: refer,
});
const composer = new Composer(store, { onSay: say, onProblem: toast });
const list = new ConversationList(store, { onOpen: open });
const inspector = new Inspector(byId("inspector"), byId("toggle-inspector"), { onProblem: toast });

let person = sessionStorage.getItem("person");
let conversation = null;

/** Become somebody; their own list of chats comes with it. */
function become(name) {
  person = name;
  sessionStorage.setItem("person", name);
  byId("person").value = name;
  byId("my-avatar").replaceChildren(avatar(name));
  const theirs = store.of(name);
  const last = sessionStorage.getItem(`conversation of ${name}`);
  open(theirs.find((one) => one.id === last) ?? theirs[0]);
}

function open(chosen) {
  conversation = chosen;
  sessionStorage.setItem(`conversation of ${person}`, chosen.id);
  list.show(person, conversation);
  composer.show(conversation, person);
  chat.show(conversation, person);
}

/** Send messages one after the other, all of them as and to whom one looks now; the list may be a promise. */
async function say(messages, bot = composer.bot) {
  const route = { person, bot, conversation: conversation.id };
  chat.follow();
  try {
    for (const message of await messages) await post("/api/say", { ...route, ...message });
  } catch (problem) {
    toast(problem.message);
  }
}

/** Let the next message reply to an entry, or hand it on. */
function refer(how, entry, name) {
  composer.referring[how](entry, name);
  byId("text").focus();
}

async function click(card, action, words) {
  chat.follow();
  try {
    await post("/api/click", { person, card, action, words });
  } catch (problem) {
    toast(problem.message);
  }
}

function onState(state) {
  store.replace(state);
  const options = store.people.map(({ name, department }) =>
    element("option", { value: name }, department ? `${name} · ${department}` : name),
  );
  byId("person").replaceChildren(...options);
  become(store.people.some(({ name }) => name === person) ? person : store.people[0].name);
  connection("live", "已连接");
  inspector.refresh();
}

function onChange(change) {
  inspector.refreshSoon();
  if (!change.entry) return;
  const places = store.take(change);
  const isNew = change.kind === "message" || change.kind === "card";
  for (const place of places) {
    if (place === conversation) chat.upsert(change.entry.id);
    else if (isNew && change.entry.from_bot && isSeenBy(change.entry, person)) list.markUnread(place);
  }
  list.show(person, conversation);
}

function connection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection").textContent = text;
}

let toastTimer = 0;

function toast(text) {
  clearTimeout(toastTimer);
  byId("toast").textContent = text;
  byId("toast").hidden = false;
  toastTimer = setTimeout(() => (byId("toast").hidden = true), 6000);
}

byId("unrefer").append(icon("cross"));
byId("begin-tour").addEventListener("click", () => tour.begin());
byId("person").addEventListener("change", (event) => become(event.target.value));
follow({ onState, onChange, onLost: () => connection("lost", "连接断开，正在重试…") });
