// The console's API: devserver/page/api.py.

/** GET → JSON; throws an Error with the server's sentence. */
export async function get(path) {
  return answered(await fetch(path));
}

/** POST JSON → JSON; throws an Error with the server's sentence. */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answered(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

const KINDS = ["message", "message_changed", "card", "frame", "closed", "push", "call"];

/** The browser comes back by itself after a broken connection, but not after an answer like 503. */
const AGAIN_MS = 1000;

/**
 * Follow the changes. At every (re)connection `onState` gets everything there is, then `onChange` what
 * happens from that moment on; `onLost` is told when the connection breaks.
 */
export function follow(listener) {
  const { onState, onChange, onLost } = listener;
  const source = new EventSource("/api/feed");
  let early = null;
  source.addEventListener("hello", async () => {
    early = [];
    try {
      onState(await get("/api/state"));
      early.forEach(onChange);
      early = null;
    } catch {
      onLost();
    }
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const change = JSON.parse(event.data);
      if (early) early.push(change);
      else onChange(change);
    });
  }
  source.addEventListener("error", () => {
    onLost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(listener), AGAIN_MS);
  });
}
