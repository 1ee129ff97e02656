// What HTML alone cannot do: signing in inside DingTalk, and long work with its progress. Every page works without it.
"use strict";

const all = (selector) => Array.from(document.querySelectorAll(selector));

// Inside DingTalk's client: a code for who is there, sent back in a form.
const enter = document.querySelector("form[data-enter]");
if (enter) {
  const failed = document.querySelector("[data-failed]");
  const fail = (reason) => { failed.hidden = false; console.warn("requestAuthCode", reason); };
  const take = (result) => { enter.elements.code.value = result.code || result.authCode || ""; enter.submit(); };
  const ask = () => {
    const wish = { corpId: enter.dataset.corp, clientId: enter.dataset.client, onSuccess: take, onFail: fail, success: take, fail };
    const dd = window.dd;
    if (!dd) return fail("no client");
    const request = dd.requestAuthCode || (dd.runtime && dd.runtime.permission.requestAuthCode);
    if (!request) return fail("too old");
    request.call(dd, wish);
  };
  if (window.dd && window.dd.ready) window.dd.ready(ask); else ask();
}

// Work that goes on elsewhere: how far it is, every few seconds, until there is something else to show.
for (const work of all("[data-follow]")) {
  const bar = work.querySelector("progress"), said = work.querySelector("[data-said]");
  const look = async () => {
    if (document.hidden) return setTimeout(look, 3000);
    const answer = await fetch(work.dataset.follow, { headers: { accept: "application/json" } }).catch(() => null);
    const told = answer && answer.ok && !answer.redirected ? await answer.json() : null;
    if (!told) return setTimeout(look, 15000);
    if (!told.open) return location.replace(location.pathname);
    bar.value = told.done;
    said.textContent = told.said;
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
}

// Work in steps: each answers with what it did and the next step's address; a file is put together here.
for (const work of all("[data-steps]")) {
  const steps = JSON.parse(work.dataset.steps), bar = work.querySelector("progress"), said = work.querySelector("[data-said]");
  const done = work.querySelector("[data-done]"), parts = [];
  (async () => {
    let last = "", records = 0;
    const findings = [];
    for (const [number, step] of steps.entries()) {
      const answer = await fetch(step.url + (last ? "&after=" + encodeURIComponent(last) : ""), { headers: { accept: "application/json" } });
      if (!answer.ok) { said.textContent = work.dataset.broken; return; }
      const told = await answer.json();
      last = told.last || last;
      records += told.records;
      if (told.text) parts.push(told.text);
      findings.push(...(told.findings || []));
      bar.value = number + 1;
      said.textContent = work.dataset.saying.replace("{day}", step.day).replace("{records}", records);
    }
    if (done.dataset.file) {
      const link = document.createElement("a");
      link.className = "button primary";
      link.download = done.dataset.file;
      link.textContent = done.dataset.label;
      link.href = URL.createObjectURL(new Blob([done.dataset.head, ...parts], { type: done.dataset.type }));
      done.append(link);
    } else {
      const note = document.createElement("div");
      note.className = findings.length ? "note bad" : "note good";
      const line = document.createElement("p");
      line.textContent = findings.length ? done.dataset.wrong : done.dataset.right;
      note.append(line);
      for (const finding of findings) { const one = document.createElement("p"); one.textContent = finding; note.append(one); }
      done.append(note);
    }
  })();
}
