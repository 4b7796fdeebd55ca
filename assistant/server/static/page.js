// Joins microphone, loudspeaker, connection and screen.

import { Connection } from "./connection.js";
import { Loudspeaker } from "./loudspeaker.js";
import { Microphone } from "./microphone.js";
import { Screen } from "./screen.js";

// Nobody but the page can take an answer back while the server is away, or has forgotten whose it is.
const AWAY_MS = 30000;
const ANSWER_MS = 5 * 60000; // after the last accepted voice, as the server does it

const element = (id) => document.getElementById(id);
const screen = new Screen((turn, choice) => connection?.send({ type: "tap", turn, choice }));
let context = null;
let microphone = null;
let loudspeaker = null;
let connection = null;
let leaving = null; // the connection that tells the server of the lock button
let muted = false;
let held = false;
let awayTimer = null;
let answerTimer = null;
let verdict = "waiting";
let login = null; // the step of the log-in: "pin", "read", or null after it

// A link from `assistant tablet pair` brings the token once; it leaves the address at once.
if (location.hash.length > 1) {
  localStorage.setItem("token", location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

// A tablet that goes to sleep hears nothing. Browsers that can't promise that say no.
function stayAwake() {
  if (microphone && document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
}

async function start() {
  if (!window.isSecureContext) return screen.draw("insecure");
  context ??= new AudioContext();
  await context.resume();
  loudspeaker ??= new Loudspeaker(context, (on) => {
    element("stop-button").disabled = !on;
    connection?.send({ type: "playing", on });
  });
  if (!(await openMicrophone())) return;
  stayAwake();
  mute(false);
  screen.draw(null);
  screen.clear("", true);
  connect();
}

// False when there is none, and the curtain says why, or when the screen was locked meanwhile.
async function openMicrophone() {
  microphone?.close();
  const opening = new Microphone(context, onFrame, () => stop("missing"), listenOn);
  microphone = opening;
  try {
    await opening.open();
  } catch (error) {
    if (microphone === opening) stop(error.name === "NotAllowedError" ? "denied" : "missing");
  }
  if (microphone !== opening) {
    opening.close();
    return false;
  }
  opening.enable(!muted || login !== null);
  return true;
}

// The system took the microphone away, or gave it back.
function listenOn() {
  if (microphone?.deaf) connection?.send({ type: "mute" }); // half a sentence counts for nothing
  show(verdict);
}

function connect() {
  leaving?.close();
  leaving = null;
  connection = new Connection(localStorage.getItem("token"), {
    open(ready) {
      login = null;
      screen.draw(null);
      back();
      loudspeaker.reset();
      // the server knows nothing of what stood here before: no tap and no clearing would reach it
      if (screen.shows) screen.clear(screen.words.cleared.away, true);
      screen.wakeWord = ready.wake_word;
      screen.byPin = ready.voice === "none";
      screen.member(ready.member);
      screen.refreshIdle();
      if (held) connection.send({ type: "hold" }); // pressed while the server was away
      microphone.enable(!muted); // it was on for the log-in
      show("waiting");
    },
    message: onMessage,
    audio(turn, last, pcm) {
      loudspeaker.add(turn, pcm);
    },
    away() {
      screen.link(screen.words.away);
      loudspeaker.stop();
      if (login) screen.draw("offline");
      show("waiting");
      awayTimer ??= setTimeout(() => screen.clear(screen.words.cleared.away, true), AWAY_MS);
    },
    refused(code) {
      if (code === 4401) localStorage.removeItem("token");
      stop({ 4401: "unpaired", 4409: "taken" }[code] ?? "broken");
    },
  });
}

function back() {
  clearTimeout(awayTimer);
  awayTimer = null;
  screen.link("");
}

function awaitTimeout() {
  clearTimeout(answerTimer);
  answerTimer = setTimeout(() => {
    if (!screen.shows) return;
    loudspeaker?.stop();
    screen.clear(screen.words.cleared.timeout, true);
    show("waiting");
  }, ANSWER_MS);
}

function stop(curtain) {
  login = null;
  connection?.close();
  connection = null;
  microphone?.close();
  microphone = null;
  loudspeaker?.stop();
  clearTimeout(awayTimer);
  awayTimer = null;
  clearTimeout(answerTimer);
  screen.clear("", true);
  screen.member("");
  screen.link("");
  screen.draw(curtain);
}

function onFrame(pcm) {
  const wanted = login ? login === "read" : !muted && (held || !screen.byButton);
  if (wanted) connection?.frame(pcm);
}

// The shield: the last decision, or what is going on now; before both, that nothing is heard.
function show(state) {
  if (["waiting", "good", "bad", "unsure"].includes(state)) verdict = state;
  const deaf = !muted && Boolean(microphone?.deaf);
  screen.shield(muted ? "off" : deaf ? "deaf" : state);
  element("hear-button").hidden = !deaf;
}

function onMessage(message) {
  switch (message.type) {
    case "speech":
      loudspeaker.pause();
      show("listening");
      break;
    case "partial":
      screen.heard(message.text, true);
      break;
    case "thinking":
      show("thinking");
      break;
    case "ignored":
      loudspeaker.resume();
      screen.forgetPartial();
      show(message.refused ? "bad" : verdict);
      break;
    case "called":
      show("listening");
      break;
    case "nothing":
      loudspeaker.resume();
      show(verdict);
      screen.told(message.text, false);
      break;
    case "silence":
      loudspeaker.stop();
      break;
    case "clear":
      loudspeaker.stop();
      screen.clear(screen.words.cleared[message.reason], message.reason !== "speaker_lost");
      show("waiting");
      break;
    case "login":
      onLogin(message);
      break;
    case "answer":
      onAnswer(message);
      break;
    case "voice_failed":
      screen.notice(screen.words.voiceFailed);
      break;
    case "failed":
      loudspeaker.resume();
      show(verdict);
      screen.told(message.text, true);
      break;
  }
}

// Nobody is logged in: what was on the screen is gone, and nothing is heard before the right PIN.
function onLogin(message) {
  if (login === null) {
    hold(false);
    microphone?.enable(true); // for the sentences to read
    screen.clear("", true);
  }
  login = message.stage;
  back();
  screen.login(message);
}

function onAnswer(message) {
  const { speaker, allowed, answer, tapped } = message;
  if (speaker !== null && !(tapped && !allowed)) {
    show({ accept: "good", reject: "bad" }[speaker] ?? "unsure");
  }
  if (!allowed && speaker === "insufficient") {
    // the question goes on: what stands on the screen stays
    loudspeaker.resume();
    screen.heard("", false);
    screen.told(answer.text, true);
    return;
  }
  if (speaker === "accept") awaitTimeout();
  screen.answer(message);
}

function mute(on) {
  muted = on;
  microphone?.enable(!on);
  const button = element("mute-button");
  button.classList.toggle("off", on);
  button.querySelector("span").dataset.word = on ? "unmute" : "mute";
  screen.translate();
  if (on) connection?.send({ type: "mute" });
  show("waiting");
}

function hold(on) {
  if (on === held || (on && muted)) return;
  held = on;
  element("talk-button").setAttribute("aria-pressed", String(on));
  if (on) loudspeaker?.pause();
  connection?.send({ type: on ? "hold" : "release" });
}

function byButton(on) {
  hold(false);
  connection?.send({ type: "mute" });
  screen.byButton = on;
  element("mode-button").setAttribute("aria-pressed", String(on));
  element("talk-button").hidden = !on;
  screen.refreshIdle();
}

document.addEventListener("visibilitychange", stayAwake);
element("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const digits = element("pin").value;
  if (digits) connection?.send({ type: "pin", digits });
  element("pin").value = "";
});
element("keys").addEventListener("click", ({ target }) => {
  const pin = element("pin");
  if (target.id === "pin-erase") pin.value = pin.value.slice(0, -1);
  else if (target.type === "button") pin.value += target.textContent;
});
element("pin").addEventListener("input", ({ target }) => {
  target.value = target.value.replace(/\D/g, "");
});
element("curtain-button").addEventListener("click", () => {
  if (screen.curtain === "broken") location.reload();
  else if (screen.curtain === "reading") stop("start");
  else start();
});
element("history-button").addEventListener("click", () => {
  screen.history(element("history").hidden);
  element("history").scrollIntoView({ block: "nearest" });
});
element("theme-button").addEventListener("click", () => screen.switchTheme());
element("language-button").addEventListener("click", () => screen.switchLanguage());
element("hear-button").addEventListener("click", async () => {
  await context.resume();
  if (!(await openMicrophone())) return;
  listenOn();
  element("mute-button").focus(); // this button is gone
});
element("mute-button").addEventListener("click", () => mute(!muted));
element("mode-button").addEventListener("click", () => byButton(!screen.byButton));
element("stop-button").addEventListener("click", () => {
  connection?.send({ type: "stop" }); // first: that the loudspeaker ends is not having heard all
  loudspeaker.stop();
});
element("lock-button").addEventListener("click", () => {
  leaving = connection;
  connection = null;
  stop("locked");
  leaving.lock();
});

const talk = element("talk-button");
talk.addEventListener("pointerdown", (event) => {
  talk.setPointerCapture(event.pointerId);
  hold(true);
});
for (const end of ["pointerup", "pointercancel"]) talk.addEventListener(end, () => hold(false));
talk.addEventListener("keydown", ({ key }) => (key === " " || key === "Enter") && hold(true));
talk.addEventListener("keyup", () => hold(false));
talk.addEventListener("blur", () => hold(false));

if (localStorage.getItem("locked") && localStorage.getItem("token")) {
  leaving = new Connection(localStorage.getItem("token"), {}); // the page was loaded anew meanwhile
  leaving.lock();
}
byButton(false);
screen.draw(localStorage.getItem("token") ? "start" : "unpaired");
