// A worker in Node.js, with the official client and nothing else:
//
//     npm ci --prefix samples/Workers/node                                         once
//     node samples/Workers/node/worker.js --key <worker's key>     as often as you like; the server prints the key when it starts
//
// --urls says where the server listens, --name what the worker is called.
// End it with kill -9 while it has a document: another worker gets it.
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";

const { values: { urls, key, name } } = parseArgs({
  options: {
    urls: { type: "string", default: "http://localhost:3001" },
    key: { type: "string" },
    name: { type: "string", default: `Node ${process.pid}` },
  },
});
if (!key) {
  console.error("usage: node worker.js --key <key> [--urls http://localhost:3001] [--name <name>]");
  process.exit(2);
}

const retryAfter = 2;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const socket = io(urls, { transports: ["websocket"], extraHeaders: { Authorization: `Bearer ${key}` }, auth: { worker: name } });
let fixed = false;
socket.on("fixed", (value) => (fixed = value));
socket.on("connect_error", (error) => console.error(`cannot connect: ${error.message}`));

// A subscription ends with its connection, so that it is asked for at every connect.
socket.on("connect", subscribe);

function subscribe() {
  const { id } = socket;
  socket.emit("queue:subscribe", "documents", { maxInFlight: 1 }, async ({ status, message }) => {
    if (status === "ok") return console.log(`${name} is connected and takes documents`);
    console.log(`refused, asks again in ${retryAfter} s: ${message}`);
    await sleep(retryAfter);
    // Another connection has asked for itself.
    if (socket.id === id) subscribe();
  });
}

socket.on("documents", async (document, { id, attempt }, done) => {
  console.log(`begins ${document.name}${attempt > 1 ? `, attempt ${attempt}` : ""}`);
  try {
    await sleep(document.seconds);
    if (document.poison && !fixed) throw new Error("This document is poison.");
    // The result is on disk before the document is done; sent twice, it is stored once.
    const result = { job: id, name: document.name, by: name, ...examine(document.data) };
    const answer = await socket.timeout(10_000).emitWithAck("result", result);
    if (answer.status !== "ok") throw new Error(answer.message);
    done();
    console.log(`did ${document.name}`);
  } catch (error) {
    done({ $nack: error.message });
    console.log(`failed at ${document.name}: ${error.message}`);
  }
});

function examine(data) {
  const sha256 = createHash("sha256").update(data).digest("hex");
  const text = readText(data);
  if (text === null) return { bytes: data.length, sha256 };
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const counts = new Map();
  for (const word of words) counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1);
  const commonest = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
  return { bytes: data.length, sha256, lines: text.split("\n").length, words: words.length, commonest };
}

function readText(data) {
  try {
    return data.includes(0) ? null : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return null;
  }
}
