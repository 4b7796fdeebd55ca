// The WebSocket to the server, opened again with growing pauses when it breaks.

const FIRST_MS = 500;
const LONGEST_MS = 8000;
const SILENT_MS = 25000; // a network may die without a word: the server says «alive» every 10 s
const MOST_WAITING = 64000; // bytes: two seconds of audio that the network did not take

export class Connection {
  // `handlers`: open(ready), once somebody is logged in; message(object), audio(turn, last, Int16Array), away(), refused(code)
  // `localStorage.locked` says that the server has yet to hear of the lock button.
  constructor(token, handlers) {
    this.token = token;
    this.handlers = handlers;
    this.pause = FIRST_MS;
    this.closed = false;
    this.leaving = false;
    this.silence = null;
    this.met = false; // whether it ever was ready
    this.number = 0;
    this.open();
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/bedside`);
    this.socket = socket;
    this.ready = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.saidLocked = localStorage.getItem("locked") !== null;
      socket.send(JSON.stringify({ type: "hello", token: this.token, locked: this.saidLocked }));
    };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code }) => this.lost(code);
    this.awaitSign();
  }

  awaitSign() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(0), SILENT_MS);
  }

  // Nothing that this socket still does counts.
  drop() {
    clearTimeout(this.silence);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
  }

  receive(data) {
    this.awaitSign();
    if (typeof data !== "string") {
      const view = new DataView(data);
      this.handlers.audio?.(view.getUint32(0, true), view.getUint32(4, true), new Int16Array(data, 8));
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "ready" || message.type === "login") {
      this.ready = true;
      if (!this.met) this.number = 0;
      this.met = true;
      this.pause = FIRST_MS;
    }
    const { type, reason } = message;
    const over = type === "login" || (type === "ready" && this.saidLocked) || (type === "clear" && reason === "locked");
    if (over) localStorage.removeItem("locked");
    if (this.leaving) {
      if (over) this.close();
      else if (type === "ready") this.send({ type: "lock" });
    } else if (type === "ready") {
      this.handlers.open(message);
    } else {
      this.handlers.message(message);
    }
  }

  // Ends the session for the server too, now or as soon as it can be reached, and then the
  // connection; the page hears no more of it.
  lock() {
    localStorage.setItem("locked", "yes");
    this.leaving = true;
    this.handlers = {};
    this.send({ type: "lock" });
  }

  lost(code) {
    this.ready = false;
    this.number = 0;
    this.drop();
    if (this.closed) return;
    if ([1008, 4400, 4401, 4409].includes(code)) {
      this.closed = true;
      this.handlers.refused?.(code);
      return;
    }
    this.handlers.away?.();
    setTimeout(() => !this.closed && this.open(), this.pause * (0.75 + 0.5 * Math.random()));
    this.pause = Math.min(LONGEST_MS, this.pause * 2);
  }

  send(message) {
    if (this.ready) this.socket.send(JSON.stringify(message));
  }

  // A frame that can't go out in time is dropped, as are those during a break; its number is
  // missing, and the server answers nothing that was said into the gap.
  frame(pcm) {
    const number = this.number;
    this.number += 1;
    if (!this.ready || this.socket.bufferedAmount > MOST_WAITING) return;
    const message = new Uint8Array(4 + pcm.byteLength);
    new DataView(message.buffer).setUint32(0, number, true);
    message.set(new Uint8Array(pcm), 4);
    this.socket.send(message);
  }

  close() {
    this.closed = true;
    this.drop();
  }
}
