// A network between client and server that can be slow, freeze, and break.

import { connect, createServer } from "node:net";

export class Proxy {
  #server;
  #links = new Set();
  #frozen = false;
  #latencyMs = 0;

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

  // Breaks all connections.
  cut() {
    for (const link of this.#links) link.end();
  }

  // Lets go of what would keep the process alive; everything else ends when its ends do.
  close() {
    this.#server.unref();
    for (const link of this.#links) if (link.frozen) link.end();
  }

  #join(near, far) {
    const link = { frozen: this.#frozen, end: () => { near.destroy(); far.destroy(); this.#links.delete(link); } };
    this.#links.add(link);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on("data", (chunk) => this.#later(() => link.frozen || to.destroyed || to.write(chunk)));
      from.on("end", () => this.#later(() => link.frozen || to.destroyed || to.end()));
      from.on("close", () => this.#later(() => link.frozen || link.end()));
      from.on("error", () => {});
    }
  }

  #later(action) {
    if (this.#latencyMs > 0) setTimeout(action, this.#latencyMs);
    else action();
  }
}
