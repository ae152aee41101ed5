// The browser's client as the server hands it out, in something like a browser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";
import { WebSocket } from "ws";
import { bytes } from "../lib/stage.mjs";

const { XMLHttpRequest } = createRequire(import.meta.url)("xmlhttprequest-ssl");

// Node.js has all of what a browser's client needs but this.
class FileReader {
  async readAsDataURL(blob) {
    this.result = `data:;base64,${Buffer.from(await blob.arrayBuffer()).toString("base64")}`;
    this.onload();
  }
}

export default async function (stage) {
  const { file, url } = { ...stage.given, url: new URL(stage.url) };
  const response = await fetch(`${stage.url}/socket.io/${file}`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /javascript/);

  const window = {
    XMLHttpRequest, WebSocket, ArrayBuffer, Uint8Array, Blob, FileReader, TextDecoder, TextEncoder, URL, console,
    setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, addEventListener() {}, removeEventListener() {},
    location: { protocol: url.protocol, hostname: url.hostname, host: url.host, port: url.port },
    document: { cookie: "" },
  };
  window.self = window.window = window;
  runInContext(await response.text(), createContext(window), { filename: file });

  // No url: the page's own server.
  const socket = window.io({ transports: stage.transports, forceNew: true });
  await stage.event(socket, "connect");
  await stage.upgraded(socket);
  assert.deepEqual(JSON.parse(JSON.stringify(await stage.ask(socket, "ask", "hello", { n: 1 }))), ["hello", { n: 1 }]);
  const [picture] = await stage.ask(socket, "ask", new Uint8Array([1, 2, 255]).buffer);
  assert.deepEqual(bytes(picture), [1, 2, 255]);
  socket.disconnect();
}
