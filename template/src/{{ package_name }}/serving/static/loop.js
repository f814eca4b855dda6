// One frame in flight, and the newest one wins: a camera is faster than a busy server, and nobody wants old labels.

const BUSY_WAIT = 1_000; // ms without frames after the server said that it is busy
const CROP = 0.875; // where the server does not say

export class Loop {
  /** @param on.sent () after a frame went, and on.large () when it is more than the server takes */
  constructor(stream, frames, on) {
    Object.assign(this, { stream, frames, on });
    this.hello = null; // what the server said first
    this.running = false;
    this.encode = 0; // ms that the last frame took to become a JPEG
    this.counts = { sent: 0, replies: 0, skipped: 0 };
    this.encoding = false;
    this.fresh = false; // the camera shows a frame that was not sent
    this.due = 0; // when the server admits the next one
  }

  /** The camera shows a new frame. */
  arrived() {
    if (!this.running) return;
    if (this.fresh) this.counts.skipped += 1; // by this newer one
    this.fresh = true;
    this.pump();
  }

  replied() {
    this.counts.replies += 1;
    this.pump();
  }

  /** The server has no room: wait before the next frame. */
  wait() {
    this.due = performance.now() + BUSY_WAIT;
  }

  get #free() {
    return this.running && this.stream.ready && !this.encoding;
  }

  /** Send what the camera shows now, unless a frame is under way, it was sent before, or it is too early. */
  async pump() {
    const now = performance.now();
    const interval = 1000 / (this.hello?.max_fps ?? 30);
    if (!this.#free || !this.fresh) return;
    if (now < this.due) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.pump(), this.due - now);
      return;
    }
    this.due = Math.max(this.due, now - interval) + interval; // a late frame does not delay the next
    this.fresh = false;
    this.encoding = true;
    const { input_size: size, model, max_bytes: most } = this.hello;
    const frame = await this.frames.grab(size, model.crop ?? CROP);
    this.encoding = false;
    this.encode = performance.now() - now;
    if (!this.#free) return;
    if (frame.size > most) return this.on.large();
    this.counts.sent += 1;
    this.stream.send(frame);
    this.on.sent();
  }
}
