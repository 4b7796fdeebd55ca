// Plays answers clause by clause, without a gap; falls silent at once, for a while or for good.

const RATE = 16000;
const LEAD_S = 0.03;
const FADE_S = 0.005; // time constant: without a click, and 26 dB down after 15 ms
const LOW = 0.1; // −20 dB
const BACK = 0.8 * RATE; // after a pause the voice goes back to the quietest moment of so long:
const STEP = 0.02 * RATE; // a gap between two words
// A room that goes on talking must not chop an answer up for ever:
const MOST_PAUSES = 3; // of one answer; from then on speech only lowers it
const LONGEST_PAUSE_MS = 5000; // then it goes on, low, while the speech lasts

export class Loudspeaker {
  constructor(context, onPlaying) {
    this.context = context;
    this.onPlaying = onPlaying;
    this.gain = context.createGain();
    this.gain.connect(context.destination);
    this.pieces = []; // of this answer, in order: what is to be heard and a little of what was
    this.turn = 0;
    this.silenced = 0;
    this.until = 0;
    this.paused = false;
    this.pauses = 0;
    this.timer = null;
  }

  // Whether an answer is sounding, or is paused.
  get playing() {
    return this.pieces.some(({ heard }) => !heard);
  }

  add(turn, pcm) {
    if (turn <= this.silenced || turn < this.turn || pcm.length === 0) return;
    if (turn > this.turn) {
      this.stop();
      this.pauses = 0;
    }
    this.turn = turn;
    const begins = !this.playing;
    const piece = { samples: Float32Array.from(pcm, (one) => one / 32768), heard: false };
    this.pieces.push(piece);
    if (!this.paused) this.schedule(piece);
    if (begins) {
      this.loudness(1);
      this.onPlaying(true);
    }
  }

  // A new connection counts its turns from one again.
  reset() {
    this.stop();
    this.turn = 0;
    this.silenced = 0;
  }

  // Somebody speaks: be silent until it is known whether that was for us.
  pause() {
    if (!this.playing || this.paused) return;
    if (this.pauses === MOST_PAUSES) {
      this.loudness(LOW);
      return;
    }
    this.pauses += 1;
    this.paused = true;
    this.loudness(0);
    const now = this.context.currentTime;
    const samples = new Float32Array(this.pieces.reduce((sum, piece) => sum + piece.samples.length, 0));
    let [length, played] = [0, 0];
    for (const piece of this.pieces) {
      samples.set(piece.samples, length);
      length += piece.samples.length;
      played += piece.heard ? piece.samples.length : Math.max(0, Math.min(piece.samples.length, (now - piece.at) * RATE));
    }
    this.hush(now + 6 * FADE_S);
    const from = gap(samples, Math.floor(played));
    this.pieces = [
      { samples: samples.subarray(0, from), heard: true },
      { samples: samples.subarray(from), heard: false },
    ];
    this.timer = setTimeout(() => {
      this.resume();
      this.loudness(LOW);
    }, LONGEST_PAUSE_MS);
  }

  // It was not: go on from a word or two before the pause.
  resume() {
    clearTimeout(this.timer);
    this.loudness(1);
    if (!this.paused) return;
    this.paused = false;
    for (const piece of this.pieces) if (!piece.heard) this.schedule(piece);
  }

  stop() {
    this.silenced = this.turn;
    clearTimeout(this.timer);
    this.paused = false;
    const sounded = this.playing;
    this.hush();
    this.pieces = [];
    if (sounded) this.onPlaying(false);
  }

  schedule(piece) {
    const buffer = this.context.createBuffer(1, piece.samples.length, RATE);
    buffer.copyToChannel(piece.samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    this.until = Math.max(this.until, this.context.currentTime + LEAD_S);
    source.start(this.until);
    piece.at = this.until;
    piece.source = source;
    this.until += buffer.duration;
    source.onended = () => {
      piece.heard = true;
      while (this.pieces[2]?.heard) this.pieces.shift();
      if (!this.playing) this.onPlaying(false);
    };
  }

  hush(at = 0) {
    for (const { source } of this.pieces) {
      if (!source) continue;
      source.onended = null;
      source.stop(at);
    }
    this.until = 0;
  }

  loudness(gain) {
    this.gain.gain.setTargetAtTime(gain, this.context.currentTime, FADE_S);
  }
}

// Where the quietest moment before `played` begins.
function gap(samples, played) {
  let [from, least] = [0, Infinity];
  for (let at = Math.max(0, played - BACK); at + STEP <= played; at += STEP) {
    const energy = samples.subarray(at, at + STEP).reduce((sum, one) => sum + one * one, 0);
    if (energy <= least) [from, least] = [at, energy];
  }
  return from;
}
