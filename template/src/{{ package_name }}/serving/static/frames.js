// From video to JPEG: the square that the finder shows, as small as the model takes it.

const QUALITY = 0.8;

/** Call `each` for every new frame of a video. */
export function eachFrame(video, each) {
  if ("requestVideoFrameCallback" in video) {
    const next = () => {
      each();
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    return;
  }
  let seen = -1;
  const next = () => {
    if (video.currentTime !== seen) {
      seen = video.currentTime;
      each();
    }
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}

/**
 * Return the square of the video, in its own pixels, of which the server's centre crop is the finder.
 * The video fills its element (`object-fit: cover`), mirrored or not.
 */
export function square(video, finder, crop) {
  const box = video.getBoundingClientRect();
  const seen = finder.getBoundingClientRect();
  const { videoWidth: width, videoHeight: height } = video;
  const scale = Math.max(box.width / width, box.height / height);
  const right = seen.x + seen.width / 2 - (box.x + box.width / 2); // from centre to centre
  const down = seen.y + seen.height / 2 - (box.y + box.height / 2);
  const side = seen.width / crop / scale;
  return {
    x: width / 2 + ((video.classList.contains("mirrored") ? -1 : 1) * right) / scale - side / 2,
    y: height / 2 + down / scale - side / 2,
    side,
  };
}

export class Frames {
  constructor(video, finder) {
    this.video = video;
    this.finder = finder;
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
  }

  /** Return a JPEG of the frame that the video shows now, `inputSize / crop` pixels square or less. */
  grab(inputSize, crop) {
    const { x, y, side } = square(this.video, this.finder, crop);
    const size = Math.round(Math.min(inputSize / crop, side));
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    // What lies outside the video stays black; the server crops it away.
    this.context.drawImage(this.video, x, y, side, side, 0, 0, size, size);
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }
}
