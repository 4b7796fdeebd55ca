// The microphone as frames of 16 kHz PCM. The browser cancels the echo of our own voice.

export class Microphone {
  // `onLost` when it is unplugged; `onChange` when `deaf` may have changed
  constructor(context, onFrame, onLost, onChange) {
    this.context = context;
    this.onFrame = onFrame;
    this.onLost = onLost;
    this.onChange = onChange;
    context.addEventListener("statechange", onChange);
    this.stream = null;
  }

  // Throws what getUserMedia throws: NotAllowedError, NotFoundError, …
  async open() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    const [track] = this.stream.getAudioTracks();
    track.addEventListener("ended", () => this.onLost());
    track.addEventListener("mute", this.onChange);
    track.addEventListener("unmute", this.onChange);
    await this.context.audioWorklet.addModule("/static/worklet.js");
    this.source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "microphone");
    this.node.port.onmessage = ({ data }) => this.onFrame(data);
    // the node gives silence; it runs only while it leads somewhere
    this.source.connect(this.node).connect(this.context.destination);
  }

  // Whether the system gives no sound: during a call, behind another app, by a switch of the tablet.
  get deaf() {
    return this.context.state !== "running" || Boolean(this.stream?.getAudioTracks()[0].muted);
  }

  enable(on) {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = on;
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.context.removeEventListener("statechange", this.onChange);
    this.source?.disconnect();
    this.node?.disconnect();
    this.stream = null;
  }
}
