// This tab as a worker: a connection of its own that asks for documents, one at a time.

import { examine } from "./examine.js";

const retryAfter = 2;

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export class TabWorker {
  /** Why this tab cannot work; null if it can. */
  static get lack() {
    return window.isSecureContext ? null : "Browsers compute SHA-256 only on localhost or over HTTPS.";
  }

  constructor(name) {
    this.fixed = false;
    this.socket = window.io({ forceNew: true, auth: { worker: name } });
    this.socket.on("fixed", (fixed) => (this.fixed = fixed));
    // A subscription ends with its connection.
    this.socket.on("connect", () => this.subscribe());
    this.socket.on("documents", async (document, { id }, done) => {
      try {
        await sleep(document.seconds);
        if (document.poison && !this.fixed) throw new Error("This document is poison.");
        const result = { job: id, name: document.name, by: name, ...(await examine(document)) };
        // The result is on disk before the document is done; sent twice, it is stored once.
        const answer = await this.socket.timeout(10_000).emitWithAck("result", result);
        if (answer.status !== "ok") throw new Error(answer.message);
        done();
      } catch (error) {
        done({ $nack: error.message });
      }
    });
  }

  subscribe() {
    const { id } = this.socket;
    this.socket.emit("queue:subscribe", "documents", { maxInFlight: 1 }, async ({ status }) => {
      if (status === "ok") return;
      await sleep(retryAfter);
      // Another connection has asked for itself.
      if (this.socket.id === id) this.subscribe();
    });
  }

  stop() {
    this.socket.disconnect();
  }
}
