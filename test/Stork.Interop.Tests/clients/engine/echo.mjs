// engine.io-client against a server that sends every message back: text and binary, in order, over the heartbeats of 300 ms;
// then the upgrade.

import { Socket as Newest } from "engine.io-client";
import { Socket as Oldest } from "engine.io-client-5.0";

const [url, version, transports, options = "{}"] = process.argv.slice(2);
const report = (name, values = {}) => console.log(JSON.stringify({ report: name, ...values }));
const Socket = version === "oldest" ? Oldest : Newest;
const socket = new Socket(url, { transports: transports.split(","), path: "/engine.io/", ...JSON.parse(options) });
socket.binaryType = "arraybuffer";

// Counts what arrives in binary form, before the client decodes it.
let binaryFrames = 0;
function watch(transport) {
  const { onData } = transport;
  transport.onData = (data) => {
    if (typeof data !== "string") binaryFrames++;
    onData.call(transport, data);
  };
}
watch(socket.transport);
socket.on("upgrading", watch);

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
socket.on("close", (reason) => {
  report("closed", { reason });
  // A heartbeat timer that the client leaves behind would keep the process.
  process.exit(0);
});

function next() {
  if (received.length < 202 || pings.length < 3 || !upgraded || socket.readyState !== "open") return;
  report("echoed", { received, binaryFrames, transport: socket.transport.name });
  socket.close();
}
