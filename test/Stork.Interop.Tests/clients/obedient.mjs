// node obedient.mjs <url> <queue> <maxInFlight> <answer>
//
// A worker that answers as it is told, by its argument and then by lines: "ack", "nack" (after the queue's backoff),
// "nack <delayMs>", "nack <delayMs> <key>" (jobs of that key only, the others are done).
// On "count" it reports how many jobs it was given and which distinct ones.

import { createInterface } from "node:readline";
import { io } from "socket.io-client-4.8";

const [url, queue, maxInFlight, ...answer] = process.argv.slice(2);
const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
let [how, delayMs, key] = answer;
let given = 0;
const distinct = new Set();
const socket = io(url, { transports: ["websocket"] });

socket.on(queue, (job, meta, done) => {
  given++;
  distinct.add(job);
  if (how === "ack" || (key && meta.key !== key)) done();
  else done({ $nack: delayMs === undefined ? true : { delayMs: Number(delayMs) } });
});
socket.on("connect", async () => {
  const reply = await socket.emitWithAck("queue:subscribe", queue, { maxInFlight: Number(maxInFlight) });
  report(reply.status === "ok" ? "working" : "refused");
});
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "count") report("count", { given, distinct: distinct.size });
  else [how, delayMs, key] = line.split(" ");
});
