// The page: shows what the server tells, and asks it for what the learner wants.
import { Terminals } from "./terminal.js";
import { all, confirmed, element, one, request, socketAddress, t, write } from "./common.js";
import { readable } from "./plot.js";

const body = document.body;
const scenario = body.dataset.scenario;
const language = body.dataset.language;
const places = Object.keys(JSON.parse(body.dataset.kinds));

// -- asking the server

const ask = (what, told = {}, method = "POST") =>
  request(`/${what}/${scenario}?lang=${language}`, told, method, showError, lost);

// -- parts of the page that change

const shownParts = new Map();
let results = body.dataset.results;
let again = 0;

async function refresh() {
  let parts;
  try {
    const answer = await fetch(`/parts/${scenario}?lang=${language}`);
    if (!answer.ok) return;
    parts = await answer.json();
  } catch {
    // Browsers give up requests when a network of the host comes or goes, as those of containers do.
    clearTimeout(again);
    again = setTimeout(refresh, 500);
    return;
  }
  for (const [name, html] of Object.entries(parts)) {
    const place = one(`[data-part="${name}"]`);
    if (!place || shownParts.get(name) === html) continue;
    shownParts.set(name, html);
    const focused = place.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    const opened = all("details", place).map((each) => each.open);
    place.innerHTML = html; // the server's own, in which all that is foreign is escaped
    all("details", place).forEach((each, number) => (each.open = opened[number] ?? false));
    if (focused) (all("button, summary, a, pre", place).find((each) => keyOf(each) === focused) ?? place.closest("[tabindex]"))?.focus({ preventScroll: true });
    prepare(place);
  }
  showWork();
}

const keyOf = (node) => `${node.tagName} ${JSON.stringify(node.dataset)}`;

function prepare(within) {
  all(".plot", within).forEach(readable);
  nameTargets(within);
}

function nameTargets(within = document) {
  for (const button of all("[data-run]", within)) {
    const place = button.dataset.run || terminals.machine;
    button.textContent = t("Run in the terminal of {}", place);
  }
}

// -- what is under way

let state = { work: null, holder: "", machines: null, trouble: {}, terminals: [] };
let dismissed = null;
let told = "";

function showState(fresh) {
  state = { ...state, ...fresh };
  terminals.show(state.terminals);
  showMachines();
  showWork();
  showClass();
}

const PAUSES = {
  silence: "Nobody is active here. Your seat will be suspended in {} min; everything in it is kept.",
  over: "The class is over. Your seat will be suspended in {} min; everything in it is kept. The instructor can extend the class.",
};
const STILL = {
  suspended: "The instructor has suspended your seat. Everything in it is kept.",
  asleep: "Your seat is suspended, as nobody was active in it. Everything in it is kept.",
  over: "The class is over, and your seat is suspended. Everything in it is kept. The instructor can extend the class.",
};
let still = ""; // why the seat is suspended: the gate of the class tells as it hangs up

const minutesTo = (at) => Math.max(1, Math.ceil((at * 1000 - Date.now()) / 60000));

// What the class tells a seat. Anywhere else there is no class, and the page has no place for it.
function showClass() {
  const told = state.seat;
  const box = one("#class");
  if (!told || !box) return;
  const wave = one("#wave");
  wave.setAttribute("aria-pressed", String(told.hand));
  write(one(".told", wave), told.hand ? t("You wave for help") : t("Wave for help"));
  write(one(".message", box), told.message ? t("The instructor says: {}", told.message.text) : "");
  const joined = [...new Set(state.terminals.filter((each) => each.joined).map((each) => each.machine))];
  const present = joined.length ? t("The instructor is in your terminal: {}", joined.join(", ")) : told.present ? t("The instructor is in your seat.") : "";
  write(one(".present", box), present);
  const pause = STILL[still] ? t(STILL[still]) : told.pause ? t(PAUSES[told.pause.why], minutesTo(told.pause.at)) : "";
  write(one(".pause p", box), pause);
  const asked = still ? still === "asleep" : told.pause?.why === "silence";
  if (!asked && document.activeElement === one("#here")) one("#way").focus({ preventScroll: true });
  one("#here").hidden = !asked;
  const minutes = Math.ceil((told.end * 1000 - Date.now()) / 60000);
  const isTold = still || told.pause?.why === "over";
  write(one(".left", box), !told.end || isTold ? "" : minutes > 0 ? t("Time left: {} min", minutes) : t("The class is over."));
  box.hidden = !(told.message || present || told.end || pause);
}

