// The page from the report: all that is shown is computed from its JSON, here.
const MEANINGS = JSON.parse(document.getElementById("meanings").textContent);
const ALL_ERRORS = "all errors";
const LEVELS = ["zone", "server", "client"];
const state = { code: ALL_ERRORS, hidden: new Set(), log: false, shown: 25, path: [] }; // path: [{level, key}]
let report = null;
let errors = null; // whose they are and when: paths, series

const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "");
const sum = (values) => values.reduce((a, b) => a + b, 0);
const section = (title, ...children) => make("section", {}, make("h2", {}, title), ...children);
const number = (head) => ({ head, number: true });

function codeName(code) {
  const chip = make("span", { class: "chip" });
  chip.style.background = colorOf(code);
  const button = make("button", { class: "plain", title: MEANINGS[code] || "", onclick: () => choose(code) }, chip, code);
  return button;
}

function choose(code) {
  state.code = code;
  show();
}

function byName() {
  const sums = {};
  for (const row of report.rcodes) sums[row.rcode] = (sums[row.rcode] || 0) + row.responses;
  return Object.entries(sums).sort((a, b) => b[1] - a[1]);
}

function headline() {
  const time = report.time;
  document.getElementById("when").textContent = time.first ? `${time.first.slice(0, 23)}Z to ${time.last.slice(0, 23)}Z` : "nothing was seen yet";
  const responses = report.messages.responses;
  const errors = sum(report.rcodes.filter((r) => r.rcode !== "NOERROR").map((r) => r.responses));
  const figures = [["packets", report.frames.seen], ["queries", report.messages.queries], ["responses", responses],
    ["errors", errors, percent(errors, responses)]];
  const list = make("ul", { class: "figures" }, ...figures.map(([what, count, note]) =>
    make("li", {}, make("b", {}, grouped(count)), what, note ? ` (${note})` : "")));
  const notes = [];
  if (report.filter) notes.push(`Of messages with ${report.filter.options} only; ${grouped(report.filter.left_out_messages)} others are left out.`);
  for (const source of report.sources) if (source.error) notes.push(`${source.name}: ${source.error}`);
  if (report.rcodes.some((row) => row.code === null)) notes.push("\u201cother\u201d are unassigned codes beyond the first, by number; the JSON report has more of them.");
  if (report.frames.residual !== 0) notes.push(`${report.frames.residual} frames are unaccounted for.`);
  return make("section", {}, list, ...notes.map((note) => make("p", { class: "warn" }, note)));
}

function codes() {
  const total = report.messages.responses;
  const rows = report.rcodes.map((row) => [codeName(row.rcode), row.code === null ? "" : row.code, row.space, row.opcode,
    row.certainty, grouped(row.responses), percent(row.responses, total), bar(row.responses / Math.max(total, 1), row.rcode)]);
  const columns = [{ head: "code" }, number("number"), { head: "space" }, { head: "opcode" }, { head: "certainty" },
    number("responses"), number("share"), { head: "", bar: true }];
  return section("Response codes", make("div", { class: "scroll" }, tableOf("A click on a code shows who got it.", columns, rows)));
}

