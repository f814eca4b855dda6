// The camera: opening one, naming them all, and why there is none.

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  NotReadableError: "taken",
  TrackStartError: "taken",
  AbortError: "taken",
};

/** Why there is no camera: `kind` names the words, `message` is the browser's own. */
export class NoCamera extends Error {
  constructor(kind, message = "") {
    super(message);
    this.kind = kind;
  }
}

/**
 * Return a stream of the camera `id`, or of the one that looks away from the person.
 * @throws {NoCamera}
 */
export async function openCamera(id = "") {
  if (!navigator.mediaDevices) throw new NoCamera("insecure");
  const which = id ? { deviceId: { exact: id } } : { facingMode: "environment" };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which } });
  } catch (error) {
    if (id && error.name === "OverconstrainedError") return openCamera(); // it is gone: take another
    throw new NoCamera(REASONS[error.name] ?? "failed", `${error.name}: ${error.message}`);
  }
}

/** Return the cameras as `{id, label}`. Their names are known once one has been allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
  return cameras.map((device) => ({ id: device.deviceId, label: device.label }));
}

/** Return whether the camera starts without a question. */
export async function isAllowed() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false; // a browser that does not tell
  }
}
