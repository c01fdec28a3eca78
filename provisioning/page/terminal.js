// Terminals: a tab each. What is hidden is not drawn; what comes back shows what was on the screen.
import { Terminal } from "./assets/xterm.mjs";
import { FitAddon } from "./assets/addon-fit.mjs";

const encoder = new TextEncoder();
const LIGHT = {
  background: "#ffffff", foreground: "#1f2328", cursor: "#1f2328", cursorAccent: "#ffffff", selectionBackground: "#b6d7ff",
  black: "#24292f", red: "#b3232c", green: "#1a6b2f", yellow: "#7a5200", blue: "#0a58ca", magenta: "#8239a8", cyan: "#0b6470", white: "#6b7280",
  brightBlack: "#57606a", brightRed: "#a40e26", brightGreen: "#17652b", brightYellow: "#6b4700", brightBlue: "#0b54b8", brightMagenta: "#7a30a0", brightCyan: "#0a5a66", brightWhite: "#4b5563",
};
const DARK = {
  background: "#14171c", foreground: "#e6e9ee", cursor: "#e6e9ee", cursorAccent: "#14171c", selectionBackground: "#2f4f7f",
  black: "#484f58", red: "#ff7b72", green: "#5bd46f", yellow: "#e3b341", blue: "#79b8ff", magenta: "#d8a8ff", cyan: "#5fd3e0", white: "#c9d1d9",
  brightBlack: "#8b949e", brightRed: "#ffa198", brightGreen: "#7ee787", brightYellow: "#f2cc60", brightBlue: "#a5d0ff", brightMagenta: "#e2c5ff", brightCyan: "#8fe3ed", brightWhite: "#f0f6fc",
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const F6 = "\x1b[17~";
const ACKNOWLEDGE = 16384;

// xterm.js makes style sheets by script. The policy of the page lets in those that bear its nonce.
function bearNonce(nonce) {
  const make = document.createElement.bind(document);
  document.createElement = (name, ...rest) => {
    const made = make(name, ...rest);
    if (name === "style") made.nonce = nonce;
    return made;
  };
}

class Pane {
  constructor(owner, id, machine, panel) {
    Object.assign(this, { owner, id, machine, panel, seen: 0, drawn: 0, told: 0, muted: true, shown: false, closed: false, tries: 0 });
    const { tools } = owner;
    this.screen = tools.element("div", { className: "screen" });
    this.over = tools.element("div", { className: "over", hidden: true });
    panel.append(this.screen, this.over);
    this.term = new Terminal({
      cursorBlink: false, fontSize: 14, fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK KR", monospace',
      minimumContrastRatio: 4.5, scrollback: 5000, theme: dark.matches ? DARK : LIGHT, screenReaderMode: owner.reader.checked,
      rightClickSelectsWord: false, macOptionIsMeta: true,
    });
    this.fitting = new FitAddon();
    this.term.loadAddon(this.fitting);
    this.term.open(this.screen);
    this.term.textarea.setAttribute("aria-label", tools.t("Terminal {}", machine));
    this.term.textarea.setAttribute("aria-describedby", "keys");
    this.term.onData((data) => this.type(data));
    this.term.onBinary((data) => this.send(Uint8Array.from(data, (letter) => letter.charCodeAt(0))));
    this.term.attachCustomKeyEventHandler((event) => this.key(event));
    this.screen.addEventListener("paste", (event) => this.pasted(event), true);
    new ResizeObserver(() => this.fit()).observe(this.screen);
    if (owner.tools.follows?.(machine)) this.follow();
    this.connect();
  }

  // A terminal of another's: its size is told by what it prints.
  follow() {
    this.follows = true;
    this.panel.classList.add("follows");
    this.term.options.windowOptions = { setWinSizeChars: true }; // without which xterm.js asks no handler
    this.term.parser.registerCsiHandler({ final: "t" }, ([what, rows, columns]) => {
      if (what !== 8 || !(rows > 1 && rows < 1000 && columns > 1 && columns < 1000)) return false;
      this.term.resize(columns, rows);
      return true;
    });
  }

  connect() {
    const socket = new WebSocket(this.owner.tools.socketAddress(`/terminal/${this.id}?seen=${this.seen}`));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.hear(JSON.parse(data)) : this.print(new Uint8Array(data)));
    socket.onopen = () => {
      this.tries = 0;
      if (this.shown) this.fit(true);
      else this.tell({ shown: false });
    };
    socket.onclose = () => {
      if (this.closed) return;
      this.tries += 1;
      setTimeout(() => this.closed || this.connect(), Math.min(200 * this.tries, 3000));
    };
    this.socket = socket;
  }

  hear(said) {
    if (said.closed) {
      this.closed = true;
      this.owner.gone(this);
      return;
    }
    if ("at" in said) {
      if (said.anew) {
        this.muted = true; // what was printed before may ask the terminal something, and was answered then
        this.term.reset();
      }
      this.seen = this.drawn = this.told = said.at;
      this.past = said.past;
      if (this.seen >= this.past) this.term.write("", () => (this.muted = false));
    }
    if ("preamble" in said) this.term.write(said.preamble);
    if (said.size && !this.follows && !this.fits(said.size)) this.term.resize(...said.size);
    if ("runs" in said) this.showEnd(said.runs, said.status);
  }

  fits([columns, rows]) {
    return this.term.cols === columns && this.term.rows === rows;
  }

  print(bytes) {
    this.seen += bytes.length;
    const until = this.seen;
    this.term.write(bytes, () => {
      this.drawn = until;
      if (this.muted && until >= this.past) this.muted = false;
      if (until === this.seen || until - this.told >= ACKNOWLEDGE) {
        this.told = until;
        this.tell({ drawn: until });
      }
    });
  }

  type(data) {
    if (this.muted) return;
    if (!this.runs && data === "\r") this.tell({ start: true });
    else this.send(encoder.encode(data));
  }

  send(bytes) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  tell(said) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(said));
  }

  fit(always = false) {
    if (!this.shown || !this.screen.clientWidth || this.follows) return;
    const wanted = this.fitting.proposeDimensions();
    if (!wanted || !(wanted.cols > 1) || !(wanted.rows > 1)) return;
    if (always || !this.fits([wanted.cols, wanted.rows])) {
      this.term.resize(wanted.cols, wanted.rows);
      this.tell({ size: [wanted.cols, wanted.rows] });
    }
  }

  show(shown) {
    if (this.shown === shown) return;
    this.shown = shown;
    this.tell({ shown });
    if (shown) this.fit(true);
  }

  // Keys as in a browser and as in a terminal: Ctrl+C copies where something is selected, and interrupts otherwise.
  key(event) {
    if (event.type !== "keydown") return true;
    const control = (event.ctrlKey || event.metaKey) && !event.altKey;
    const letter = event.key.toLowerCase();
    if (event.key === "F6") {
      event.preventDefault();
      if (event.shiftKey) this.type(F6);
      else this.owner.leave();
      return false;
    }
    if (control && letter === "c" && (event.shiftKey || this.term.hasSelection())) {
      event.preventDefault();
      if (this.term.hasSelection()) {
        navigator.clipboard.writeText(this.term.getSelection());
        this.term.clearSelection();
      }
      return false;
    }
    return !(control && letter === "v");
  }

  pasted(event) {
    event.preventDefault();
    event.stopPropagation();
    this.paste(event.clipboardData.getData("text/plain"));
  }

  // The last line waits for Enter; and no text that is pasted ends the block early, or does what a key does.
  async paste(text) {
    const { t, confirmed } = this.owner.tools;
    const clean = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").replace(/[^\P{Cc}\n\t]/gu, "");
    const lines = clean.split("\n").length;
    if (lines > 1 && !this.term.modes.bracketedPasteMode) {
      const question = t("These {} lines would run one by one as they are pasted, since the program in the terminal takes no blocks.", lines);
      const yes = await confirmed(question, clean, t("Paste them"));
      this.term.focus();
      if (!yes) return;
    }
    this.term.paste(clean);
  }

  showEnd(runs, status) {
    const { t, element } = this.owner.tools;
    this.runs = runs;
    this.over.hidden = runs;
    if (runs) return;
    const unreachable = this.machine !== "host" && status && status !== 130;
    const state = this.owner.tools.machines()?.[this.machine];
    const restarts = unreachable && state === "restarting";
    const why = unreachable ? t("The machine cannot be reached: it is not up, or it is restarting.") : t("This terminal's program has ended.");
    const told = restarts ? t("The machine is restarting. This terminal comes back by itself.") : why;
    const again = element("button", { type: "button", className: "main" }, t("Open it anew"));
    again.addEventListener("click", () => {
      this.tell({ start: true });
      this.term.focus();
    });
    this.over.replaceChildren(element("p", {}, told), again);
    if (unreachable && !restarts && state !== "running") {
      const up = element("button", { type: "button" }, t("Bring it up"));
      up.dataset.verb = "up";
      this.over.append(up);
    }
  }

  dispose() {
    this.closed = true;
    this.socket.close();
    this.term.dispose();
    this.panel.remove();
  }
}

