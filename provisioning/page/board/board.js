// The instructor's page: all seats, live. What seats say is untrusted: it becomes text, never markup.
import { all, confirmed, element, one, request, socketAddress, t, write } from "../common.js";
import { Terminals } from "../terminal.js";

const { language, nonce } = document.body.dataset;
const NEEDS = { waves: "Waves for help", down: "Not running", stuck: "Stuck", works: "Works", silent: "Not opened yet", away: "Away", suspended: "Suspended", finished: "Finished" };
const WHYS = { hand: "by hand", silence: "nobody was active", over: "the class is over" };
const rows = one("#seats tbody");
const section = one("#terminals");

let state = { seats: null, end: 0, trouble: {}, work: null, holder: "", terminals: [] };
let skew = 0; // how far the server's clock is ahead of this one, in seconds

const now = () => Date.now() / 1000 + skew;

function lasted(seconds) {
  if (seconds < 60) return t("{} s", Math.max(0, Math.floor(seconds)));
  return seconds < 3600 ? t("{} min", Math.floor(seconds / 60)) : t("{} h", (seconds / 3600).toFixed(1));
}

const since = (at) => (at ? lasted(now() - at) : t("never"));

// -- asking the server

const ask = (what, told = {}, method = "POST") => request(`/${what}?lang=${language}`, told, method, showError, lost);

function showError(what, cure = "") {
  one("#work").hidden = false;
  one("#work .dismiss").hidden = false;
  one("#work .error").replaceChildren(element("p", {}, element("b", {}, what)), element("p", {}, cure));
}

let isLost = false;

function lost(is) {
  isLost = is;
  if (is) showError(t("The page has lost its server. It looks for it again and again; if you ended it: python3 lab.py class open"));
  else one("#work .error").replaceChildren();
  showWork();
}

// -- seats

const CELLS = ["choose", "seat", "name", "need", "steps", "tasks", "hints", "seen", "checked", "host", "do"];

function fresh(seat) {
  const row = element("tr");
  row.dataset.seat = seat.seat;
  for (const name of CELLS) row.append(element(name === "name" ? "th" : "td", { className: name }));
  one(".name", row).scope = "row";
  for (const name of ["hints", "host"]) one(`.${name}`, row).classList.add("extra");
  one(".steps", row).classList.add("at");
  for (const name of ["steps", "tasks", "seen", "checked"]) one(`.${name}`, row).dataset.label = labels[name];
  const who = seat.learner || seat.seat;
  const box = element("input", { type: "checkbox" });
  box.setAttribute("aria-label", t("Choose {}", who));
  one(".choose", row).append(box);
  const shell = element("button", { type: "button" }, t("Shell"));
  shell.dataset.act = "shell";
  shell.setAttribute("aria-label", t("Shell in {}", who));
  const say = element("button", { type: "button" }, t("Message"));
  say.dataset.act = "say";
  say.setAttribute("aria-label", t("Message to {}", who));
  const join = element("button", { type: "button" }, t("Join"));
  join.dataset.act = "join";
  join.setAttribute("aria-label", t("Join a terminal of {}", who));
  one(".do", row).append(shell, " ", join, " ", say);
  return row;
}

const labels = Object.fromEntries([...all("#seats thead tr:last-child th")].map((head, at) => [CELLS[at], head.textContent]));

function needs(seat) {
  const told = t(NEEDS[seat.need]);
  if (seat.need === "down") return `${told}: ${seat.whole ? seat.state : t("made by half")}`;
  if (seat.need === "suspended") return `${told}: ${t(WHYS[seat.suspended])}`;
  if (seat.need === "waves") return `${told}, ${since(seat.word.raised)}`;
  if (seat.need === "stuck") return `${told}, ${since(seat.word.progressed)}`;
  return told;
}

function checked(seat) {
  if (!seat.checked.length) return t("not checked");
  return seat.checked
    .map((each) => (each.failed ? t("could not be checked: {}", each.failed) : t("{} checks, {} tasks", t("{} of {}", each.holding, each.checks), t("{} of {}", each.met, each.tasks))))
    .join("; ");
}

function fill(row, seat) {
  const word = seat.word ?? {};
  row.dataset.need = seat.need;
  const put = (name, text, title = "") => {
    const cell = one(`.${name}`, row);
    write(cell, text);
    if (cell.title !== title) cell.title = title;
  };
  put("seat", String(seat.number).padStart(2, "0"), seat.seat);
  put("name", seat.learner || seat.seat, seat.learner);
  put("need", needs(seat));
  put("steps", word.steps ? `${t("{} of {}", word.seen, word.steps)}${word.at ? ` · ${word.at}` : ""}` : "", `${word.scenario ?? ""} ${word.at ?? ""}`);
  put("tasks", word.tasks ? t("{} of {}", word.met, word.tasks) : "");
  put("hints", word.hints ? String(word.hints) : "");
  put("seen", word.window && now() - word.window < 60 ? t("now") : since(word.window));
  put("checked", checked(seat), seat.checked.map((each) => `${each.scenario} ${each.at}`).join("; "));
  put("host", seat.host);
  one("[data-act=shell]", row).disabled = Boolean(seat.suspended);
  one("[data-act=join]", row).disabled = seat.state !== "running" || !word.terminals?.length;
}

