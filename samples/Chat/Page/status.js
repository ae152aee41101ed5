// What is going on with the connection: pill and switch in the header, the banner while it is lost, and what is told when it is back.

import { byId, clock, count, duration } from "./dom.js";

const backIsShownFor = 8000;

/** The reasons of the official client, in words for people. */
const reasons = {
  "transport close": "The server closed it, perhaps to be restarted",
  "transport error": "The network failed",
  "ping timeout": "Nothing was heard of the server any more",
  "parse error": "The server sent something that makes no sense",
  "io server disconnect": "This tab is connected a second time",
};

export class Status {
  /** @param countWaiting Tells how many messages have yet to be sent. @param onReturn Called when a lost connection is back. */
  constructor(socket, { countWaiting, onReturn }) {
    this.socket = socket;
    this.countWaiting = countWaiting;
    this.onReturn = onReturn;
    this.loss = null;
    this.isOffline = false;
    this.banner = byId("banner");
    socket.on("connect", () => this.connected());
    socket.on("disconnect", (reason) => this.lost(reason));
    socket.on("connect_error", () => this.failed());
    socket.io.on("reconnect_attempt", () => this.tried());
    byId("try-now").addEventListener("click", () => this.tryNow());
    byId("online").addEventListener("click", () => (this.isOffline ? this.tryNow() : this.goOffline()));
    window.addEventListener("online", () => this.loss && !this.isOffline && this.tryNow());
    window.addEventListener("offline", () => this.show());
  }

  /** Really: the socket is closed, and stays so until it is switched on again. */
  goOffline() {
    clearTimeout(this.timer);
    this.isOffline = true;
    this.loss ??= { at: new Date(), attempts: 0 };
    Object.assign(this.loss, { isWanted: true, why: "What the others write waits for you on the server." });
    this.socket.disconnect();
    announce("Offline. Messages are kept and sent when you are online again.");
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  connected() {
    const { engine } = this.socket.io;
    const tellTransport = () =>
      this.setPill("connected", "Connected", engine.transport.name === "websocket" ? " · WebSocket" : " · HTTP polling");
    engine.once("upgrade", tellTransport);
    tellTransport();
    if (!this.loss) return;
    clearInterval(this.timer);
    const loss = { ...this.loss, took: duration(Date.now() - this.loss.at), waiting: this.countWaiting() };
    this.loss = null;
    this.tell("back", `Back again after ${loss.took}.`, "Catching up…");
    this.onReturn(loss);
  }

  /** Which of several servers it is; null where there is one. */
  showServer(name) {
    byId("server").textContent = name ? ` · ${name}` : "";
  }

  /** Everything that was missed is here, everything that waited is sent or on its way. */
  caughtUp({ took, waiting, missed }) {
    const parts = [
      waiting > 0 ? `${count(waiting, "message")} that waited ${waiting === 1 ? "was" : "were"} sent` : null,
      missed > 0 ? `${count(missed, "missed message")} ${missed === 1 ? "is" : "are"} here` : null,
    ].filter(Boolean);
    const summary = parts.length > 0 ? `${parts.join(", ")}.` : "Nothing was missed.";
    this.tell("back", `Back again after ${took}.`, summary[0].toUpperCase() + summary.slice(1));
    announce(`Connected again after ${took}. ${summary}`);
    this.timer = setTimeout(() => (this.banner.hidden = true), backIsShownFor);
  }

  lost(reason) {
    if (reason === "io client disconnect") return;
    clearTimeout(this.timer);
    const why = `${reasons[reason] ?? "It was given up"} (${reason}).`;
    this.loss = { at: new Date(), reason, why, attempts: 0, isFinal: !this.socket.active };
    announce(`Connection lost. ${this.loss.why} Messages are kept and sent when it is back.`);
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  tried() {
    if (!this.loss) return;
    this.loss.attempts++;
    this.show();
  }

  failed() {
    if (!this.loss) this.setPill("lost", "Cannot reach the server");
  }

  /** Does not wait for the next attempt, which comes after up to five seconds. What is to be sent stays in the client's queue. */
  tryNow() {
    if (this.socket.connected) return;
    this.isOffline = false;
    if (this.loss) this.loss.isFinal = false;
    this.tried();
    this.socket.disconnect().connect();
  }

  /** The page is left, or given another name. */
  reset() {
    clearTimeout(this.timer);
    this.loss = null;
    this.isOffline = false;
    this.banner.hidden = true;
  }

  show() {
    if (!this.loss) return;
    const { at, why, attempts, isFinal, isWanted } = this.loss;
    const waiting = this.countWaiting();
    const story = [
      why,
      this.isOffline ? null
        : isFinal ? "It is not tried again by itself."
        : `Reconnecting for ${duration(Date.now() - at)}${attempts > 0 ? `, attempt ${attempts}` : ""}.`,
      navigator.onLine ? null : "This device is offline.",
      waiting > 0 ? `${count(waiting, "message")} ${waiting === 1 ? "waits" : "wait"} to be sent.` : null,
    ];
    const headline = `${isWanted ? "Offline since" : "Connection lost at"} ${clock(at, true)}.`;
    this.tell(this.isOffline ? "offline" : "lost", headline, story.filter(Boolean).join(" "));
    this.setPill(this.isOffline ? "offline" : "lost", this.isOffline ? "Offline" : isFinal ? "Disconnected" : "Reconnecting…");
  }

  tell(kind, headline, rest) {
    const strong = document.createElement("strong");
    strong.textContent = headline;
    this.banner.dataset.kind = kind;
    byId("banner-text").replaceChildren(strong, ` ${rest}`);
    byId("try-now").hidden = kind === "back";
    byId("try-now").textContent = kind === "offline" ? "Go online" : "Try now";
    this.banner.hidden = false;
  }

  setPill(state, text, transport = "") {
    byId("chat").dataset.state = state;
    byId("connection-text").textContent = text;
    byId("transport").textContent = transport;
    byId("server").hidden = !transport;
    byId("online").setAttribute("aria-checked", String(!this.isOffline));
  }
}

/** For screen readers; the banner itself changes every second and would never let them finish. */
function announce(text) {
  byId("announcer").textContent = text;
}
