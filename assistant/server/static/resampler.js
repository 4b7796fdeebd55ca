// From the microphone's rate to 16 kHz: a windowed sinc, evaluated where each new sample lies.

const RATE = 16000;
const ZEROS = 16; // zero crossings of the sinc on each side
const PHASES = 128; // steps between two input samples for which the filter is computed once

export class Resampler {
  constructor(rate) {
    this.step = rate / RATE;
    const cutoff = Math.min(1, RATE / rate) * 0.95; // of the lower Nyquist frequency
    this.half = Math.ceil(ZEROS / cutoff);
    this.taps = 2 * this.half;
    this.filters = Array.from({ length: PHASES }, (_, phase) => this.filter(phase / PHASES, cutoff));
    this.held = new Float32Array(this.taps); // the newest input that is still needed
    this.position = this.half; // of the next output, in samples of `held`
  }

  filter(offset, cutoff) {
    const filter = new Float32Array(this.taps);
    let sum = 0;
    for (let i = 0; i < this.taps; i += 1) {
      const x = i - this.half + 1 - offset;
      const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
      const window = Math.abs(x) >= this.half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / this.half);
      filter[i] = sinc * window;
      sum += filter[i];
    }
    return filter.map((tap) => tap / sum);
  }

  // Takes input of any length, gives what can be computed of it at 16 kHz.
  push(input) {
    const all = new Float32Array(this.held.length + input.length);
    all.set(this.held);
    all.set(input, this.held.length);
    const output = [];
    while (Math.floor(this.position) + this.half < all.length) {
      const whole = Math.floor(this.position);
      const filter = this.filters[Math.floor((this.position - whole) * PHASES)];
      const start = whole - this.half + 1;
      let sum = 0;
      for (let i = 0; i < this.taps; i += 1) sum += filter[i] * all[start + i];
      output.push(sum);
      this.position += this.step;
    }
    const first = Math.max(0, Math.floor(this.position) - this.half + 1);
    this.held = all.slice(first);
    this.position -= first;
    return output;
  }
}
