// Elements without innerHTML: whatever people and bots write stays text.

/**
 * An element with its children; strings become text, null and undefined are left out.
 * A property that starts with "on" is a listener, `class` and everything else an attribute;
 * false, null and undefined leave the attribute away, true sets it empty.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** The element with this id; it is in index.html. */
export function byId(id) {
  return document.getElementById(id);
}

/** Seconds since the epoch → 14:05, or 14:05:09. */
export function clock(seconds, { withSeconds = false } = {}) {
  const shape = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (withSeconds) shape.second = "2-digit";
  return new Date(seconds * 1000).toLocaleTimeString("zh-CN", shape);
}

const COLOURS = 6;

/** A round picture: the last two characters of a Chinese name, the first two of any other. */
export function avatar(name, { isBot = false } = {}) {
  const initials = /\p{Script=Han}/u.test(name) ? name.slice(-2) : name.slice(0, 2);
  const colour = [...name].reduce((sum, character) => sum + character.codePointAt(0), 0) % COLOURS;
  const kind = isBot ? "avatar bot" : `avatar colour-${colour}`;
  return element("span", { class: kind, "aria-hidden": "true" }, isBot ? robotFace() : initials);
}

function robotFace() {
  const image = element("img", { src: "robot.svg", alt: "" });
  return image;
}
