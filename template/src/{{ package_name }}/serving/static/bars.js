// The labels and their bars. They follow the model calmly: neighbours of a frame weigh in, and rows glide.

import { percent } from "./words.js";

const ROWS = 5;
const MEMORY = 140; // ms in which the weight of a frame falls to 37 %
const GLIDE = { duration: 260, easing: "cubic-bezier(.2, .8, .2, 1)" };

const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Bars {
  constructor(list) {
    this.list = list;
    this.clear();
  }

  clear() {
    this.classes = new Map(); // index of a class -> {label, share}
    this.rows = new Map(); // index of a class -> its element
    this.list.replaceChildren();
    this.at = -Infinity;
  }

  /** Take the predictions of a frame and return the best class, `{index, label, share}`. */
  add(predictions, now) {
    const weight = 1 - Math.exp((this.at - now) / MEMORY); // 1 for the first
    this.at = now;
    for (const one of this.classes.values()) one.share *= 1 - weight;
    for (const { index, label, probability } of predictions) {
      const known = this.classes.get(index) ?? { index, label, share: 0 };
      known.share += weight * probability;
      this.classes.set(index, known);
    }
    const ranked = [...this.classes.values()].sort((a, b) => b.share - a.share);
    for (const faint of ranked.slice(ROWS)) if (faint.share < 0.001) this.classes.delete(faint.index);
    this.#show(ranked.slice(0, ROWS));
    return ranked[0];
  }

  #show(ranked) {
    const before = new Map([...this.rows].map(([index, row]) => [index, row.offsetTop]));
    for (const [index, row] of this.rows) {
      if (ranked.some((one) => one.index === index)) continue;
      row.remove();
      this.rows.delete(index);
    }
    ranked.forEach((one, rank) => {
      const row = this.rows.get(one.index) ?? this.#row(one);
      if (this.list.children[rank] !== row) this.list.insertBefore(row, this.list.children[rank] ?? null);
      row.querySelector(".percent").textContent = percent(one.share);
      row.querySelector(".fill").style.transform = `scaleX(${Math.min(1, one.share).toFixed(4)})`;
    });
    if (still.matches) return;
    for (const [index, row] of this.rows) {
      if (!before.has(index)) row.animate([{ opacity: 0 }, { opacity: 1 }], GLIDE);
      const moved = (before.get(index) ?? row.offsetTop) - row.offsetTop;
      if (moved) row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], GLIDE);
    }
  }

  #row({ index, label }) {
    const row = document.createElement("li");
    for (const name of ["label", "percent", "track"]) {
      const part = document.createElement("span");
      part.className = name;
      row.append(part);
    }
    const name = row.querySelector(".label");
    name.textContent = name.title = label;
    name.dir = "auto"; // Hebrew and Arabic, too
    row.classList.toggle("long", label.replace(/[\u2e80-\uffff]/g, "xx").length > 16); // these are twice as wide
    const fill = document.createElement("span");
    fill.className = "fill";
    row.querySelector(".track").append(fill);
    this.rows.set(index, row);
    return row;
  }
}
