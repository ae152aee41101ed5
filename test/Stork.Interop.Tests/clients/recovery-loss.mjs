// node recovery-loss.mjs <url of the network> <client package>
//
// For each line "connect" a new client, over polling with upgrade, which has got one event when it is reported.
// On the line "finish" it reports what it got by then, whatever the network did to it, once it has all three events
// and has had an answer after them.

import { createInterface } from "node:readline";

const [url, client] = process.argv.slice(2);
const { io } = await import(client);
const report = (name, data = {}) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const Wanted = 3;

const play = async (lines) => {
  const news = [];
  const recovered = [];
  const socket = io(url, { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 20 });
  socket.on("news", (value) => news.push(value));
  socket.on("connect", () => recovered.push(socket.recovered === true));
  while (!socket.connected) await sleep(2);
  report("connected");
  while (news.length < 1) await sleep(2);
  report("received");
  await lines.next();
  while (news.length < Wanted) await sleep(2);
  for (let isAnswered = false; !isAnswered;) isAnswered = await socket.timeout(500).emitWithAck("who").then(() => true, () => false);
  report("finished", { news, recovered });
  socket.close();
};

report("running");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while (!(await lines.next()).done) await play(lines);