export class Terminals {
  constructor(section, tools) {
    bearNonce(tools.nonce);
    Object.assign(this, { section, tools, panes: new Map(), open: [], chosen: tools.places[0], asked: new Map() });
    this.tabs = section.querySelector("[role=tablist]");
    this.panels = section.querySelector(".panels");
    this.reader = section.querySelector("#reader");
    this.reader.checked = localStorage.getItem("lab-reader") === "yes";
    this.reader.addEventListener("change", () => {
      localStorage.setItem("lab-reader", this.reader.checked ? "yes" : "no");
      for (const pane of this.panes.values()) pane.term.options.screenReaderMode = this.reader.checked;
    });
    const more = section.querySelector("#more");
    more?.addEventListener("click", async (event) => {
      const machine = event.target.dataset.more;
      if (!machine) return;
      more.hidePopover();
      const id = await this.start(machine, true);
      if (!id) return;
      await this.told(id);
      this.choose(id, true);
    });
    dark.addEventListener("change", () => {
      for (const pane of this.panes.values()) pane.term.options.theme = dark.matches ? DARK : LIGHT;
    });
    this.tabs.addEventListener("keydown", (event) => this.turn(event));
  }

  get machine() {
    return this.open.find((each) => each.id === this.chosen)?.machine ?? this.chosen;
  }

