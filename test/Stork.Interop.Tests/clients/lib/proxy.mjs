// A network between client and server that can be slow, freeze, and break.

import { connect, createServer } from "node:net";

export class Proxy {
  #server;
  #links = new Set();
  #frozen = false;
  #broken = false;
  #latencyMs = 0;
  #onPoll = () => {};

  // Listens before the target of a url; the proxy's own url leads there.
  static async before(url, { latencyMs = 0 } = {}) {
    const proxy = new Proxy();
    proxy.#latencyMs = latencyMs;
    const { hostname, port } = new URL(url);
    proxy.#server = createServer((near) => proxy.#join(near, connect(Number(port), hostname)));
    await new Promise((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    return proxy;
  }

  // From now on nothing gets through, not even that one side hung up. What was frozen stays so, connections after the thaw work.
  freeze() {
    this.#frozen = true;
    for (const link of this.#links) link.frozen = true;
  }

  thaw() {
    this.#frozen = false;
  }

  // From now on nothing gets through, and nobody gets in; the server is not told that its connections are gone.
  isolate() {
    this.freeze();
    this.#broken = true;
  }

  restore() {
    this.thaw();
    this.#broken = false;
  }

  // Breaks all connections, and takes no new ones.
  cut() {
    this.#broken = true;
    for (const link of this.#links) link.end();
  }

  // Until a poll is under way: only then does the server notice at once that a polling client is gone.
  async polled() {
    while (![...this.#links].some((link) => link.polls)) await new Promise((resolve) => (this.#onPoll = resolve));
  }

  // Lets go of what would keep the process alive; everything else ends when its ends do.
  close() {
    this.#server.unref();
    for (const link of this.#links) if (link.frozen) link.end();
  }

  #join(near, far) {
    if (this.#broken) {
      near.destroy();
      far.destroy();
      return;
    }

    const link = { frozen: this.#frozen, polls: false, end: () => { near.destroy(); far.destroy(); this.#links.delete(link); } };
    this.#links.add(link);
    far.on("data", () => (link.polls = false));
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      const count = (chunk) => () => to === far && this.#forwarded(link, chunk);
      from.on("data", (chunk) => this.#later(() => link.frozen || to.destroyed || to.write(chunk, count(chunk))));
      from.on("end", () => this.#later(() => link.frozen || to.destroyed || to.end()));
      from.on("close", () => this.#later(() => link.frozen || link.end()));
      from.on("error", () => {});
    }
  }

  #forwarded(link, chunk) {
    link.polls = chunk.subarray(0, 4).toString("latin1") === "GET " && chunk.includes("&sid=");
    if (link.polls) this.#onPoll();
  }

  #later(action) {
    if (this.#latencyMs > 0) setTimeout(action, this.#latencyMs);
    else action();
  }
}
