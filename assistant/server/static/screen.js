// What is on the screen, and nothing else: no sound, no network.

import { WORDS } from "./words.js";

const element = (id) => document.getElementById(id);
const SHORT = 80;
const MIDDLING = 220;

export class Screen {
  constructor(onTap) {
    this.onTap = onTap;
    this.turns = [];
    this.state = "waiting";
    this.curtain = null;
    this.patient = null;
    this.byButton = false;
    this.byPin = false; // no voice is checked here
    this.wakeWord = null;
    this.language = localStorage.getItem("language") === "en" ? "en" : "ru";
    this.theme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    this.translate();
  }

  get words() {
    return WORDS[this.language];
  }

  switchLanguage() {
    this.language = this.language === "ru" ? "en" : "ru";
    localStorage.setItem("language", this.language);
    this.translate();
  }

  switchTheme() {
    this.theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    localStorage.setItem("theme", document.documentElement.dataset.theme);
  }

  theme(name) {
    document.documentElement.dataset.theme = name;
  }

  translate() {
    const { words } = this;
    document.documentElement.lang = this.language;
    document.title = words.title;
    for (const one of document.querySelectorAll("[data-word]")) one.textContent = words[one.dataset.word];
    for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", words[one.dataset.label]);
    const button = element("language-button");
    button.lang = this.language === "ru" ? "en" : "ru";
    button.textContent = words.other;
    this.shield(this.state);
    if (this.curtain) this.draw(this.curtain);
    if (this.patient) this.banner(this.patient);
    this.history(!element("history").hidden);
    this.refreshIdle();
  }

  // The whole screen is one message with at most one button; null shows the bedside.
  draw(name) {
    const lifted = name === null && this.curtain !== null;
    this.curtain = name;
    element("bedside").hidden = name !== null;
    element("curtain").hidden = name === null;
    if (lifted) focus("answer");
    if (name === null) return;
    const [title, text, button] = this.words[name];
    element("curtain-title").textContent = title;
    element("curtain-text").textContent = text;
    element("curtain-button").textContent = button;
    element("curtain-button").hidden = button === "";
    element("login").hidden = name !== "pin";
    element("reading").hidden = name !== "reading";
    focus(name === "pin" ? "pin" : button === "" ? "curtain-title" : "curtain-button");
  }

  // One step of the log-in. The server's sentences are always Russian.
  login({ stage, member, fault, prompt, said }) {
    const curtain = stage === "pin" ? "pin" : "reading";
    if (this.curtain !== curtain) this.draw(curtain);
    element("curtain-text").textContent = member;
    element("pin").value = "";
    element("pin-fault").textContent = fault ?? "";
    element("reading-said").textContent = said ?? "";
    element("reading-prompt").textContent = prompt ?? "";
  }

  shield(state) {
    this.state = state;
    const colour = { good: "good", bad: "bad", deaf: "bad" }[state] ?? "waiting";
    element("shield").dataset.state = colour;
    element("shield").dataset.live = String(state === "listening" || state === "thinking");
    element("shield-text").textContent = (this.byPin && this.words.byPin[state]) || this.words[state];
  }

  // Whose tablet it is, and whom the shield is about; "" for nobody.
  member(name) {
    element("member").hidden = name === "";
    element("member-name").textContent = name;
  }

  link(text) {
    element("link").textContent = text;
    element("link").lang = this.language;
  }

  // In the page's own words.
  notice(text) {
    element("notice").textContent = text;
    element("notice").lang = this.language;
    element("notice").classList.remove("bad");
  }

  // In the server's, which are always Russian.
  told(text, bad) {
    element("notice").textContent = text;
    element("notice").lang = "ru";
    element("notice").classList.toggle("bad", bad);
  }

  heard(text, partial) {
    element("heard").textContent = text;
    element("heard").classList.toggle("partial", partial);
  }

  forgetPartial() {
    if (element("heard").classList.contains("partial")) this.heard("", false);
  }

