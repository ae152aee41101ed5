// node loss.mjs <url of the network> <url of the server> <client package>
//
// For each line, the name of a user: a new client, over polling with upgrade, whose inbox holds three messages,
// takes and acknowledges them, whatever the network does to it; then reports what it got.

import { createInterface } from "node:readline";

const [url, direct, client] = process.argv.slice(2);
const { io } = await import(client);
const { io: newest } = await import("socket.io-client-4.8");
const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
const admin = newest(direct, { transports: ["websocket"] });

createInterface({ input: process.stdin }).on("line", async (user) => {
  for (let number = 0; number < 3; number++) await admin.emitWithAck("produce", user, `${user}-${number}`, number);
  const received = [];
  let connection = 0;
  const socket = io(url, { forceNew: true, auth: { user }, reconnectionDelay: 5, reconnectionDelayMax: 20 });
  socket.on("connect", () => connection++);
  socket.on("produce", (_, id, number, ack) => {
    received.push([number, connection]);
    ack();
  });
  while ((await admin.emitWithAck("unsettled", user)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.close();
  report("served", { received });
});
admin.on("connect", () => report("running"));