function overTime() {
  const series = report.series;
  const names = Object.keys(series.rcodes);
  if (!names.length) return make("section");
  const steps = series.rcodes[names[0]].length;
  const begin = Date.parse(series.begin);
  const day = steps * series.step_seconds > 86400;
  const windows = Math.round(series.step_seconds / report.time.window_seconds);
  const together = windows > 1 ? `; sums of ${grouped(windows)} windows each, for there are ${grouped(windows * steps)}` : "";
  const label = (step) => {
    const text = new Date(begin + step * series.step_seconds * 1000).toISOString();
    return day ? text.slice(0, 16) : text.slice(11, series.step_seconds < 1 ? 23 : 19);
  };
  const order = byName().map(([name]) => name).filter((name) => series.rcodes[name]);
  const rows = order.filter((name) => !state.hidden.has(name)).map((name) => ({ name, values: series.rcodes[name] }));
  const stepOf = (time, otherwise) => (time ? (Date.parse(time) - begin) / 1000 / series.step_seconds : otherwise);
  const spikes = report.spikes.map((s, i) => ({ from: stepOf(s.begin, 0), to: stepOf(s.end, steps), number: i + 1, text: s.text }))
    .sort((a, b) => a.from - b.from);
  const reading = make("p", { id: "reading" });
  const told = (step) => {
    reading.textContent = `${label(step)}  ` + rows.filter((r) => r.values[step]).map((r) => `${r.name} ${grouped(r.values[step])}`).join(", ");
    for (const spike of spikes) if (spike.from < step + 1 && spike.to > step) reading.append(make("br"), `spike ${spike.number}: ${spike.text}`);
  };
  const legend = order.map((name) => {
    const chip = make("span", { class: "chip" });
    chip.style.background = colorOf(name);
    return make("button", { "aria-pressed": String(!state.hidden.has(name)), title: MEANINGS[name] || "", onclick: () => {
      if (!state.hidden.delete(name)) state.hidden.add(name);
      show();
    } }, chip, name);
  });
  const log = make("button", { "aria-pressed": "true", onclick: () => { state.log = !state.log; show(); } }, state.log ? "stacked" : "logarithmic");
  const table = make("details", {}, make("summary", {}, "as a table"));
  table.addEventListener("toggle", () => {
    if (!table.open || table.children.length > 1) return;
    const filled = Array.from({ length: steps }, (_, i) => i).filter((i) => order.some((name) => series.rcodes[name][i]));
    const shown = filled.slice(0, 1000);
    const note = shown.length < filled.length ? `the first 1,000 of ${grouped(filled.length)} steps; all are in the JSON report` : "steps with responses";
    table.append(make("div", {}, tableOf(note, [{ head: "from" }, ...order.map(number)],
      shown.map((i) => [label(i), ...order.map((name) => grouped(series.rcodes[name][i]))]))));
  });
  return section("Over time", make("p", { class: "faint" }, `responses in each ${series.step_seconds} s, UTC${together}`),
    make("div", { class: "controls" }, ...legend, log), timeChart({ rows, steps, labels: label, spikes, log: state.log, told }), reading, table);
}

function spikesFound() {
  if (!report.spikes.length) return make("section");
  const rows = report.spikes.map((s, i) => [i + 1, s.begin.slice(0, 19) + "Z", s.end ? s.end.slice(0, 19) + "Z" : "goes on", codeName(s.rcode), s.dimension || "", s.key || "", s.text || ""]);
  const columns = [number(""), { head: "from", time: true }, { head: "to", time: true }, { head: "code" }, { head: "of" }, { head: "", name: true },
    { head: "what is behind it", key: true }];
  return section("Spikes", make("div", { class: "scroll" }, tableOf("Marked in the chart above, by number.", columns, rows)));
}

const isChosen = (code) => (state.code === ALL_ERRORS ? code !== "NOERROR" : code === state.code);
const chosenOf = (rcodes) => sum(Object.entries(rcodes).filter(([code]) => isChosen(code)).map(([, n]) => n));
const titled = (word) => word[0].toUpperCase() + word.slice(1);
const heading = (dimension) => make("h3", {}, `${titled(dimension)}s`);

function goTo(path) {
  state.path = path;
  show();
  document.getElementById("here").focus();
}

// A name that leads to who is behind it.
function keyName(level, key, leads) {
  if (!leads) return key;
  return make("button", { class: "plain key", "data-focus": `${level} ${key}`, title: `who is behind this ${level}`,
    onclick: () => goTo([...state.path, { level, key }]) }, key);
}

// When a key had its errors, on the axis of the chart over time; null where nothing is known of that.
function sparkOf(dimension, key) {
  const { begin, step_seconds: width, ...dimensions } = errors.series;
  const entry = dimensions[`${dimension}s`].find((one) => one[dimension] === key);
  const rows = entry ? Object.entries(entry.rcodes).filter(([code]) => isChosen(code)).map(([, steps]) => steps) : [];
  if (!rows.length) return "";
  const values = rows[0].map((_, i) => (rows.some((steps) => steps[i] === null) ? null : sum(rows.map((steps) => steps[i]))));
  const all = report.series;
  const length = Object.values(all.rcodes)[0].length * all.step_seconds;
  const first = (Date.parse(begin) - Date.parse(all.begin)) / 1000;
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const unknown = values.findIndex((value) => value !== null);
  const since = new Date(Date.parse(begin) + unknown * width * 1000).toISOString().slice(0, 19);
  return sparkline({ values, from: first / length, width: width / length, color: colorOf(colorCode()),
    text: `${key}: at most ${grouped(most)} in ${width} s${unknown > 0 ? `; known from ${since}Z on` : ""}` });
}

const colorCode = () => (state.code === ALL_ERRORS ? "SERVFAIL" : state.code);

