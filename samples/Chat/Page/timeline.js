// The messages of the room that is open, as a list that scrolls along while its end is in sight.

import { avatar, clock, count, el, paint } from "./dom.js";

const groupWithin = 5 * 60 * 1000;
const nearTheEnd = 80;

export class Timeline {
  /** @param log What scrolls. @param list The list in it. @param toEnd A button for whoever has scrolled up. */
  constructor(log, list, toEnd, { onRetry }) {
    this.log = log;
    this.list = list;
    this.toEnd = toEnd;
    this.onRetry = onRetry;
    this.room = null;
    this.isFollowing = true;
    this.top = 0;
    log.addEventListener("scroll", () => this.scrolled());
    toEnd.addEventListener("click", () => this.scrollToEnd());
    // The log gets smaller when a banner or the keyboard comes up, and the list longer when its images are there.
    const sizes = new ResizeObserver(() => this.isFollowing && this.scrollToEnd());
    sizes.observe(log);
    sizes.observe(list);
  }

  show(room) {
    // A screen reader need not read out a whole room because it was opened.
    this.log.setAttribute("aria-live", "off");
    this.room = room;
    this.list.replaceChildren(...room.entries.map((entry) => this.nodeOf(entry)));
    room.entries.forEach((_, index) => this.group(index));
    this.scrollToEnd();
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
  }

  /** An entry is new, or has changed its state or place. */
  place(room, entry) {
    this.refresh(entry);
    if (room !== this.room) return;
    const index = room.entries.indexOf(entry);
    if (index < 0) return;
    const node = this.nodeOf(entry);
    const next = room.entries[index + 1];
    const isNew = !node.isConnected;
    const nextNode = next ? this.nodeOf(next) : null;
    if (isNew || node.nextElementSibling !== nextNode) this.list.insertBefore(node, nextNode);
    room.entries.forEach((_, position) => this.group(position));
    if (this.isFollowing || (isNew && entry.isMine)) this.scrollToEnd();
    else if (isNew && entry.kind === "message") this.toEnd.hidden = false;
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.follow(true);
  }

  /** Only who scrolls up wants to stay there: the end also gets out of sight when the list grows. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    if (scrollHeight - scrollTop - clientHeight < nearTheEnd) this.follow(true);
    else if (scrollTop < this.top) this.follow(false);
    this.top = scrollTop;
  }

  follow(isFollowing) {
    this.isFollowing = isFollowing;
    if (isFollowing) this.toEnd.hidden = true;
  }

  nodeOf(entry) {
    if (!entry.node) {
      entry.node = entry.kind === "notice" ? this.renderNotice(entry) : this.renderMessage(entry);
      this.refresh(entry);
    }
    return entry.node;
  }

  renderNotice(entry) {
    return el("li", { className: "notice" }, el("p", {}, entry.text));
  }

  renderMessage(entry) {
    entry.time = el("time");
    entry.ticks = el("span", { className: "ticks", role: "img" });
    entry.trouble = el("p", { className: "trouble", hidden: true });
    const body = el("div", { className: "bubble" });
    if (entry.imageUrl) {
      const image = el("img", { src: entry.imageUrl, alt: `Image from ${entry.from.name}` });
      body.append(el("a", { className: "image", href: entry.imageUrl, target: "_blank", rel: "noopener" }, image));
    } else if (entry.hadImage) {
      body.append(el("p", { className: "lost-image" }, "An image was here. The server keeps only the latest."));
    }
    if (entry.text) body.append(el("p", { className: "text", dir: "auto" }, ...linked(entry.text)));
    body.append(el("p", { className: "meta" }, entry.time, entry.isMine ? entry.ticks : null));
    const author = el("p", { className: "author" }, entry.isMine ? "You" : entry.from.name);
    const node = el("li", { className: entry.isMine ? "message mine" : "message" },
      el("p", { className: "day" }), avatar(entry.from), el("div", { className: "content" }, author, body, entry.trouble));
    return paint(node, entry.from);
  }

  refresh(entry) {
    if (entry.kind !== "message" || !entry.node) return;
    entry.node.dataset.state = entry.state;
    entry.time.dateTime = entry.at.toISOString();
    entry.time.title = entry.at.toLocaleString();
    entry.time.textContent = clock(entry.at);
    const [ticks, label] = ticksOf(entry);
    if (entry.ticks.textContent !== ticks) entry.ticks.textContent = ticks;
    entry.ticks.classList.toggle("delivered", entry.deliveredTo > 0);
    entry.ticks.setAttribute("aria-label", label);
    entry.ticks.title = label;
    entry.trouble.hidden = entry.state !== "failed";
    if (entry.state === "failed") {
      const again = el("button", { type: "button", className: "link" }, "Try again");
      again.addEventListener("click", () => this.onRetry(entry));
      entry.trouble.replaceChildren(`${entry.error} `, again);
    }
  }

  /** Who goes on within a few minutes is not introduced again; a new day is. */
  group(index) {
    const entry = this.room.entries[index];
    if (entry.kind !== "message") return;
    const before = this.room.entries[index - 1];
    const isNewDay = !before || before.at.toDateString() !== entry.at.toDateString();
    const goesOn = !isNewDay && before.kind === "message" && before.from.id === entry.from.id && entry.at - before.at < groupWithin;
    entry.node.classList.toggle("goes-on", goesOn);
    const day = entry.node.querySelector(".day");
    day.hidden = !isNewDay;
    const text = isNewDay ? dayOf(entry.at) : "";
    if (day.textContent !== text) day.textContent = text;
  }
}

function ticksOf(entry) {
  if (entry.state === "waiting") return ["◷", "Waiting to be sent"];
  if (entry.state === "failed") return ["!", "Not sent"];
  if (entry.deliveredTo > 0) return ["✓✓", `Delivered to ${count(entry.deliveredTo, "other")}`];
  return ["✓", "The server has it"];
}

function dayOf(date) {
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return "Today";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

/** Text with its web addresses as links. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/u).map((part, index) =>
    index % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part);
}