setInterval(showClass, 10000);

function showMachines() {
  const states = state.machines;
  let up = 0;
  for (const chip of all("[data-machine]", one("#machines"))) {
    const found = states?.[chip.dataset.machine];
    const runs = found === "running";
    up += runs || found === "restarting";
    chip.classList.toggle("runs", runs);
    chip.classList.toggle("known", states !== null);
    one(".word", chip).textContent = states === null ? "…" : t(found || "not up");
  }
  one("#up").hidden = states === null || up === places.length - 1;
  one("#up").classList.toggle("main", !one("#up").hidden);
}

function showWork() {
  const work = state.work;
  const busy = Boolean(work?.runs);
  const held = Boolean(state.holder) && !busy;
  for (const button of all("[data-verb]")) {
    button.disabled = busy || "waits" in button.dataset;
  }
  const box = one("#work");
  const trouble = state.trouble.what && !busy;
  const identity = work && `${work.verb} ${work.seconds} ${work.runs}`;
  const over = !work || (!busy && (identity === dismissed || (work.status === 0 && !fresh)));
  box.hidden = over && !held && !trouble;
  box.className = busy ? "busy" : held ? "held" : trouble || (work && work.status !== 0) ? "bad" : "good";
  let title = "";
  if (busy) title = `${work.verb}: ${t("is under way")}`;
  else if (held) title = t("The lab is held by {}", state.holder);
  else if (!over) title = `${work.verb}: ${work.status === 0 ? t("went well") : work.status === 1 && !work.what ? t("something is red") : t("failed")}`;
  if (title !== told) one(".title", box).textContent = told = title;
  one(".stop", box).hidden = !busy;
  one(".dismiss", box).hidden = busy || over;
  const list = one(".phases", box);
  const phases = over ? [] : work.phases.filter((phase) => busy || phase.symbol !== "✔");
  list.replaceChildren(
    ...phases.map((phase) => {
      const seconds = phase.seconds === null ? "" : ` ${phase.seconds} s`;
      const item = element("li", { className: phase.symbol === "✘" ? "bad" : "" }, `${phase.symbol} ${phase.text}`);
      item.append(element("span", { className: "note" }, `${seconds}${phase.detail ? ` ${phase.detail}` : ""}`));
      return item;
    }),
  );
  if (busy) began = performance.now() - work.seconds * 1000;
  tick();
  const problem = !busy && !over && work.what && work.status !== 130 ? work : trouble ? state.trouble : null;
  if (problem) showError(problem.what, problem.cure);
  else if (!refused) one(".error", box).replaceChildren();
}

let began = 0;
let refused = false;
let fresh = false;

function tick() {
  const busy = state.work?.runs;
  one("#work .elapsed").textContent = busy ? `${Math.max(0, Math.round((performance.now() - began) / 1000))} s` : "";
}

setInterval(() => state.work?.runs && tick(), 1000);

function showError(what, cure) {
  const place = one("#work .error");
  const said = `${what}\n${cure}`;
  one("#work").hidden = false;
  if (place.dataset.said === said && place.childElementCount) return;
  place.dataset.said = said;
  place.replaceChildren(element("p", {}, element("b", {}, what)), element("p", {}, cure ?? ""));
  const found = /python3 lab\.py (up|reset|setup|run|check)\b/.exec(cure ?? "");
  if (found) {
    const button = element("button", { type: "button", className: "main" }, t("Run: {}", found[1]));
    button.dataset.verb = found[1];
    if (found[1] === "setup") button.dataset.ask = "Install or start what this host lacks? The page runs: python3 lab.py {}";
    if (found[1] === "reset") button.dataset.ask = one("#reset").dataset.ask;
    place.append(button);
  }
}

function lost(is) {
  body.classList.toggle("lost", is);
  if (is) {
    showError(t("The page has lost its server. It looks for it again and again; if it does not come back:"), body.dataset.wayIn);
  } else {
    one("#work .error").replaceChildren();
    showWork();
  }
}

// -- what the server tells

let tries = 0;