// The keys of one dimension by the chosen code, the largest first.
function keysOf(dimension) {
  const entries = report[`${dimension}s`].map((entry) => ({ key: entry[dimension], count: chosenOf(entry.rcodes), responses: entry.responses }))
    .filter((entry) => entry.count > 0).sort((a, b) => (a.key === "other") - (b.key === "other") || b.count - a.count);
  const most = entries.reduce((a, entry) => Math.max(a, entry.count), 1);
  const leads = new Set(errors.paths.filter((path) => isChosen(path.rcode)).map((path) => path[dimension]).filter((key) => key !== "other"));
  const rows = entries.slice(0, state.shown).map((e) => [keyName(dimension, e.key, leads.has(e.key)), grouped(e.count), percent(e.count, e.responses),
    bar(e.count / most, colorCode()), sparkOf(dimension, e.key)]);
  const left = entries.length - rows.length;
  const columns = [{ head: dimension, key: true }, number(state.code), number("share"), { head: "", bar: true }, { head: "over time", spark: true }];
  const note = left > 0 ? `, the first ${rows.length} of ${grouped(entries.length)}` : "";
  const table = tableOf(`share: of all its responses${note}`, columns, rows);
  table.id = `${dimension}s`;
  return make("div", {}, heading(dimension), table);
}

// What of the chosen code is on the path that was gone so far.
function pathsHere() {
  return errors.paths.filter((path) => isChosen(path.rcode) && state.path.every((step) => path[step.level] === step.key));
}

// All of it: of a single key its own figure; below that, what is known of keys together.
function countHere(paths) {
  const known = sum(paths.map((path) => path.responses));
  if (state.path.length > 1) return known;
  const [{ level, key }] = state.path;
  const entry = report[`${level}s`].find((one) => one[level] === key);
  return Math.max(known, entry ? chosenOf(entry.rcodes) : 0);
}

// Whom of one dimension the errors on the path are of, and what is of none that is known.
function keysBelow(dimension, paths, total) {
  const sums = new Map();
  for (const path of paths) if (path[dimension] !== "other") sums.set(path[dimension], (sums.get(path[dimension]) || 0) + path.responses);
  const entries = [...sums].sort((a, b) => b[1] - a[1]);
  const other = total - sum(entries.map(([, count]) => count));
  const most = entries.reduce((a, [, count]) => Math.max(a, count), other);
  const rows = entries.slice(0, state.shown).map(([key, count]) => [keyName(dimension, key, true), grouped(count), percent(count, total), bar(count / most, colorCode())]);
  const left = sum(entries.slice(state.shown).map(([, count]) => count));
  if (left) rows.push([`${grouped(entries.length - state.shown)} more`, grouped(left), percent(left, total), bar(left / most, colorCode())]);
  if (other) rows.push(["other", grouped(other), percent(other, total), bar(other / most, colorCode())]);
  const columns = [{ head: dimension, key: true }, number(state.code), number("share"), { head: "", bar: true }];
  const table = tableOf(`share: of these ${grouped(total)}`, columns, rows);
  table.id = `${dimension}s`;
  return make("div", {}, heading(dimension), table);
}

function codesBelow(paths) {
  const sums = new Map();
  for (const path of paths) sums.set(path.rcode, (sums.get(path.rcode) || 0) + path.responses);
  const rows = [...sums].sort((a, b) => b[1] - a[1]).map(([code, count]) => [codeName(code), grouped(count)]);
  const table = tableOf("A click on a code shows it alone.", [{ head: "code" }, number("responses")], rows);
  table.id = "codes";
  return make("div", {}, make("h3", {}, "Codes"), table);
}

function crumbs() {
  const steps = [{ text: "all", path: [] }, ...state.path.map((step, i) => ({ text: `${step.level} ${step.key}`, path: state.path.slice(0, i + 1) }))];
  const last = steps.pop();
  return make("nav", { class: "crumbs", "aria-label": "whose errors are shown" }, make("ol", {},
    ...steps.map((step) => make("li", {}, make("button", { class: "plain", "data-focus": `to ${step.path.length}`, onclick: () => goTo(step.path) }, step.text))),
    make("li", {}, make("b", { id: "here", tabindex: -1, "aria-current": "true", "data-focus": "here" }, last.text))));
}

function whoHere() {
  if (!state.path.length) return [make("div", { class: "columns" }, ...["server", "zone", "client"].map(keysOf))];
  const paths = pathsHere();
  const total = countHere(paths);
  const open = LEVELS.filter((level) => state.path.every((step) => step.level !== level));
  return [make("p", { id: "here-count" }, `${grouped(total)} responses with ${state.code === ALL_ERRORS ? "errors" : state.code}. \u201cother\u201d is what is not known by these keys together. Escape goes back.`),
    make("div", { class: "columns" }, ...open.map((level) => keysBelow(level, paths, total)), codesBelow(paths))];
}

