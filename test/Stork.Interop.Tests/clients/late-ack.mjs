// node late-ack.mjs <url>
//
// A client that takes messages and acknowledges one only when told by its name, whatever became of the connection meanwhile.

import { createInterface } from "node:readline";
import { io } from "socket.io-client-4.8";

const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
const socket = io(process.argv[2], { auth: { user: "42" }, transports: ["websocket"], reconnectionDelay: 20, reconnectionDelayMax: 100 });
const first = new Map();

socket.on("produce", (_, name, ack) => {
  if (first.has(name)) return;
  first.set(name, ack);
  report("received", { name });
});
createInterface({ input: process.stdin }).on("line", (name) => first.get(name)());
