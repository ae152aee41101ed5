// engine.io-client against a server that sends every message back: text and binary, in order, over the heartbeats of 300 ms; then the upgrade.

import { Socket as Newest } from "engine.io-client";
import { Socket as Oldest } from "engine.io-client-5.0";

const [url, version, transports] = process.argv.slice(2);
const report = (name, values = {}) => console.log(JSON.stringify({ report: name, ...values }));
const socket = new (version === "oldest" ? Oldest : Newest)(url, { transports: transports.split(","), path: "/engine.io/" });
socket.binaryType = "arraybuffer";

const received = [];
const pings = [];
let upgraded = transports !== "polling,websocket";
socket.on("upgrade", () => {
  upgraded = true;
  next();
});
socket.on("packet", ({ type }) => {
  if (type !== "ping") return;
  pings.push(type);
  next();
});
socket.on("message", (data) => {
  received.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
  next();
});
socket.on("open", () => {
  report("open", { id: socket.id, upgrades: socket.transport.name });
  socket.send("héllo €");
  socket.send(new Uint8Array([0, 1, 127, 128, 255]).buffer);
  for (let number = 0; number < 200; number++) socket.send(`${number}`);
});
socket.on("close", (reason) => report("closed", { reason }));

function next() {
  if (received.length < 202 || pings.length < 3 || !upgraded || socket.readyState !== "open") return;
  report("echoed", { received, transport: socket.transport.name });
  socket.close();
}
