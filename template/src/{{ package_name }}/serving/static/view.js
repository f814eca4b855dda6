// The page's elements, and what it says around the picture: the card, the link, notices and announcements.

import { percent, say } from "./words.js";

const NOTICE = 4_000; // ms that a notice stays
const QUIET = 3_000; // ms between two announcements to a screen reader
const SURE = 0.3; // below it the page says "perhaps"

export const $ = (id) => document.getElementById(id);

/** Mirror values for tests and for styles: `<body data-...>`. */
export const mirror = (values) => Object.assign(document.body.dataset, values);

let card = {}; // what the card says
let keyCard = ""; // "key" or "wrong" while the server wants a key: that comes first

/** Show the card `kind` of words.js, with the main button's words if it has one. */
export function showCard(kind, options) {
  card = { kind, ...options };
  drawCard();
}

export function hideCard() {
  card = {};
  drawCard();
}

/** Ask for the API key over whatever is there: `kind` is "key", "wrong", or "" when it was given. */
export function askKey(kind) {
  if (kind === keyCard) return;
  keyCard = kind;
  drawCard();
}

function drawCard() {
  const { kind, button = "", text, detail = "", photo = false } = keyCard ? { kind: keyCard } : card;
  const changed = document.body.dataset.card !== kind;
  if (!kind) return delete document.body.dataset.card;
  mirror({ card: kind });
  $("card-title").textContent = say(`card.${kind}.title`);
  $("card-text").textContent = text ?? say(`card.${kind}.text`);
  $("card-detail").textContent = detail;
  $("key").hidden = !keyCard;
  $("actions").hidden = !(button || photo);
  $("start").hidden = !button;
  if (button) $("start").textContent = say(`button.${button}`);
  $("choose-too").hidden = $("card-hint").hidden = !photo;
  if (changed && kind !== "start") $(keyCard ? "key-input" : "card-title").focus();
}

/** Say how the connection is; `reason` is the server's. */
export function showLink(link, reason = "") {
  if (link === "closed" || link === "large") return;
  const words = say(`link.${link}`) + (reason && link === "refused" ? `: ${reason}` : "");
  if ($("link-words").textContent !== words) $("link-words").textContent = words; // or each try would be read aloud
  $("reconnect").hidden = !["lost", "leaving", "busy", "refused"].includes(link);
}

/** Offer the cameras, `{id, label}`, if there is a choice. */
export function showCameras(cameras, current) {
  const options = cameras.map(({ id, label }, index) => {
    return new Option(label || say("label.camera", { number: index + 1 }), id, false, id === current);
  });
  $("cameras").replaceChildren(...options);
  $("cameras").hidden = cameras.length < 2;
}

let noticeEnds = 0;

/** Show a notice for a while; `detail` is the server's. The same one again only stays longer. */
export function notify(words, detail = "") {
  const text = [say(words), detail].filter(Boolean).join(" ");
  if ($("notice").textContent !== text) $("notice").textContent = text;
  mirror({ notice: words });
  clearTimeout(noticeEnds);
  noticeEnds = setTimeout(() => {
    $("notice").textContent = "";
    delete document.body.dataset.notice;
  }, NOTICE);
}

let announced = { label: "", at: -Infinity };

/** Show and, when it has changed and was not said just now, announce the best label. */
export function showBest({ label, share }, now) {
  const sure = share >= SURE;
  $("panel").classList.toggle("unsure", !sure);
  const eyebrow = say(sure ? "result.sure" : "result.unsure");
  if ($("eyebrow").textContent !== eyebrow) $("eyebrow").textContent = eyebrow;
  if (label === announced.label || now - announced.at < QUIET) return;
  announced = { label, at: now };
  const words = say(sure ? "result.said" : "result.guessed", { label, percent: percent(share) });
  $("announcer").textContent = words;
}

/** Show that no label is known (`waiting`), or that the last one stays (`paused`). */
export function showNone(why) {
  $("eyebrow").textContent = say(`result.${why}`);
  $("panel").classList.remove("unsure");
  announced = { label: "", at: -Infinity };
}
