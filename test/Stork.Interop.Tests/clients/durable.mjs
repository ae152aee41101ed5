// node durable.mjs <url> <client packages, with commas>
//
// A producer that numbers its messages and repeats each until it is stored, a consumer for each client package
// that acknowledges what it got after a random while, and one that sends orders with retries. All through
// a network and a server that fail again and again.
// On the line "finish" it stops producing, waits until everything has arrived and is settled, and reports what each saw.

import { createInterface } from "node:readline";
import { io as newest } from "socket.io-client-4.8";

const [url, packages] = process.argv.slice(2);
const ProgressEvery = 25;
const report = (name, data = {}, written) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n", written);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const options = { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, timeout: 1500 };

let finishing = false;
let stored = 0;

const consumers = await Promise.all(packages.split(",").map(async (name, index) => {
  const { io } = await import(name);
  const consumer = { user: `user${index}`, received: [], produced: 0, connection: 0 };
  const socket = io(url, { ...options, auth: { user: consumer.user }, transports: index % 2 ? ["websocket"] : ["polling", "websocket"] });
  socket.on("connect", () => consumer.connection++);
  socket.on("produce", (user, id, number, ack) => {
    consumer.received.push([number, consumer.connection]);
    setTimeout(ack, Math.random() * 80);
  });
  return consumer;
}));

const producer = newest(url, { ...options, auth: { user: "producer" }, transports: ["websocket"] });
const ask = async (...args) => {
  for (;;) {
    try {
      return await producer.timeout(1000).emitWithAck(...args);
    } catch {
      await sleep(20);
    }
  }
};

const producing = consumers.map(async (consumer) => {
  while (!finishing) {
    const answer = await ask("produce", consumer.user, `${consumer.user}-${consumer.produced}`, consumer.produced);
    if (answer.status !== "ok") throw new Error(JSON.stringify(answer));
    consumer.produced++;
    if (++stored % ProgressEvery === 0) report("progress");
    await sleep(10);
  }
});

const orders = [];
const buyer = newest(url, { ...options, auth: { user: "buyer" }, retries: 10_000, ackTimeout: 700, transports: ["websocket"] });
const ordering = (async () => {
  while (!finishing) {
    const id = `order-${orders.length}`;
    const answer = await new Promise((resolve) => buyer.emit("order", id, (error, value) => resolve(error ? String(error) : value)));
    orders.push([id, answer]);
    await sleep(20);
  }
})();

createInterface({ input: process.stdin }).on("line", async () => {
  finishing = true;
  await Promise.all([...producing, ordering]);
  for (const consumer of consumers) {
    while (new Set(consumer.received.map(([number]) => number)).size < consumer.produced) await sleep(20);
    while ((await ask("unsettled", consumer.user)).length > 0) await sleep(20);
  }
  // After many rounds the result is longer than a pipe holds: not before all of it is written.
  const results = consumers.map(({ user, produced, received }) => ({ user, produced, received }));
  report("result", { consumers: results, orders }, () => process.exit(0));
});
report("running");
