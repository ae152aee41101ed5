// node hand-in.mjs <url>
//
// A producer that hands in numbered jobs, some with a key, and repeats each until it has its receipt, through whatever fails.
// Stops on the line "finish", and reports which jobs have a receipt.

import { createInterface } from "node:readline";
import { io } from "socket.io-client-4.8";

const [url] = process.argv.slice(2);
const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const Lines = 8;
const Keys = 6;
const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, timeout: 1500, transports: ["websocket"] });
const stored = [];
let number = 0;
let finishing = false;

async function handIn(line) {
  while (!finishing) {
    const id = `job-${number++}`;
    const job = line % 2 === 0 ? { id } : { id, key: `key-${number % Keys}` };
    for (;;) {
      const answer = await socket.timeout(1000).emitWithAck("job", job).catch(() => null);
      if (answer?.status === "ok") break;
      if (answer) throw new Error(JSON.stringify(answer));
      await sleep(20);
    }
    stored.push(id);
    await sleep(25);
  }
}

const lines = Array.from({ length: Lines }, (_, line) => handIn(line));
createInterface({ input: process.stdin }).on("line", async () => {
  finishing = true;
  await Promise.all(lines);
  report("finished", { stored });
  process.exit(0);
});
report("running");
