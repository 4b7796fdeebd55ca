// In the audio thread: resamples the microphone and hands out frames of 32 ms as 16-bit PCM.

import { Resampler } from "./resampler.js";

const FRAME = 512;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }

  process([input]) {
    if (input.length === 0) return true;
    for (const sample of this.resampler.push(input[0])) {
      this.frame[this.filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
      this.filled += 1;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
        this.frame = new Int16Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
