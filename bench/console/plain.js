// SPDX-License-Identifier: MIT
// What the console is measured beside: the same feed, the same rows, a search and a virtual list, and nothing else.
const query = new URLSearchParams(location.search);
const wanted = query.get("entity") ?? "session";
const rows = new Map();
const scroll = document.getElementById("scroll");
const body = document.querySelector("tbody");
const input = document.querySelector("input");
const status = document.querySelector("[role=status]");
const ROW_PX = 41;
let shown = [];
let isDue = false;

const textOf = ({ title, info, announcer, source, group, media = [], flows = [], mrouter }) =>
  JSON.stringify([
    title,
    info,
    announcer,
    source,
    group,
    mrouter,
    media.map(({ type, codec }) => [type, codec]),
    flows,
  ]).toLowerCase();
const titleOf = (value) => value.title ?? value.name ?? `${value.source} ${value.group}`;

function filter() {
  const words = input.value.toLowerCase().split(/\s+/);
  shown = [...rows.values()]
    .filter((row) => words.every((word) => row.text.includes(word)))
    .sort((a, b) => (titleOf(a.value) < titleOf(b.value) ? -1 : 1));
  status.textContent = `${shown.length} of ${rows.size}`;
}

function draw() {
  isDue = false;
  const first = Math.max(0, Math.floor(scroll.scrollTop / ROW_PX) - 6);
  const last = Math.min(shown.length, first + Math.ceil(scroll.clientHeight / ROW_PX) + 12);
  const spacer = (count) => {
    const row = document.createElement("tr");
    row.style.height = `${count * ROW_PX}px`;
    return row;
  };
  const visible = shown.slice(first, last).map(({ value }, at) => {
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", String(first + at + 2));
    for (const cell of [titleOf(value), value.announcer ?? value.group, value.lastHeardAt ?? value.packets, value.id]) {
      row.appendChild(document.createElement("td")).textContent = String(cell);
    }
    return row;
  });
  body.replaceChildren(spacer(first), ...visible, spacer(shown.length - last));
}

let isDirty = false;
function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}
// As often as the console shows changes.
setInterval(() => {
  if (!isDirty) return;
  isDirty = false;
  filter();
  drawSoon();
}, 200);

input.addEventListener("input", () => {
  filter();
  drawSoon();
});
scroll.addEventListener("scroll", drawSoon);

const socket = new WebSocket(`ws://127.0.0.1:${query.get("port")}/ws`);
let isLive = false;
socket.addEventListener("message", ({ data }) => {
  if (typeof data !== "string") return;
  const { type, entity, value } = JSON.parse(data);
  if (entity === "snapshot") {
    isLive = true;
    isDirty = false;
    filter();
    drawSoon();
  }
  if (entity !== wanted) return;
  if (type === "remove") rows.delete(value.id);
  else rows.set(value.id, { value, text: textOf(value) });
  if (isLive) isDirty = true;
});
