// What every scenario works with: sockets of the client under test, and waits that say what they wait for.

import { Proxy } from "./proxy.mjs";

export class Stage {
  #sockets = [];
  #proxies = [];
  #waits = new Set();

  constructor({ io, url, parser, transports, given }) {
    this.io = io;
    this.parser = parser;
    this.url = url.replace(/\/$/, "");
    this.transports = transports;
    this.given = given;
  }

  // Puts a network between the server and all sockets made from now on.
  async network(options) {
    const proxy = await Proxy.before(this.url, options);
    this.#proxies.push(proxy);
    this.url = proxy.url;
    return proxy;
  }

  // A socket that is not yet connected. Reconnection is off unless asked for, so that a failure shows instead of being repaired.
  socket(namespace = "/", options = {}) {
    const parser = this.parser ? { parser: this.parser } : {};
    const always = { transports: this.transports, forceNew: true, reconnection: false, ...parser, ...this.given.client };
    const socket = this.io(this.url + namespace, { ...always, ...options });
    this.#sockets.push(socket);
    return socket;
  }

  // A socket for another namespace on the connection of one that is there.
  beside(other, namespace, options = {}) {
    const socket = other.io.socket(namespace, options);
    this.#sockets.push(socket);
    return socket;
  }

  // A connected socket.
  async connect(namespace, options) {
    const socket = this.socket(namespace, options);
    await this.connected(socket);
    return socket;
  }

  async connected(socket) {
    const failed = new Promise((_, reject) => {
      socket.once("connect_error", (error) => reject(new Error(`connect_error: ${error.message}`, { cause: error })));
    });
    await Promise.race([this.event(socket, "connect"), failed]);
  }

  // Waits until the connection below the socket has left polling, if it is to leave it.
  async upgraded(socket) {
    if (this.transports.length < 2) return;
    const engine = socket.io.engine;
    if (engine.transport.name !== "websocket") await this.event(engine, "upgrade");
  }

  // The arguments of the next event.
  event(emitter, name) {
    return this.until(`the event "${name}"`, new Promise((resolve) => emitter.once(name, (...args) => resolve(args))));
  }

  // The answer to an event, as a list of arguments.
  ask(socket, name, ...args) {
    return this.until(`the answer to "${name}"`, new Promise((resolve) => socket.emit(name, ...args, (...answer) => resolve(answer))));
  }

  async until(what, promise) {
    this.#waits.add(what);
    try {
      return await promise;
    } finally {
      this.#waits.delete(what);
    }
  }

  waitsFor() {
    return [...this.#waits];
  }

  report(name, data = {}) {
    this.onReport?.();
    process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
  }

  // A line from the test.
  signal() {
    const line = new Promise((resolve) => process.stdin.once("data", resolve)).finally(() => process.stdin.pause());
    process.stdin.resume();
    return this.until("a signal of the test", line);
  }

  strike() {
    this.#waits.add("the connections to end");
    for (const socket of this.#sockets) socket.disconnect();
    for (const proxy of this.#proxies) proxy.close();
  }
}

// Bytes in whatever form the client hands them out.
export function bytes(value) {
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  throw new TypeError(`no binary data: ${JSON.stringify(value)}`);
}
