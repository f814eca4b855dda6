// Photos where there is no camera: picker, drop and paste, and the request that classifies one.

const PATIENCE = 30_000; // ms
const ENOUGH = 1024; // pixels of a photo's shorter side, where all of it is too much

const REASONS = { 401: "key", 403: "key", 415: "kind", 422: "kind", 429: "busy", 503: "busy" };

/** Why a photo has no label: `words` is a key of words.js, `message` the server's own detail. */
export class NoLabel extends Error {
  constructor(words, message = "") {
    super(message);
    this.words = words;
  }
}

/** Return a smaller JPEG of an image file, or null if the browser can't read it. */
async function smaller(file) {
  const picture = await createImageBitmap(file).catch(() => null); // upright, as its EXIF says
  if (!picture) return null;
  const scale = Math.min(1, ENOUGH / Math.min(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

/**
 * Return the server's answer about an image file; what is too large for it is sent again, smaller.
 * @throws {NoLabel}
 */
export async function classify(file, key, again = true) {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  if (key) headers["X-API-Key"] = key;
  const signal = AbortSignal.timeout(PATIENCE);
  let response;
  try {
    response = await fetch("v1/classify?top_k=5", { method: "POST", body: file, headers, signal });
  } catch (error) {
    throw new NoLabel(`notice.photo.${error.name === "TimeoutError" ? "late" : "lost"}`);
  }
  if (response.ok) return response.json();
  const less = response.status === 413 && again ? await smaller(file) : null;
  if (less) return classify(less, key, false);
  const problem = await response.json().catch(() => ({}));
  const words = response.status === 413 ? "notice.large" : `notice.photo.${REASONS[response.status] ?? "failed"}`;
  throw new NoLabel(words, problem.detail ?? problem.title);
}

/** Call `take` with each file that a person picks, drops or pastes; the body's class `dropping` shows a drag. */
export function receivePhotos(picker, take) {
  const first = (files) => {
    const all = [...files];
    const file = all.find((one) => one.type.startsWith("image/")) ?? all[0];
    if (file) take(file);
  };
  picker.addEventListener("change", () => {
    first(picker.files);
    picker.value = ""; // so that the same file can be picked again
  });
  addEventListener("paste", (event) => first(event.clipboardData?.files ?? []));
  const dragsFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!dragsFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping"); // it left the window
  });
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!dragsFiles(event)) return;
    event.preventDefault();
    first(event.dataTransfer.files);
  });
}
