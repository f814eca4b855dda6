// The WebSocket: hello, key, one frame in flight, and reconnects with backoff and jitter.

const FIRST_WAIT = 500; // ms before the first new try; it doubles up to the longest
const LONGEST_WAIT = 15_000;
const REPLY_WAIT = 10_000; // a server that is silent for so long is lost
const STEADY = 5_000; // a connection that lasted so long resets the backoff

const CLOSED = { 1001: "leaving", 1009: "large", 1013: "busy" }; // other codes: lost

export class Stream {
  /**
   * @param on.link    (link, {reason, wrong}): connecting, open, key, lost, leaving, busy or refused
   * @param on.hello   (hello)
   * @param on.result  (result, roundTrip) in ms
   * @param on.problem (problem): an RFC 9457 object, for a frame that was refused
   */
  constructor(address, on) {
    this.address = address;
    this.on = on;
    this.link = "closed";
    this.key = null; // in memory only
    this.inFlight = false;
    this.tries = 0;
    this.socket = null;
  }

  get ready() {
    return this.link === "open" && !this.inFlight;
  }

  open() {
    if (this.socket) return;
    clearTimeout(this.timer);
    if (!this.tries) this.#say("connecting");
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.openedAt = performance.now();
    socket.onmessage = ({ data }) => this.socket === socket && this.#read(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.socket === socket && this.#closed(code, reason);
  }

  /** Close for good: nothing reconnects until `open`. */
  close() {
    this.#drop();
    clearTimeout(this.timer);
    this.#say("closed");
  }

  sendKey(key) {
    this.key = key;
    if (this.socket) this.#sendKey();
    else this.open(); // a server that waits for a key in vain has closed
  }

  send(frame) {
    this.inFlight = true;
    this.sentAt = performance.now();
    this.silence = setTimeout(() => this.#closed(0, ""), REPLY_WAIT);
    this.socket.send(frame);
  }

  #sendKey() {
    this.keySent = true;
    this.socket.send(JSON.stringify({ type: "key", key: this.key }));
  }

  #read(message) {
    if (message.type === "hello") {
      this.keySent = false;
      this.#say("open");
      this.on.hello(message);
    } else if (message.type === "key_required") {
      if (this.key === null) this.#say("key", { wrong: false });
      else this.#sendKey();
    } else {
      clearTimeout(this.silence);
      this.inFlight = false;
      const roundTrip = performance.now() - this.sentAt;
      if (message.type === "result") this.on.result(message, roundTrip);
      else this.on.problem(message.problem);
    }
  }

  #closed(code, reason) {
    const wrong = this.keySent && code === 1008;
    this.#drop();
    if (wrong) {
      this.key = null;
      return this.#say("key", { wrong });
    }
    if (this.link === "key" && this.key === null) return; // a person is typing: there is time
    const steady = performance.now() - this.openedAt > STEADY;
    if (steady) this.tries = 0;
    if (code === 1008 && steady) return this.open(); // a server closes what was idle for too long
    if (code === 1008) return this.#say("refused", { reason });
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries);
    this.tries += 1;
    this.timer = setTimeout(() => this.open(), wait * (0.5 + Math.random() / 2));
    this.#say(CLOSED[code] ?? "lost", { reason });
  }

  #drop() {
    clearTimeout(this.silence);
    this.inFlight = false;
    this.keySent = false;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  #say(link, more = {}) {
    this.link = link;
    this.on.link(link, more);
  }
}