  // One tab for each machine, whether a terminal is open in it or not, and one for each further terminal.
  entries() {
    const { tools } = this;
    return tools.places.flatMap((machine) => {
      const of = this.open.filter((each) => each.machine === machine);
      return of.length ? of.map((each, number) => ({ ...each, key: each.id, name: number ? `${machine} ${number + 1}` : machine, further: number > 0 || tools.closable })) : [{ key: machine, machine, name: machine, further: false }];
    });
  }

  show(open) {
    this.open = open;
    for (const [id, pane] of this.panes) {
      if (!open.some((each) => each.id === id)) {
        pane.dispose();
        this.panes.delete(id);
      }
    }
    const entries = this.entries();
    if (!entries.some((each) => each.key === this.chosen)) {
      // The machine's first terminal has come, or the chosen one has gone.
      const machine = this.tools.places.includes(this.chosen) ? this.chosen : this.last;
      this.chosen = entries.find((each) => each.machine === machine)?.key ?? entries[0]?.key;
    }
    this.draw(entries);
    this.reveal();
  }

  draw(entries) {
    const { element, t } = this.tools;
    const drawn = JSON.stringify([entries, this.chosen]);
    if (drawn === this.drawn) return; // a tab that is pressed must not be replaced meanwhile
    this.drawn = drawn;
    const focused = this.tabs.contains(document.activeElement);
    this.tabs.replaceChildren(
      ...entries.map((each) => {
        const chosen = each.key === this.chosen;
        const tab = element("button", { type: "button", id: `tab-${each.key}`, tabIndex: chosen ? 0 : -1 }, each.name);
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-selected", String(chosen));
        if (this.panes.has(each.key)) tab.setAttribute("aria-controls", `panel-${each.key}`);
        tab.addEventListener("click", () => this.choose(each.key, true));
        if (each.further) {
          // No button in the tab: a reader would not find it. The key Delete does the same.
          const cross = element("span", { className: "cross", title: t("Close terminal {}", each.name), textContent: "×" });
          cross.setAttribute("aria-hidden", "true");
          cross.addEventListener("click", (event) => { event.stopPropagation(); this.close(each.key); });
          tab.append(cross);
          tab.setAttribute("aria-keyshortcuts", "Delete");
        }
        return tab;
      }),
    );
    const tab = this.tabs.querySelector("[aria-selected=true]");
    tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focused) tab?.focus();
  }

  turn(event) {
    const entries = this.entries();
    const at = entries.findIndex((each) => each.key === this.chosen);
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way) this.choose(entries[(at + way + entries.length) % entries.length].key);
    else if (event.key === "Delete" && entries[at].further) this.close(this.chosen);
    else if (event.key === "ArrowDown") this.panes.get(this.chosen)?.term.focus();
    else return;
    event.preventDefault();
  }

  choose(key, focus = false) {
    if (!key) return;
    this.chosen = key;
    this.draw(this.entries());
    this.reveal(focus);
    this.tools.chosen();
  }

  // Show the chosen terminal, and open it where there is none yet.
  reveal(focus = false) {
    const found = this.open.find((each) => each.id === this.chosen);
    this.last = found?.machine ?? this.chosen;
    if (!found) {
      for (const pane of this.panes.values()) this.place(pane, false);
      if (this.visible) this.start(this.chosen).then((id) => id && focus && this.panes.get(id)?.term.focus());
      return;
    }
    if (!this.panes.has(found.id)) {
      const panel = this.tools.element("div", { className: "panel", id: `panel-${found.id}` });
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `tab-${found.id}`);
      this.panels.append(panel);
      document.getElementById(`tab-${found.id}`)?.setAttribute("aria-controls", panel.id);
      this.panes.set(found.id, new Pane(this, found.id, found.machine, panel));
    }
    for (const [id, pane] of this.panes) this.place(pane, id === found.id);
    if (focus) this.panes.get(found.id).term.focus();
  }

  place(pane, shown) {
    pane.panel.hidden = !shown;
    pane.show(shown && this.visible);
  }

  get visible() {
    return this.section.clientWidth > 0;
  }

  fit() {
    this.reveal();
    for (const pane of this.panes.values()) pane.fit();
  }

  // The machine's first terminal, whichever window opens it; or a further one.
  async start(machine, further = false) {
    if (further) return (await this.tools.ask("terminals", { machine, further }))?.id;
    if (this.asked.has(machine)) return this.asked.get(machine);
    const asking = this.tools.ask("terminals", { machine }).then((made) => made?.id);
    this.asked.set(machine, asking);
    try {
      return await asking;
    } finally {
      this.asked.delete(machine);
    }
  }

  close(id) {
    this.tools.ask("terminals", { id }, "DELETE");
  }

  async go(machine) {
    const entry = this.entries().find((each) => each.machine === machine);
    const id = this.open.some((each) => each.id === entry?.key) ? entry.key : await this.start(machine);
    if (!id) return null;
    await this.told(id);
    this.choose(id, true);
    return this.panes.get(id);
  }

  // The server tells of the terminal by another way than it answers.
  async told(id) {
    while (!this.open.some((each) => each.id === id)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async run(machine, block) {
    const pane = this.machine === machine && this.panes.get(this.chosen) ? this.panes.get(this.chosen) : await this.go(machine);
    if (!pane) return;
    pane.term.focus();
    await pane.paste(block);
    pane.type("\r");
  }

  leave() {
    this.tabs.querySelector("[aria-selected=true]")?.focus();
  }

  again() {
    for (const pane of this.panes.values()) if (pane.socket.readyState === WebSocket.CLOSED && !pane.closed) pane.connect();
  }

  gone(pane) {
    pane.dispose();
    this.panes.delete(pane.id);
  }
}
