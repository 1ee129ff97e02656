// The Markdown that DingTalk's cards and messages show, as DOM nodes.
//
// Nothing here writes HTML: every character of the source ends up in a text node, and of addresses only
// http and https become links; the pictures shown are those that robots uploaded. Unfinished Markdown is normal, because answers arrive piece by piece.

import { element } from "./dom.js";
import { isMediaId, picture } from "./media.js";

const DEEPEST = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^(\s*)([-*+]|(\d{1,9})[.)])(?:\s+|$)/;
const TABLE_ROW = /^\s*\|/;
const TABLE_BORDER = /^\s*\|?[\s:|-]*-[\s:|-]*$/;

/** The source as a fragment. */
export function renderMarkdown(source) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(source.replace(/\r\n?/g, "\n").split("\n"), 0));
  return fragment;
}

function blocks(lines, depth) {
  const made = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const [node, next] = block(lines, at, depth);
    made.push(node);
    at = next;
  }
  return made;
}

/** The block that begins at this line, and the line after it. */
function block(lines, at, depth) {
  const line = lines[at];
  const nesting = depth < DEEPEST;
  if (FENCE.test(line)) return fence(lines, at);
  if (HEADING.test(line)) {
    const [, marks, text] = HEADING.exec(line);
    return [element(`h${marks.length}`, {}, ...inline(text)), at + 1];
  }
  if (RULE.test(line)) return [element("hr"), at + 1];
  if (nesting && QUOTE.test(line)) return quote(lines, at, depth);
  if (nesting && ITEM.test(line)) return list(lines, at, depth);
  if (startsTable(lines, at)) return table(lines, at);
  return paragraph(lines, at, depth);
}

function fence(lines, at) {
  const [, marks] = FENCE.exec(lines[at]);
  const closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !closing.test(lines[end])) end += 1;
  const code = element("code", {}, lines.slice(at + 1, end).join("\n"));
  return [element("pre", { tabindex: "0" }, code), end + 1];
}

function quote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [element("blockquote", {}, ...blocks(inside, depth + 1)), end];
}

function list(lines, at, depth) {
  const [, indent, , number] = ITEM.exec(lines[at]);
  const isOrdered = number !== undefined;
  const made = element(isOrdered ? "ol" : "ul", isOrdered && number !== "1" ? { start: number } : {});
  let next = at;
  while (next < lines.length) {
    const match = ITEM.exec(lines[next]);
    const isSibling = match && match[1].length <= indent.length + 1 && (match[3] !== undefined) === isOrdered;
    if (!isSibling || RULE.test(lines[next])) break;
    const end = endOfItem(lines, next, indent.length + 2);
    made.append(item(lines.slice(next, end), match[0].length, depth));
    const following = skipBlank(lines, end);
    next = following < lines.length && ITEM.test(lines[following]) ? following : end;
  }
  return [made, next];
}

/** An item goes on with indented lines, also after a blank one, and with lines that begin nothing new. */
function endOfItem(lines, at, inside) {
  let end = at + 1;
  while (end < lines.length) {
    const blank = !lines[end].trim();
    const goesOn = blank
      ? end + 1 < lines.length && lines[end + 1].trim() && indentOf(lines[end + 1]) >= inside
      : indentOf(lines[end]) >= inside || (lines[end - 1].trim() && !startsBlock(lines, end));
    if (!goesOn) break;
    end += 1;
  }
  return end;
}

