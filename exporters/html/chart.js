// Charts as SVG, drawn from plain arrays. Text is set as text, never as markup.
"use strict";
const SVG = "http://www.w3.org/2000/svg";

// An element: attributes, and children, which are elements or text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick" || name === "onchange") element[name] = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

// The colour of a code is the same everywhere: known ones have their own, others one by their name.
const COLORS = {
  NOERROR: "#8b98a5", NXDOMAIN: "#e69f00", SERVFAIL: "#d55e00", REFUSED: "#cc79a7", FORMERR: "#0072b2",
  NOTIMP: "#56b4e9", BADVERS: "#009e73", BADCOOKIE: "#b3a100", NOTAUTH: "#7f5fc4", YXRRSET: "#8c510a", other: "#70757a",
};
const SPARE = ["#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#3b7dd8", "#b2182b"];
function colorOf(code) {
  if (COLORS[code]) return COLORS[code];
  let sum = 0;
  for (const c of code) sum = (sum * 31 + c.codePointAt(0)) >>> 0;
  return SPARE[sum % SPARE.length];
}

const grouped = (number) => number.toLocaleString("en-US");

// A round number not below `value`, of which a quarter is round as well.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((f) => f * power).find((round) => round >= value);
}

// `rows`: [{name, values}], of equal length, one value a step. `spikes`: [{from, to, number, text}], in steps.
// `log`: lines on a logarithmic scale in place of stacked areas. `told(step)`: the pointer is there.
function timeChart({ rows, steps, labels, spikes, log, told }) {
  const [width, height, left, right, top, bottom] = [960, 300, 56, 8, 8, 24];
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "responses over time, by code" });
  const totals = new Array(steps).fill(0);
  for (const row of rows) row.values.forEach((value, i) => { totals[i] += value; });
  const most = log ? Math.max(1, ...rows.map((row) => row.values.reduce((a, b) => Math.max(a, b), 0)))
                   : totals.reduce((a, b) => Math.max(a, b), 1);
  const ceiling = log ? 10 ** Math.ceil(Math.log10(most * 1.0001)) : roundUp(most);
  const x = (step) => left + (step / Math.max(steps, 1)) * (width - left - right);
  const share = (value) => (log ? Math.log10(1 + 9 * Math.max(0, value) / 9) / Math.log10(1 + ceiling) : value / ceiling);
  const y = (value) => height - bottom - share(value) * (height - top - bottom);
  const ticks = log ? [0, ...Array.from({ length: Math.round(Math.log10(ceiling)) + 1 }, (_, i) => 10 ** i)]
                    : [0, 0.25, 0.5, 0.75, 1].map((part) => part * ceiling);
  for (const tick of ticks) {
    svg.append(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }));
    svg.append(draw("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, grouped(Math.round(tick * 100) / 100)));
  }
  for (const spike of spikes) {
    const from = Math.max(0, spike.from);
    const mark = draw("rect", { class: "spike", x: x(from), y: top, height: height - top - bottom,
      width: Math.max(2, x(Math.min(spike.to, steps)) - x(from)) });
    mark.append(draw("title", {}, spike.text));
    svg.append(mark);
  }
  // Each step is as wide as it lasts: no slope is drawn where none was measured.
  const base = new Array(steps).fill(0);
  for (const row of rows) {
    const path = [];
    if (log) {
      row.values.forEach((value, i) => path.push(`${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}H${x(i + 1).toFixed(1)}`));
      svg.append(draw("path", { d: path.join(""), fill: "none", stroke: colorOf(row.name), "stroke-width": 1.5, "data-code": row.name }));
      continue;
    }
    row.values.forEach((value, i) => path.push(`${i ? "L" : "M"}${x(i).toFixed(1)} ${y(base[i] + value).toFixed(1)}H${x(i + 1).toFixed(1)}`));
    for (let i = steps - 1; i >= 0; --i) path.push(`L${x(i + 1).toFixed(1)} ${y(base[i]).toFixed(1)}H${x(i).toFixed(1)}`);
    svg.append(draw("path", { d: `${path.join("")}Z`, fill: colorOf(row.name), "data-code": row.name }));
    row.values.forEach((value, i) => { base[i] += value; });
  }
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const step = Math.min(Math.floor(part * steps), steps - 1);
    const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
    svg.append(draw("text", { x: x(part * steps), y: height - 6, "text-anchor": anchor }, labels(step)));
  }
  // Above the areas; of marks that would stand on one another, the first has its number.
  let free = 0;
  for (const spike of spikes) {
    const at = x(Math.max(0, spike.from));
    if (at < free) continue;
    svg.append(draw("text", { class: "mark", x: at + 2, y: top + 10 }, String(spike.number)));
    free = at + 18;
  }
  const cursor = draw("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
  svg.append(cursor);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    const step = Math.floor(((at - left) / (width - left - right)) * steps);
    const inside = step >= 0 && step < steps;
    cursor.setAttribute("visibility", inside ? "visible" : "hidden");
    if (!inside) return;
    cursor.setAttribute("x1", x(step + 0.5));
    cursor.setAttribute("x2", x(step + 0.5));
    told(step);
  });
  return svg;
}

// A table: `columns` [{head, number: true …}], one of number, bar, spark, key (the widest), time, name or none; `rows` of cells, which are elements or text.
function tableOf(caption, columns, rows) {
  const head = make("tr", {}, ...columns.map((c) => make("th", { scope: "col", class: c.number ? "number" : c.key ? "key" : null }, c.head)));
  const body = rows.map((cells) => {
    const line = make("tr", {}, ...cells.map((cell, i) => {
      const kind = ["number", "bar", "spark", "key", "time", "name"].find((one) => columns[i][one]) || null;
      return make("td", { class: kind }, cell instanceof Node ? cell : String(cell));
    }));
    return line;
  });
  return make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body));
}

function bar(part, code) {
  const span = make("span", { title: `${(100 * part).toFixed(1)} %` });
  span.style.width = `${Math.max(0.5, 100 * part)}%`;
  span.style.background = colorOf(code);
  return span;
}

// A line without axes. `values`: one a step, null where it is not known; a step is `width` of the whole, the first
// begins at `from` of it. `text` says in words what there is to see.
function sparkline({ values, from, width, color, text }) {
  const [length, height] = [100, 18];
  const svg = draw("svg", { class: "spark", viewBox: `0 0 ${length} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": text });
  svg.append(draw("title", {}, text));
  const most = values.reduce((a, b) => Math.max(a, b), 1);
  const x = (step) => (Math.min(1, Math.max(0, from + step * width)) * length).toFixed(1);
  const y = (value) => (height - 1 - (value / most) * (height - 3)).toFixed(1);
  const known = values.findIndex((value) => value !== null);
  const first = known < 0 ? values.length : known;
  if (first > 0) svg.append(draw("rect", { class: "unknown", x: x(0), y: 0, width: x(first) - x(0), height }));
  const path = values.slice(first).map((value, i) => `${i ? "L" : "M"}${x(first + i)} ${y(value)}H${x(first + i + 1)}`);
  if (path.length) svg.append(draw("path", { d: path.join(""), fill: "none", stroke: color }));
  return svg;
}