  banner(patient) {
    this.patient = patient;
    element("patient").hidden = patient === null;
    element("patient-name").textContent = patient?.name ?? "";
    element("patient-facts").textContent = patient
      ? `${this.words.born} ${patient.born} · ${this.words.card} ${patient.card}`
      : "";
  }

  answer({ turn, answer, choices, patient, heard, allowed, speaker }) {
    this.heard(heard, false);
    this.notice("");
    if (speaker === "accept") {
      this.banner(patient);
      element("history-button").disabled = false;
    }
    this.say(answer.headline, answer.items.length > 0, !allowed);
    const within = element("answer-area").contains(document.activeElement);
    const tappable = new Map(choices.map((choice, number) => [choice.item, number]));
    element("items").hidden = answer.items.length === 0;
    element("items").replaceChildren(
      ...answer.items.map((text, item) => {
        const line = document.createElement("li");
        const number = tappable.get(item);
        line.append(number === undefined ? span(text) : this.button(text, turn, number));
        return line;
      }),
    );
    const beside = choices.map((choice, number) => ({ ...choice, number })).filter(({ item }) => item === null);
    element("choices").hidden = beside.length === 0;
    element("choices").replaceChildren(...beside.map(({ label, number }) => this.button(label, turn, number)));
    if (within) focus("answer"); // what was tapped is gone
    if (allowed && heard) {
      this.turns.push({ at: new Date(), heard, text: answer.text });
      this.history(!element("history").hidden);
    }
  }

  button(text, turn, choice) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(span(text));
    button.addEventListener("click", () => this.onTap(turn, choice));
    return button;
  }

  // The shorter, the larger; above a list a size smaller.
  say(text, listed, refused) {
    const place = element("answer");
    place.textContent = text;
    const size = text.length <= SHORT ? 0 : text.length <= MIDDLING ? 1 : 2;
    place.className = ["short", "middling", "long", "longest"][size + (listed ? 1 : 0)];
    place.classList.toggle("refused", refused);
    scrollTo(0, 0);
  }

  idle() {
    const { words, wakeWord } = this;
    const woken = wakeWord ? words.idleWake.replace("…", wakeWord) : words.idle;
    element("answer").textContent = this.byButton ? words.idleButton : woken;
    element("answer").className = "idle";
  }

  refreshIdle() {
    if (element("answer").classList.contains("idle")) this.idle();
  }

  // Whether anything said or answered is to be seen, or in the page's memory.
  get shows() {
    return !element("answer").classList.contains("idle") || element("heard").textContent !== "" || this.turns.length > 0;
  }

  // Nothing about a patient stays to be seen, or in the page's memory when `forget`. The history
  // opens again with the next accepted voice.
  clear(text, forget) {
    element("history-button").disabled = true;
    const within = element("answer-area").contains(document.activeElement);
    this.heard("", false);
    this.banner(null);
    element("items").replaceChildren();
    element("items").hidden = true;
    element("choices").replaceChildren();
    element("choices").hidden = true;
    if (within) focus("answer");
    if (forget) this.turns = [];
    this.history(false);
    this.idle();
    this.notice(text);
  }

  history(open) {
    element("history").hidden = !open;
    element("history-button").setAttribute("aria-expanded", String(open));
    element("bedside").classList.toggle("with-history", open);
    const turns = open ? [...this.turns].reverse() : [];
    element("turns").replaceChildren(...turns.map((turn) => entry(turn, this.language)));
    if (open && turns.length === 0) element("turns").append(item(this.words.historyEmpty));
  }
}

function focus(id) {
  element(id).focus({ preventScroll: true });
}

function span(text) {
  const place = document.createElement("span");
  place.textContent = text;
  return place;
}

function item(text) {
  const place = document.createElement("li");
  place.textContent = text;
  return place;
}

function entry({ at, heard, text }, language) {
  const place = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  const asked = document.createElement("p");
  asked.className = "heard";
  asked.textContent = heard;
  const said = document.createElement("p");
  said.textContent = text;
  asked.lang = said.lang = "ru";
  place.append(time, asked, said);
  return place;
}
