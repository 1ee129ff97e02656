// Drawings of our own: what a font shows for 👍 differs from machine to machine, and some have none.

const SVG = "http://www.w3.org/2000/svg";

/** On a square of 24: what is drawn with a pen, and what is turned around. */
const DRAWN = {
  "thumb-up": ["M7 11v9H4.5A1.5 1.5 0 0 1 3 18.5v-6A1.5 1.5 0 0 1 4.5 11H7l3.8-7.2a1.7 1.7 0 0 1 3.2.8V10h4.9a2 2 0 0 1 2 2.4l-1.2 6a2 2 0 0 1-2 1.6H7"],
  paperclip: ["M20 11.5l-8.3 8.3a5.2 5.2 0 0 1-7.4-7.4l8.3-8.3a3.5 3.5 0 0 1 5 5l-8.3 8.3a1.7 1.7 0 0 1-2.5-2.5l7.7-7.7"],
  stop: ["M7 7h10v10H7z"],
  cross: ["M6 6l12 12M18 6L6 18"],
};

/** An icon as large as the text beside it; it says nothing, so its button needs a name. */
export function icon(name) {
  const isTurned = name === "thumb-down";
  const svg = document.createElementNS(SVG, "svg");
  const how = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", "data-icon": name };
  for (const [attribute, value] of Object.entries(how)) svg.setAttribute(attribute, value);
  for (const line of DRAWN[isTurned ? "thumb-up" : name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", line);
    if (isTurned) path.setAttribute("transform", "rotate(180 12 12)");
    svg.append(path);
  }
  return svg;
}