function listen() {
  const socket = new WebSocket(socketAddress(`/events/${scenario}`));
  socket.onopen = () => {
    still = "";
    showClass();
    if (tries) {
      lost(false);
      refresh(); // another server may tell the same results in other words
      terminals.again();
    }
    tries = 0;
    // To ask the engines takes processor time, of which the page that is being drawn has more need.
    requestAnimationFrame(() => setTimeout(askMachines));
  };
  socket.onmessage = (message) => {
    const said = JSON.parse(message.data);
    if (said.results !== results) {
      results = said.results;
      refresh();
    }
    if ("work" in said) {
      const ended = state.work?.runs && !said.work?.runs;
      if (said.work?.runs) [refused, fresh] = [false, false];
      if (ended) fresh = true;
      showState(said);
      if (ended && said.work.status === 0) setTimeout(() => { fresh = false; showWork(); }, 4000);
      body.dataset.ready = "true";
    }
  };
  socket.onclose = ({ code, reason }) => {
    tries += 1;
    if (code === 4000 && reason in STILL) still = reason;
    showClass();
    if (tries > 1 && !still) lost(true);
    setTimeout(listen, Math.min(250 * tries, 3000));
  };
  events = socket;
}

let events = null;
function askMachines() {
  if (!document.hidden && events.readyState === WebSocket.OPEN) events.send("{}");
}
document.addEventListener("visibilitychange", askMachines);

function toast(text) {
  one("#toast").textContent = text;
  setTimeout(() => (one("#toast").textContent = ""), 2000);
}

// -- what the learner does

const terminals = new Terminals(one("#terminals"), { t, ask, socketAddress, element, confirmed, machines: () => state.machines, places, nonce: body.dataset.nonce, chosen: () => nameTargets() });

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  const data = button.dataset;
  if (data.verb) {
    if (data.ask && !(await confirmed(t(data.ask, "setup --yes")))) return;
    dismissed = null;
    const asked = { verb: data.verb };
    if (data.step) asked.step = data.step;
    if (data.task) asked.task = data.task;
    refused = (await ask("do", asked)) === null;
  } else if (data.predict) {
    await ask("predict", { step: data.predict, choice: data.choice });
  } else if (data.hint) {
    await ask("hint", { task: data.hint });
  } else if (data.solution) {
    if (!(await confirmed(t("Show the solution? Try it yourself first: a hint may do.")))) return;
    const answer = await ask("solution", { task: data.solution });
    if (answer) {
      one(`#solution-${data.solution}`).innerHTML = answer.html;
      showWork();
    }
  } else if (data.terminal) {
    view("terminals");
    await terminals.go(data.terminal);
  } else if ("copy" in data) {
    await navigator.clipboard.writeText(blockOf(button));
    toast(t("Copied."));
  } else if ("run" in data) {
    view("terminals");
    await terminals.run(data.run || terminals.machine, blockOf(button));
  } else if (data.view) {
    view(data.view);
  } else if (button.id === "wave") {
    await ask("wave", { raised: !state.seat?.hand });
  } else if (button.id === "here") {
    if (still) location.reload(); // by which the gate has the seat go on
    else await ask("here");
  }
});

const blockOf = (button) => one("code", button.closest(".code")).textContent.replace(/\n+$/, "");

one("#work .stop").addEventListener("click", () => ask("stop"));
one("#work .dismiss").addEventListener("click", () => {
  dismissed = state.work && `${state.work.verb} ${state.work.seconds} ${state.work.runs}`;
  refused = false;
  showWork();
});

function view(name) {
  body.dataset.view = name;
  for (const button of all(".switch button")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  terminals.fit();
}

// -- the width of the lesson

const splitter = one("#splitter");

function split(share) {
  const percent = Math.min(80, Math.max(20, share));
  body.style.setProperty("--way", `${percent}%`);
  splitter.setAttribute("aria-valuenow", String(Math.round(percent)));
  localStorage.setItem("lab-width", String(percent));
  terminals.fit();
}

splitter.addEventListener("pointerdown", (down) => {
  splitter.setPointerCapture(down.pointerId);
  const move = (event) => split((event.clientX / innerWidth) * 100);
  splitter.addEventListener("pointermove", move);
  splitter.addEventListener("pointerup", () => splitter.removeEventListener("pointermove", move), { once: true });
});
splitter.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
  if (way) split(Number(splitter.getAttribute("aria-valuenow")) + way);
});

const lesson = one("#lesson");
lesson.open = localStorage.getItem(`lab-lesson-${scenario}`) !== "closed";
lesson.addEventListener("toggle", () => localStorage.setItem(`lab-lesson-${scenario}`, lesson.open ? "open" : "closed"));

for (const place of all("[data-part]")) shownParts.set(place.dataset.part, null);
const width = Number(localStorage.getItem("lab-width"));
if (width) split(width);
prepare(document);
listen();
