// Pictures and files in messages and cards: what devserver/page/api.py serves under /api/media.

import { element } from "./dom.js";

const MEDIA_ID = /^@l[\w-]+$/;

/** Whether a Markdown picture is one that a robot uploaded. */
export function isMediaId(target) {
  return MEDIA_ID.test(target);
}

/** A picture; a click opens it in a window of its own. */
export function picture(id, alt) {
  const href = address(id);
  const image = element("img", { class: "picture", src: href, alt });
  return element("a", { class: "picture-link", href, target: "_blank", rel: "noopener" }, image);
}

/** A file that can be downloaded. */
export function fileChip({ id, name, bytes }) {
  return element(
    "a",
    { class: "file", href: address(id), download: name, "aria-label": `下载文件 ${name}` },
    element("span", { class: "file-kind", "aria-hidden": "true" }, kindOf(name)),
    element("span", { class: "file-name" }, name),
    element("span", { class: "file-size" }, size(bytes)),
  );
}

/** A message's parts as nodes. */
export function renderParts(parts) {
  return parts.map((part) => {
    if (part.kind === "picture") return picture(part.id, "图片");
    return part.kind === "file" ? fileChip(part) : element("span", {}, part.text);
  });
}

/** A message's parts in one line. */
export function partsInWords(parts) {
  return parts.map(({ kind, text, name }) => ({ text, picture: "[图片]", file: `[文件] ${name}` })[kind]).join("");
}

/** Bytes as people say them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} 字节`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(0)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function address(id) {
  return `/api/media/${encodeURIComponent(id)}`;
}

function kindOf(name) {
  const ending = /\.(\w{1,4})$/.exec(name);
  return ending ? ending[1].toUpperCase() : "文件";
}
