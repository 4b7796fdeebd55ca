// The microphone as frames of 16 kHz PCM. The browser cancels the echo of our own voice.

export class Microphone {
  constructor(context, onFrame, onLost) {
    this.context = context;
    this.onFrame = onFrame;
    this.onLost = onLost;
    this.stream = null;
  }

  // Throws what getUserMedia throws: NotAllowedError, NotFoundError, …
  async open() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    this.stream.getAudioTracks()[0].addEventListener("ended", () => this.onLost());
    await this.context.audioWorklet.addModule("/static/worklet.js");
    this.source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "microphone");
    this.node.port.onmessage = ({ data }) => this.onFrame(data);
    // the node gives silence; it runs only while it leads somewhere
    this.source.connect(this.node).connect(this.context.destination);
  }

  enable(on) {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = on;
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.source?.disconnect();
    this.node?.disconnect();
    this.stream = null;
  }
}
