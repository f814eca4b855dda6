// Frames a second, and where the milliseconds go.

import { milliseconds, say } from "./words.js";

export const PARTS = ["encode", "network", "queue", "decode", "inference"];

const WINDOW = 2_000; // ms over which frames are counted
const WEIGHT = 0.1; // of the newest frame in the figures shown, so that they can be read
const SHOWN = 400; // ms between changes of the text

export class Meter {
  constructor() {
    this.reset();
  }

  reset() {
    this.replies = [];
    this.parts = null;
    this.shownAt = -Infinity;
  }

  /** Return how a frame's time (ms) splits; what neither side counted is the network. */
  static split({ queue_ms, decode_ms, inference_ms }, roundTrip, encode) {
    const network = Math.max(0, roundTrip - queue_ms - decode_ms - inference_ms);
    return { encode, network, queue: queue_ms, decode: decode_ms, inference: inference_ms };
  }

  add(parts, now) {
    this.replies.push(now);
    while (this.replies[0] < now - WINDOW) this.replies.shift();
    this.parts ??= { ...parts };
    for (const name of PARTS) this.parts[name] += WEIGHT * (parts[name] - this.parts[name]);
  }

  get fps() {
    const span = this.replies.at(-1) - this.replies[0];
    return span > 0 ? ((this.replies.length - 1) * 1000) / span : 0;
  }

  get total() {
    return PARTS.reduce((sum, name) => sum + this.parts[name], 0);
  }
}

/** The elements that show a Meter: two large figures, one bar in parts, and its legend. */
export class Figures {
  constructor({ fps, total, split, parts }) {
    Object.assign(this, { fps, total });
    this.shares = PARTS.map((name) => {
      const share = document.createElement("span");
      share.className = name;
      split.append(share);
      return share;
    });
    this.values = PARTS.map((name) => {
      const group = document.createElement("div");
      const term = document.createElement("dt");
      const value = document.createElement("dd");
      group.className = term.className = name;
      term.textContent = say(`part.${name}`);
      group.append(term, value);
      parts.append(group);
      return value;
    });
  }

  show(meter, now) {
    if (now - meter.shownAt < SHOWN) return;
    meter.shownAt = now;
    this.fps.textContent = meter.fps.toFixed(0);
    this.total.textContent = milliseconds(meter.total);
    PARTS.forEach((name, index) => {
      this.shares[index].style.flexGrow = meter.parts[name];
      this.values[index].textContent = say("part.ms", { number: milliseconds(meter.parts[name]) });
    });
  }
}
