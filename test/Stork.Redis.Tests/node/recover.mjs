// node recover.mjs <url>
//
// The official client. Reports each time that it is connected, with its id and whether it was recovered, and each event. A line on the
// standard input is where it connects from then on, as if a balancer sent it there.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const say = (report) => console.log(JSON.stringify(report));
const socket = io(process.argv[2], { auth: { name: "ann", rooms: ["a"] }, reconnectionDelay: 20, reconnectionDelayMax: 100 });
socket.on("connect", () => say({ report: "connected", id: socket.id, recovered: socket.recovered }));
socket.onAny((name, number) => say({ report: "event", name, number }));

for await (const line of createInterface({ input: process.stdin })) {
  socket.io.uri = line;
  say({ report: "moved" });
}

process.exit(0);
