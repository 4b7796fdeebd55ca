// Joins microphone, loudspeaker, connection and screen.

import { Connection } from "./connection.js";
import { Loudspeaker } from "./loudspeaker.js";
import { Microphone } from "./microphone.js";
import { Screen } from "./screen.js";

const AWAY_MS = 30000; // without the server nobody can take an answer back: the page does it itself

const element = (id) => document.getElementById(id);
const screen = new Screen((turn, choice) => connection?.send({ type: "tap", turn, choice }));
let context = null;
let microphone = null;
let loudspeaker = null;
let connection = null;
let muted = false;
let held = false;
let awayTimer = null;
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
  try {
    microphone = new Microphone(context, onFrame, () => stop("missing"));
    await microphone.open();
  } catch (error) {
    microphone.close();
    microphone = null;
    return screen.draw(error.name === "NotAllowedError" ? "denied" : "missing");
  }
  stayAwake();
  mute(false);
  screen.draw(null);
  screen.clear("", true);
  screen.shield("waiting");
  connect();
}

function connect() {
  connection = new Connection(localStorage.getItem("token"), {
    open(ready) {
      login = null;
      screen.draw(null);
      back();
      loudspeaker.reset();
      screen.wakeWord = ready.wake_word;
      screen.refreshIdle();
      if (held) connection.send({ type: "hold" }); // pressed while the server was away
      show(muted ? "off" : "waiting");
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

function stop(curtain) {
  login = null;
  connection?.close();
  connection = null;
  microphone?.close();
  microphone = null;
  loudspeaker?.stop();
  clearTimeout(awayTimer);
  awayTimer = null;
  screen.clear("", true);
  screen.link("");
  screen.draw(curtain);
}

function onFrame(pcm) {
  const wanted = login ? login === "read" : !muted && (held || !screen.byButton);
  if (wanted) connection?.frame(pcm);
}

// The shield: the last decision, or what is going on now.
function show(state) {
  if (["waiting", "good", "bad", "unsure", "off"].includes(state)) verdict = state;
  screen.shield(state);
}

function onMessage(message) {
  switch (message.type) {
    case "speech":
      loudspeaker.pause();
      screen.shield("listening");
      break;
    case "partial":
      screen.heard(message.text, true);
      break;
    case "thinking":
      screen.shield("thinking");
      break;
    case "ignored":
      loudspeaker.resume();
      screen.forgetPartial();
      show(message.refused ? "bad" : verdict);
      break;
    case "called":
      screen.shield("listening");
      break;
    case "nothing":
      loudspeaker.resume();
      screen.shield(verdict);
      screen.notice(message.text);
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
      screen.shield(verdict);
      screen.notice(message.text, true);
      break;
  }
}

// Nobody is logged in: what was on the screen is gone, and nothing is heard before the right PIN.
function onLogin(message) {
  if (login === null) {
    hold(false);
    mute(false);
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
    screen.notice(answer.text, true);
    return;
  }
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
  show(on ? "off" : "waiting");
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
element("mute-button").addEventListener("click", () => mute(!muted));
element("mode-button").addEventListener("click", () => byButton(!screen.byButton));
element("stop-button").addEventListener("click", () => {
  connection?.send({ type: "stop" }); // first: that the loudspeaker ends is not having heard all
  loudspeaker.stop();
});
element("lock-button").addEventListener("click", () => {
  connection?.send({ type: "lock" });
  stop("locked");
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

byButton(false);
screen.draw(localStorage.getItem("token") ? "start" : "unpaired");
