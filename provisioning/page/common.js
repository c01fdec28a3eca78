// What the learner's page and the instructor's have in common.
const texts = JSON.parse(document.body.dataset.texts);

export function t(text, ...words) {
  return words.reduce((told, word) => told.replace("{}", () => word), texts[text] ?? text);
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// What is written anew without need is read out anew.
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// Ask the server. Return what it answers; null if it refuses, which is told by `refused`, or does not answer.
export async function request(path, told, method, refused, lost) {
  try {
    const answer = await fetch(path, { method, body: JSON.stringify(told), headers: { "Content-Type": "application/json" } });
    const said = await answer.json();
    if (!answer.ok) refused(said.what, said.cure);
    return answer.ok ? said : null;
  } catch {
    lost(true);
    return null;
  }
}

export function socketAddress(path) {
  return `${location.origin.replace(/^http/, "ws")}${path}`;
}

// A question before what cannot be taken back.
export function confirmed(question, block = "", yes = t("Go on")) {
  const dialog = one("#ask");
  one("#question", dialog).textContent = question;
  const pre = one("pre", dialog);
  pre.hidden = !block;
  pre.textContent = block;
  one("[value=yes]", dialog).textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  one("[value=no]", dialog).focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

for (const button of all("#ask button")) button.addEventListener("click", () => one("#ask").close(button.value));
