// The live demo: camera frames go to the server, labels come back. Everything the server says is shown as text.

import { Bars } from "./bars.js";
import { isAllowed, listCameras, openCamera } from "./camera.js";
import { Figures, Meter } from "./figures.js";
import { Frames, eachFrame } from "./frames.js";
import { Loop } from "./loop.js";
import { classify, receivePhotos } from "./photos.js";
import { Stream } from "./stream.js";
import { $, askKey, hideCard, mirror, notify, showBest, showCameras, showCard, showLink, showNone } from "./view.js";
import { say, translate } from "./words.js";

translate();
const bars = new Bars($("bars"));
const meter = new Meter();
const figures = new Figures({ fps: $("fps"), total: $("total"), split: $("split"), parts: $("parts") });
const address = new URL("v1/stream", document.baseURI.replace(/^http/, "ws"));
const stream = new Stream(address, { link: linked, hello: greeted, result: received, problem: refused });
const loop = new Loop(stream, new Frames($("video"), $("finder")), {
  sent: () => mirror(loop.counts),
  large: () => notify("notice.large"),
});

let state = "start"; // start, asking, trouble, live, paused, photo
let camera = null; // its MediaStream
let locked = null; // the photo that has no label because the key was not given yet
let turn = 0; // a camera or a photo that comes later wins over one that is still on its way

function become(next) {
  state = next;
  loop.running = state === "live";
  mirror({ state });
  $("pause").textContent = say(state === "paused" ? "button.resume" : "button.pause");
}

// ------------------------------------------------------------------------------------ the connection

function linked(link, { reason, wrong }) {
  mirror({ link });
  showLink(link, reason);
  if (link === "large") notify("notice.large");
  if (link === "key") askKey(wrong ? "wrong" : "key");
}

function greeted(message) {
  if (message.model.sha256 !== loop.hello?.model.sha256) bars.clear(); // its classes are others
  loop.hello = message;
  mirror({ model: message.model.name });
  $("model-name").textContent = message.model.name;
  $("model-version").textContent = message.model.version;
  askKey("");
  if (locked && state === "photo") takePhoto(locked);
  loop.pump();
}

function received(result, roundTrip) {
  if (state === "live") show(result, roundTrip, loop.encode);
  loop.replied();
  mirror(loop.counts);
  if (result.model.sha256 === loop.hello.model.sha256) return;
  stream.close(); // it was reloaded, and the new model may want another size: be greeted anew
  stream.open();
}

/** Show a result; times in ms. */
function show({ predictions, timing }, roundTrip, encode) {
  const now = performance.now();
  meter.add(Meter.split(timing, roundTrip, encode), now);
  figures.show(meter, now);
  showBest(bars.add(predictions, now), now);
  mirror({ top: predictions[0].label, fps: meter.fps.toFixed(1), total: meter.total.toFixed(1) });
  mirror(Object.fromEntries(Object.entries(meter.parts).map(([name, ms]) => [name, ms.toFixed(2)])));
}

function refused({ status, detail }) {
  if (status === 503 || status === 429) {
    loop.wait();
    notify("notice.busy");
  } else {
    notify(status === 413 ? "notice.large" : "notice.refused", detail);
  }
  loop.replied();
}

// ------------------------------------------------------------------------------------ the camera

async function startCamera(id) {
  const mine = (turn += 1);
  stopCamera(); // a phone opens one at a time
  become("asking");
  if (navigator.mediaDevices && !(await isAllowed())) showCard("asking");
  let opened;
  try {
    opened = await openCamera(id);
  } catch (error) {
    if (mine === turn) trouble(error.kind, error.kind === "failed" ? error.message : "");
    return;
  }
  if (mine !== turn) return opened.getTracks().forEach((track) => track.stop());
  camera = opened;
  const [track] = camera.getVideoTracks();
  track.addEventListener("ended", () => camera && state !== "photo" && trouble("ended"));
  const { facingMode, deviceId } = track.getSettings();
  $("video").classList.toggle("mirrored", facingMode === "user");
  $("video").srcObject = camera;
  look("live");
  showCameras(await listCameras(), deviceId);
}

/** Begin anew with another picture. */
function look(next) {
  const wasInCard = $("card").contains(document.activeElement);
  hideCard();
  bars.clear();
  meter.reset();
  showNone("waiting");
  become(next);
  if (wasInCard && !document.body.dataset.card) $(next === "live" ? "pause" : "back").focus();
}

function stopCamera() {
  const old = camera;
  camera = null;
  old?.getTracks().forEach((track) => track.stop());
}

function trouble(kind, detail) {
  stopCamera();
  $("video").srcObject = null;
  become("trouble");
  mirror({ trouble: kind });
  showCard(kind, { button: kind === "insecure" ? "" : "again", detail, photo: true });
}

function pause() {
  become("paused");
  $("video").pause();
  showNone("paused");
}

function resume() {
  become("live");
  $("video").play();
}

// ------------------------------------------------------------------------------------ photos

async function takePhoto(file) {
  const mine = (turn += 1);
  stopCamera();
  $("video").srcObject = null;
  URL.revokeObjectURL($("photo").src);
  $("photo").src = URL.createObjectURL(file);
  $("photo").alt = say("picture.photo", { name: file.name });
  locked = null;
  look("photo");
  const startedAt = performance.now();
  let words = "";
  let detail = "";
  try {
    const result = await classify(file, stream.key);
    if (mine === turn) show(result, performance.now() - startedAt, 0);
  } catch (error) {
    ({ words, message: detail } = error);
    if (!words) throw error;
  }
  if (!words || mine !== turn) return;
  if (words === "notice.photo.key") locked = file;
  mirror({ trouble: words });
  showCard("photo", { text: say(words), detail, photo: true });
}

$("photo").addEventListener("load", ({ target }) => {
  target.style.setProperty("--ratio", target.naturalWidth / target.naturalHeight);
});

// ------------------------------------------------------------------------------------ the person

$("start").addEventListener("click", () => startCamera());
$("back").addEventListener("click", () => startCamera());
$("cameras").addEventListener("change", () => startCamera($("cameras").value));
$("pause").addEventListener("click", () => (state === "paused" ? resume() : pause()));
$("reconnect").addEventListener("click", () => stream.open());
for (const id of ["choose", "choose-too"]) $(id).addEventListener("click", () => $("file").click());
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  stream.sendKey($("key-input").value);
  $("key-input").value = "";
});
receivePhotos($("file"), takePhoto);
eachFrame($("video"), () => loop.arrived());
addEventListener("online", () => document.hidden || stream.open());

document.addEventListener("visibilitychange", () => {
  camera?.getTracks().forEach((track) => (track.enabled = !document.hidden)); // its light goes out
  document.hidden ? stream.close() : stream.open();
});

stream.open();
showCard("start", { button: "start", photo: true });
const unasked = !navigator.mediaDevices || (await isAllowed()); // or there is nothing to ask for
if (unasked && state === "start") startCamera();