// On paper nothing can be clicked.
function pathsOnPaper() {
  const paths = errors.paths.filter((path) => isChosen(path.rcode)).slice(0, state.shown);
  if (!paths.length || state.path.length) return "";
  return make("div", { class: "paper" }, make("h3", {}, "Zone, server and client together"), tableOf("The largest.",
    [{ head: "zone", name: true }, { head: "server", name: true }, { head: "client", name: true }, { head: "code" }, number("responses")],
    paths.map((path) => [path.zone, path.server, path.client, path.rcode, grouped(path.responses)])));
}

function who() {
  const names = [ALL_ERRORS, ...byName().map(([name]) => name)];
  const select = make("select", { id: "code", "data-focus": "code", onchange: (event) => choose(event.target.value) },
    ...names.map((name) => make("option", { value: name }, name)));
  select.value = names.includes(state.code) ? state.code : ALL_ERRORS;
  const more = make("button", { "data-focus": "more", onclick: () => { state.shown = state.shown === 25 ? 500 : 25; show(); } }, state.shown === 25 ? "show more" : "show less");
  const meaning = make("p", { class: "faint" }, MEANINGS[state.code] || "");
  const full = errors.overflow;
  const note = full ? make("p", { class: "faint" }, `${grouped(full)} errors came while there was no room for all of their keys; they are \u201cother\u201d, or of a network, below a key.`) : "";
  const whole = section("Who", make("div", { class: "controls" }, make("label", { for: "code" }, "code"), select, more), meaning, crumbs(), note, ...whoHere(), pathsOnPaper());
  whole.addEventListener("keydown", (event) => { if (event.key === "Escape" && state.path.length) goTo(state.path.slice(0, -1)); });
  return whole;
}

function extendedErrors() {
  if (!report.ede.length) return make("section");
  const infos = [...new Set(report.ede.map((e) => e.info_code))].sort((a, b) => a - b);
  const names = [...new Set(report.ede.map((e) => e.rcode))];
  const count = (info, name) => report.ede.find((e) => e.info_code === info && e.rcode === name)?.responses || 0;
  const rows = infos.map((info) => [`${info}  ${MEANINGS[`EDE ${info}`] || ""}`, ...names.map((name) => (count(info, name) ? grouped(count(info, name)) : ""))]);
  return section("Extended DNS Errors", make("div", { class: "scroll" },
    tableOf("By INFO-CODE (RFC 8914) and the code beside it.", [{ head: "INFO-CODE" }, ...names.map(number)], rows)));
}

function counts(title, object) {
  const rows = Object.entries(object).filter(([, count]) => count > 0).map(([name, count]) => [name, grouped(count)]);
  return rows.length ? make("div", {}, make("h3", {}, title), tableOf("", [{ head: "" }, number("")], rows)) : "";
}

function ledger() {
  const frames = report.frames;
  const low4 = report.rcodes.filter((r) => r.certainty === "low4").reduce((a, r) => a + r.responses, 0);
  const known = { "all 12 bits known": report.messages.responses - low4, "header's 4 bits only": low4 };
  return section("Where everything went",
    make("p", { class: frames.residual ? "warn" : "faint" }, `${grouped(frames.seen)} frames seen, ${grouped(frames.held)} held, residual ${frames.residual}.`),
    make("div", { class: "columns" }, counts("Frames, by how they ended", frames.dispositions), counts("Frames dropped", frames.dropped),
      counts("Certainty", known), counts("Why 4 bits only", report.messages.low4_reasons), counts("Kinds of answers", report.answer_kinds),
      counts("Anomalies", report.messages.anomalies), counts("Malformed", report.messages.malformed)));
}

function show() {
  const page = [headline(), codes(), overTime(), spikesFound(), who(), extendedErrors(), ledger()];
  const focus = document.activeElement?.dataset.focus;
  document.getElementById("report").replaceChildren(...page);
  if (focus) [...document.querySelectorAll("[data-focus]")].find((element) => element.dataset.focus === focus)?.focus({ preventScroll: true });
}

async function fetched(name) {
  const answer = await fetch(`api/v1/${name}`);
  if (!answer.ok) throw new Error(answer.status === 503 ? "nothing is counted yet" : `status ${answer.status}`);
  return answer.json();
}

// Served by a running instance, the page has no data of its own and asks for it, again and again.
async function follow() {
  const notice = document.getElementById("notice");
  try {
    [report, errors] = await Promise.all(["report", "errors"].map(fetched));
    notice.textContent = "";
    const active = document.activeElement;
    if (!active || active === document.body || active.tagName !== "SELECT") show();
  } catch (error) {
    notice.textContent = `The report cannot be had: ${error.message}.`;
  }
  setTimeout(follow, 5000);
}

const data = JSON.parse(document.getElementById("data").textContent);
if (data) {
  ({ report, errors } = data);
  show();
}
else follow();