function showSeats() {
  if (state.seats === null) return;
  const seats = [...state.seats];
  if (one("#order").checked) seats.sort((a, b) => a.number - b.number);
  one("#seats .none").hidden = seats.length > 0;
  const known = new Map(all("tr", rows).map((row) => [row.dataset.seat, row]));
  const held = rows.matches(":hover") && known.size === seats.length && seats.every((seat) => known.has(seat.seat));
  const focused = document.activeElement;
  seats.forEach((seat, at) => {
    const row = known.get(seat.seat) ?? fresh(seat);
    known.delete(seat.seat);
    fill(row, seat);
    // Under the pointer no row changes its place: a click would meet another.
    if (!held && rows.children[at] !== row) rows.insertBefore(row, rows.children[at] ?? null);
  });
  for (const gone of known.values()) gone.remove();
  if (rows.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
  const count = (need) => state.seats.filter((seat) => seat.need === need).length;
  const told = Object.entries(NEEDS).filter(([need]) => count(need)).map(([need, text]) => `${t(text)}: ${count(need)}`);
  write(one("#counts"), told.join(" · ") || t("No seat stands."));
  one("[data-act=resume]").hidden = !state.seats.some((seat) => seat.suspended);
  showChosen();
  showLeft();
}

const chosen = () => all("tbody input:checked").map((box) => box.closest("tr").dataset.seat);
const whom = (seats) => (seats.length === 1 ? nameOf(seats[0]) : seats.length && seats.length < state.seats.length ? t("{} seats", seats.length) : t("all {} seats", state.seats.length));

function nameOf(name) {
  const seat = state.seats.find((each) => each.seat === name);
  return seat ? `${seat.seat} ${seat.learner}`.trim() : name;
}

function showChosen() {
  const found = chosen();
  write(one("#chosen"), state.seats ? whom(found) : "");
  one("#every").checked = found.length > 0 && found.length === state.seats.length;
}

function showLeft() {
  const left = state.end - now();
  write(one("#left"), !state.end ? t("No end is set.") : left > 0 ? t("Time left: {}", lasted(left)) : t("The class is over."));
  one("#left").classList.toggle("ended", Boolean(state.end) && left <= 0);
}

// -- what is under way

let dismissed = "";
let began = 0;

const identity = (work) => `${work.verb} ${work.seconds}`;

function showWork() {
  const { work, holder, trouble } = state;
  const box = one("#work");
  const busy = Boolean(work?.runs);
  const over = !busy && (!work || identity(work) === dismissed);
  for (const button of all("[data-act=reset], [data-act=check], [data-act=resume]")) button.disabled = busy || Boolean(holder);
  box.className = busy ? "busy" : trouble.what || isLost || (work && work.status !== 0) ? "bad" : "good";
  let title = "";
  if (busy) title = `${work.verb}: ${t("is under way")}`;
  else if (holder) title = t("The lab is held by {}", holder);
  else if (!over) title = `${work.verb}: ${work.status === 0 ? t("went well") : work.status === 1 && !work.what ? t("something is red") : t("failed")}`;
  write(one(".title", box), title);
  one(".stop", box).hidden = !busy;
  one(".phases", box).replaceChildren(
    ...(over ? [] : work.phases).map((phase) => element("li", { className: phase.symbol === "✘" ? "bad" : "" }, `${phase.symbol} ${phase.text}${phase.seconds === null ? "" : ` ${phase.seconds} s`} ${phase.detail}`)),
  );
  if (busy) began = performance.now() - work.seconds * 1000;
  const error = one(".error", box);
  if (!isLost) {
    const problem = !busy && !over && work.what ? work : trouble.what ? trouble : null;
    if (problem) showError(problem.what, problem.cure);
  }
  one(".dismiss", box).hidden = busy || (over && !error.childElementCount);
  box.hidden = over && !busy && !holder && !error.childElementCount;
  tick();
}

function tick() {
  one("#work .elapsed").textContent = state.work?.runs ? `${Math.round((performance.now() - began) / 1000)} s` : "";
}

setInterval(() => {
  if (state.work?.runs) tick();
  showLeft();
}, 1000);
setInterval(showSeats, 5000);

one("#work .stop").addEventListener("click", () => ask("stop"));
one("#work .dismiss").addEventListener("click", () => {
  if (state.work) dismissed = identity(state.work);
  one("#work .error").replaceChildren();
  showWork();
});

// -- terminals

const terminals = new Terminals(section, {
  t, ask, socketAddress, element, confirmed, nonce, closable: true, chosen: () => {}, follows: (machine) => machine.includes(" · "),
  machines: () => Object.fromEntries((state.seats ?? []).map((seat) => [seat.seat, "running"])), // no seat is brought up from here
  get places() {
    return [...new Set(state.terminals.map((each) => each.machine))];
  },
});

// -- what the server tells

let tries = 0;

function listen() {
  const socket = new WebSocket(socketAddress("/events"));
  socket.onopen = () => {
    if (tries) lost(false);
    tries = 0;
    terminals.again();
  };
  socket.onmessage = (message) => {
    state = JSON.parse(message.data);
    skew = state.now - Date.now() / 1000;
    section.hidden = state.terminals.length === 0;
    terminals.show(state.terminals);
    showSeats();
    showWork();
    if (state.seats !== null) document.body.dataset.ready = "true";
  };
  socket.onclose = () => {
    tries += 1;
    if (tries > 1) lost(true);
    setTimeout(listen, Math.min(250 * tries, 3000));
  };
}

// -- what the instructor does

function toast(text) {
  one("#toast").textContent = text;
  setTimeout(() => (one("#toast").textContent = ""), 6000);
}

// What a dialog with a form was closed with; nothing if it was given up.
function answered(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

for (const button of all("#say [type=button][value], #ends [type=button][value], #join [value=no]")) button.addEventListener("click", () => button.closest("dialog").close(button.value === "no" ? "" : button.value));

async function say(seats) {
  const dialog = one("#say");
  one("#whom").textContent = t("Message to {}", whom(seats));
  if ((await answered(dialog)) !== "yes") return;
  const area = one("textarea", dialog);
  const done = await ask("say", { seats, text: area.value });
  if (!done) return;
  area.value = "";
  toast(done.unheard.length ? t("These seats did not hear it yet, and will: {}", done.unheard.join(", ")) : t("Sent."));
}

// With several terminals, the learner's are asked for by a dialog.
async function join(seat) {
  const theirs = state.seats.find((each) => each.seat === seat)?.word?.terminals ?? [];
  let id = theirs[0]?.id;
  if (theirs.length > 1) {
    const dialog = one("#join");
    one("#which").textContent = t("Join a terminal of {}", nameOf(seat));
    one(".theirs", dialog).replaceChildren(
      ...theirs.map((each, at) => {
        const button = element("button", { type: "button", value: each.id }, `${at + 1} ${each.machine}`);
        button.addEventListener("click", () => dialog.close(button.value));
        return button;
      }),
    );
    id = await answered(dialog);
  }
  const made = id && (await ask("terminals", { machine: seat, terminal: id }));
  if (!made) return;
  await terminals.told(made.id);
  terminals.choose(made.id, true);
}

async function setEnd() {
  const dialog = one("#ends");
  const box = one("input", dialog);
  const left = Math.ceil((state.end - now()) / 60);
  box.value = state.end && left > 0 ? left : 90;
  const answer = await answered(dialog);
  if (answer) await ask("clock", { minutes: answer === "never" ? 0 : Number(box.value) });
}

for (const button of all("#ends [data-more]")) {
  button.addEventListener("click", () => {
    const box = one("#ends input");
    box.value = Number(box.value || 0) + Number(button.dataset.more);
  });
}

one("#clock").addEventListener("click", setEnd);
one("#order").addEventListener("change", showSeats);
one("#every").addEventListener("change", (event) => {
  for (const box of all("tbody input")) box.checked = event.target.checked;
  showChosen();
});
rows.addEventListener("change", showChosen);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || button.disabled || !state.seats?.length) return;
  const row = button.closest("tr");
  const seats = row ? [row.dataset.seat] : chosen();
  if (button.dataset.act === "shell") {
    await terminals.go(seats[0]);
  } else if (button.dataset.act === "join") {
    await join(seats[0]);
  } else if (button.dataset.act === "say") {
    await say(seats);
  } else {
    const verb = button.dataset.act;
    const list = (seats.length ? seats : state.seats.map((each) => each.seat)).map(nameOf).join("\n");
    if (verb === "reset" && !(await confirmed(t("Make {} new? All that was done there is thrown away, in every seat that is named. Grades stay.", whom(seats)), list, t("Make them new")))) return;
    await ask("do", { verb, seats });
  }
});

listen();
