// Plays answers clause by clause, without a gap, and falls silent at once.

const RATE = 16000;
const LOW = 0.1; // −20 dB: what is left of our voice while somebody speaks

export class Loudspeaker {
  constructor(context, onPlaying) {
    this.context = context;
    this.onPlaying = onPlaying;
    this.gain = context.createGain();
    this.gain.connect(context.destination);
    this.sources = new Set();
    this.turn = 0;
    this.silenced = 0;
    this.until = 0;
  }

  get playing() {
    return this.sources.size > 0;
  }

  add(turn, pcm) {
    if (turn <= this.silenced || turn < this.turn || pcm.length === 0) return;
    if (turn > this.turn) this.stop();
    this.turn = turn;
    const buffer = this.context.createBuffer(1, pcm.length, RATE);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < pcm.length; i += 1) samples[i] = pcm[i] / 32768;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    this.until = Math.max(this.until, this.context.currentTime + 0.02);
    source.start(this.until);
    this.until += buffer.duration;
    const first = this.sources.size === 0;
    this.sources.add(source);
    source.onended = () => {
      if (this.sources.delete(source) && !this.playing) this.onPlaying(false);
    };
    if (first) {
      this.lower(false);
      this.onPlaying(true);
    }
  }

  // A new connection counts its turns from one again.
  reset() {
    this.stop();
    this.turn = 0;
    this.silenced = 0;
  }

  // Quiet while somebody speaks; full again if it was not for us.
  lower(on) {
    this.gain.gain.setTargetAtTime(on ? LOW : 1, this.context.currentTime, 0.01);
  }

  stop() {
    this.silenced = this.turn;
    this.until = 0;
    if (!this.playing) return;
    for (const source of this.sources) source.stop();
    this.sources.clear();
    this.onPlaying(false);
  }
}
