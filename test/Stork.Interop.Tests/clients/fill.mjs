// node fill.mjs <url> <producers> <jobs of each>
//
// Producers that hand in jobs as fast as they can, and report what became of them.
// On each further line they hand in what was refused, when they were told to, until nothing is.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { io } from "socket.io-client-4.8";

const [url, producers, jobs] = process.argv.slice(2);
const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sockets = Array.from({ length: Number(producers) }, () => io(url, { transports: ["websocket"], forceNew: true }));
await Promise.all(sockets.map((socket) => once(socket, "connect")));

const answers = await Promise.all(sockets.flatMap((socket, p) => Array.from({ length: Number(jobs) }, async (_, j) => {
  const job = `${p}-${j}`;
  return { socket, job, answer: await socket.emitWithAck("job", job) };
})));
const refused = answers.filter(({ answer }) => answer.status !== "ok");
const refusals = new Set(refused.map(({ answer }) => `${answer.code} ${answer.retryAfterMs}`));
report("handed in", { stored: answers.length - refused.length, refusals: [...refusals] });

await once(createInterface({ input: process.stdin }), "line");
await Promise.all(refused.map(async ({ socket, job, answer }) => {
  while (answer.status !== "ok") {
    await sleep(answer.retryAfterMs);
    answer = await socket.emitWithAck("job", job);
  }
}));
report("all in");
process.exit(0);