function item([first, ...rest], marker, depth) {
  const dedented = rest.map((line) => line.slice(Math.min(marker, indentOf(line))));
  const content = blocks([first.slice(marker), ...dedented], depth + 1);
  // Its first words need no paragraph of their own.
  const [head, ...tail] = content;
  return element("li", {}, ...(head?.tagName === "P" ? [...head.childNodes, ...tail] : content));
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

function skipBlank(lines, at) {
  let next = at;
  while (next < lines.length && !lines[next].trim()) next += 1;
  return next;
}

function startsTable(lines, at) {
  if (!TABLE_ROW.test(lines[at])) return false;
  // While a table is being written, its first line is there before the border below it.
  return at + 1 >= lines.length || TABLE_BORDER.test(lines[at + 1]) || !lines[at + 1].trim();
}

function table(lines, at) {
  const head = cells(lines[at]);
  const sides = at + 1 < lines.length ? cells(lines[at + 1]).map(side) : [];
  let end = at + 2;
  while (end < lines.length && TABLE_ROW.test(lines[end])) end += 1;
  const row = (texts, tag) =>
    element("tr", {}, ...head.map((_, n) => element(tag, { class: sides[n] }, ...inline(texts[n] ?? ""))));
  const body = lines.slice(at + 2, end).map((line) => row(cells(line), "td"));
  const made = element("table", {}, element("thead", {}, row(head, "th")), element("tbody", {}, ...body));
  return [element("div", { class: "table", tabindex: "0" }, made), end];
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function side(border) {
  const left = border.startsWith(":");
  const right = border.endsWith(":");
  if (left && right) return "centre";
  return right ? "right" : null;
}

function paragraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !(depth < DEEPEST && startsBlock(lines, end))) end += 1;
  const parts = lines.slice(at, end).flatMap((line, n) => {
    const nodes = inline(line.trim());
    return n ? [element("br"), ...nodes] : nodes;
  });
  return [element("p", {}, ...parts), end];
}

function startsBlock(lines, at) {
  return [FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(lines[at])) || startsTable(lines, at);
}

// --- within a line

const ESCAPED = /\\([\\`*_{}[\]()#+\-.!>~|])/y;
const CODE = /(`+)(?!`)([^]*?[^`])\1(?!`)/y;
const LINK = /!?\[((?:[^[\]\\]|\\.)*)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/y;
const ADDRESS = /<?(https?:\/\/[^\s<>"'`|*，。；：！？、（）【】《》「」“”)\]]+)>?/y;
const MARKS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "del"],
  ["*", "em"],
  ["_", "em"],
];

function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const add = (node, length) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
    at += length;
  };
  while (at < text.length) {
    const escaped = matchAt(ESCAPED, text, at);
    const code = matchAt(CODE, text, at);
    const link = matchAt(LINK, text, at);
    const address = matchAt(ADDRESS, text, at);
    const marked = depth < DEEPEST && !(escaped || code || link || address) ? markAt(text, at) : null;
    if (escaped) {
      plain += escaped[1];
      at += 2;
    } else if (code) add(element("code", {}, code[2].trim()), code[0].length);
    else if (link && text[at] === "!" && isMediaId(link[2])) add(picture(link[2], link[1]), link[0].length);
    else if (link && isWeb(link[2])) add(anchor(link[2], inline(link[1], depth + 1)), link[0].length);
    else if (address && isWeb(address[1])) add(anchor(address[1], [address[1]]), address[0].length);
    else if (marked) add(element(marked.tag, {}, ...inline(marked.inside, depth + 1)), marked.length);
    else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Emphasis that begins here and ends in this line. */
function markAt(text, at) {
  for (const [mark, tag] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const start = at + mark.length;
    // A word_with_underscores is no emphasis.
    if (mark[0] === "_" && /\w/.test(text[at - 1] ?? "")) return null;
    if (!text[start]?.trim()) return null;
    let end = text.indexOf(mark, start + 1);
    while (end !== -1 && (!text[end - 1].trim() || (mark.length === 1 && text[end + 1] === mark))) {
      end = text.indexOf(mark, end + 1 + (text[end + 1] === mark));
    }
    if (end === -1) continue;
    return { tag, inside: text.slice(start, end), length: end + mark.length - at };
  }
  return null;
}

function isWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function anchor(address, label) {
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, ...label);
}
