// All words of the page, in both languages. A test proves that neither lacks one.

export const WORDS = {
  en: {
    "title": "Live demo",
    "picture.camera": "Picture of the camera",
    "picture.photo": "Photo: {name}",

    "button.start": "Start the camera",
    "button.again": "Try again",
    "button.pause": "Pause",
    "button.resume": "Resume",
    "button.camera": "Camera",
    "button.photo": "Photo",
    "button.choose": "Choose a photo",
    "button.key": "Continue",
    "button.reconnect": "Try now",
    "label.cameras": "Camera",
    "label.camera": "Camera {number}",
    "label.key": "API key",
    "hint.photo": "Or drop a photo here, or paste one.",
    "hint.drop": "Drop the photo",

    "card.start.title": "Point a camera at something.",
    "card.start.text": "The model says what it sees, as you see it. Pictures go to this server only.",
    "card.asking.title": "May this page see?",
    "card.asking.text": "Your browser asks whether this page may use the camera. Please allow it.",
    "card.denied.title": "The camera is not allowed.",
    "card.denied.text": "Allow it beside the address of this page, or in the settings of the system, and try again.",
    "card.missing.title": "There is no camera.",
    "card.missing.text": "Plug one in and try again.",
    "card.taken.title": "The camera is in use.",
    "card.taken.text": "Another program or tab holds it. Close that one and try again.",
    "card.insecure.title": "A camera needs a secure page.",
    "card.insecure.text": "Browsers give it to https:// and to localhost only. Photos work here all the same.",
    "card.ended.title": "The camera stopped.",
    "card.ended.text": "It was unplugged, or its permission was withdrawn.",
    "card.failed.title": "The camera does not start.",
    "card.failed.text": "The browser gave this reason:",
    "card.key.title": "This server wants a key.",
    "card.key.text": "It is kept in this page only, and forgotten when you close it.",
    "card.wrong.title": "The server refused this key.",
    "card.wrong.text": "Ask whoever runs the server for the right one.",
    "card.photo.title": "No label for this photo.",

    "link.connecting": "Connecting",
    "link.open": "Connected",
    "link.key": "Key needed",
    "link.lost": "Lost the server. Trying again",
    "link.leaving": "The server is shutting down. Trying again",
    "link.busy": "The server is full. Trying again",
    "link.refused": "The server refused the connection",

    "notice.busy": "The server is busy: frames wait a moment.",
    "notice.refused": "The server refused a frame.",
    "notice.large": "The picture is larger than the server takes.",
    "notice.photo.lost": "The server cannot be reached. Is it still running?",
    "notice.photo.late": "The server did not answer in time.",
    "notice.photo.busy": "The server is busy. Try again in a moment.",
    "notice.photo.key": "The server wants its API key.",
    "notice.photo.kind": "This is no picture that the server can read: take a JPEG, PNG or WebP.",
    "notice.photo.failed": "The server could not classify it.",

    "result.sure": "I see",
    "result.unsure": "Perhaps",
    "result.waiting": "Looking",
    "result.paused": "Paused",
    "result.said": "{label}, {percent}",
    "result.guessed": "Perhaps {label}, {percent}",
    "unit.fps": "frames a second",
    "unit.total": "ms from picture to label",
    "part.encode": "encode",
    "part.network": "network",
    "part.queue": "queue",
    "part.decode": "decode",
    "part.inference": "inference",
    "part.ms": "{number} ms",
  },
  "zh-Hant": {
    "title": "即時展示",
    "picture.camera": "攝影機畫面",
    "picture.photo": "照片：{name}",

    "button.start": "開啟攝影機",
    "button.again": "再試一次",
    "button.pause": "暫停",
    "button.resume": "繼續",
    "button.camera": "攝影機",
    "button.photo": "照片",
    "button.choose": "選擇照片",
    "button.key": "送出",
    "button.reconnect": "立即重試",
    "label.cameras": "攝影機",
    "label.camera": "攝影機 {number}",
    "label.key": "API 金鑰",
    "hint.photo": "也可以把照片拖曳或貼到這裡。",
    "hint.drop": "放開以送出照片",

    "card.start.title": "把鏡頭對準\u200b身邊的東西。",
    "card.start.text": "模型會即時說出它看到什麼。影像只會傳到這部伺服器。",
    "card.asking.title": "可以使用\u200b攝影機嗎？",
    "card.asking.text": "瀏覽器正在詢問是否允許這個頁面使用攝影機，請按「允許」。",
    "card.denied.title": "沒有攝影機的\u200b使用權限。",
    "card.denied.text": "請在網址列旁或系統設定中允許使用，然後再試一次。",
    "card.missing.title": "找不到攝影機。",
    "card.missing.text": "請接上攝影機，然後再試一次。",
    "card.taken.title": "攝影機\u200b正在使用中。",
    "card.taken.text": "其他程式或分頁佔用了攝影機，請先關閉，然後再試一次。",
    "card.insecure.title": "攝影機需要\u200b安全連線。",
    "card.insecure.text": "瀏覽器只允許 https:// 或 localhost 的頁面使用攝影機；照片仍然可以使用。",
    "card.ended.title": "攝影機已停止。",
    "card.ended.text": "攝影機可能被拔除，或是權限被收回。",
    "card.failed.title": "攝影機無法啟動。",
    "card.failed.text": "瀏覽器回報的原因：",
    "card.key.title": "這部伺服器\u200b需要金鑰。",
    "card.key.text": "金鑰只留在這個頁面裡，關閉後就會遺忘。",
    "card.wrong.title": "伺服器不接受\u200b這把金鑰。",
    "card.wrong.text": "請向伺服器的管理者索取正確的金鑰。",
    "card.photo.title": "這張照片\u200b無法辨識。",

    "link.connecting": "連線中",
    "link.open": "已連線",
    "link.key": "需要金鑰",
    "link.lost": "與伺服器失去連線，正在重試",
    "link.leaving": "伺服器正在關閉，稍後重試",
    "link.busy": "伺服器已滿，正在重試",
    "link.refused": "伺服器拒絕連線",

    "notice.busy": "伺服器忙碌中，畫面稍候再送。",
    "notice.refused": "伺服器拒絕了一個畫面。",
    "notice.large": "影像超過伺服器接受的大小。",
    "notice.photo.lost": "無法連上伺服器，它還在執行嗎？",
    "notice.photo.late": "伺服器逾時沒有回應。",
    "notice.photo.busy": "伺服器忙碌中，請稍後再試。",
    "notice.photo.key": "伺服器需要 API 金鑰。",
    "notice.photo.kind": "伺服器無法讀取這個檔案，請選擇 JPEG、PNG 或 WebP 圖片。",
    "notice.photo.failed": "伺服器無法辨識這張照片。",

    "result.sure": "我看到",
    "result.unsure": "也許是",
    "result.waiting": "正在看",
    "result.paused": "已暫停",
    "result.said": "{label}，{percent}",
    "result.guessed": "也許是 {label}，{percent}",
    "unit.fps": "影格／秒",
    "unit.total": "毫秒，從畫面到標籤",
    "part.encode": "編碼",
    "part.network": "網路",
    "part.queue": "排隊",
    "part.decode": "解碼",
    "part.inference": "推論",
    "part.ms": "{number} 毫秒",
  },
};

/** Return the language of WORDS that a reader of these (BCP 47, best first) reads best. */
export function choose(languages) {
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return "zh-Hant"; // readers of Simplified read it sooner than English
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

export const language = choose(navigator.languages);

/** Return the words of a key, with `{name}` replaced by `values.name`. */
export function say(key, values = {}) {
  const words = WORDS[language][key];
  if (words === undefined) throw new Error(`words.js has no ${key}`);
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Put the words where the page's `data-words` and `data-label` say. */
export function translate() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = say(element.dataset.words);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
}

const asPercent = new Intl.NumberFormat(language, { style: "percent" });
const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

export const percent = (share) => asPercent.format(share);
export const milliseconds = (number) => (number < 9.95 ? tenths.format(number) : number.toFixed(0));
