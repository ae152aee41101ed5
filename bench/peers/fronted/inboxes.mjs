// Inboxes on the official Socket.IO server with Redis Streams behind it: node inboxes.mjs <port> <port of Redis> <engine>.
// A message is stored in the stream of its user, sent to the client when Redis has synced it, and deleted when the client has
// acknowledged it. It is sent from memory, as every client is connected to this process. What waits for a client that is away is
// left out, and so is what several processes would need: both would only cost more.
import { Redis } from "ioredis";
import { Batches } from "./batches.mjs";
import { listen } from "./engines.mjs";

const [port, redisPort, engine] = process.argv.slice(2);
const pipelines = 4;
const text = "abcdefghijklmnopqrstuvwxyz".repeat(5);
const [writer, settler] = [new Redis(redisPort, "127.0.0.1"), new Redis(redisPort, "127.0.0.1")];
const clock = await openClock();
const sockets = new Map();
const streams = new Set();
let inHand = 0;

// All that came in one turn of the event loop is one pipeline; the replies of one connection come in order, and so do deliveries.
const storing = new Batches(async (messages) => {
  const pipeline = writer.pipeline();
  for (const { user, note } of messages) pipeline.xadd(streamOf(user), "*", "note", JSON.stringify(note));
  const replies = await execute(pipeline);
  for (const [i, { user, note }] of messages.entries()) deliver(user, note, replies[i][1]);
}, Array(pipelines));

const settling = new Batches(async (settled) => {
  const pipeline = settler.pipeline();
  const idsOf = new Map();
  for (const { user, id } of settled) {
    if (idsOf.has(user)) idsOf.get(user).push(id);
    else idsOf.set(user, [id]);
  }
  for (const [user, ids] of idsOf) pipeline.xdel(streamOf(user), ...ids);
  await execute(pipeline);
  inHand -= settled.length;
}, Array(1));

function streamOf(user) {
  return `inbox:${user}`;
}

function deliver(user, note, id) {
  const socket = sockets.get(user);
  socket.emit("note", ...note, () => (socket.data.settling = settling.add({ user, id })));
}

// The clock of the load side (CLOCK_MONOTONIC) is Node's; Bun's begins with its process, and is set once.
async function openClock() {
  if (!process.versions.bun) return process.hrtime.bigint;
  const { dlopen, ptr } = await import("bun:ffi");
  const { symbols } = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
  const time = new BigInt64Array(2);
  symbols.clock_gettime(1, ptr(time));
  const ahead = time[0] * 1_000_000_000n + time[1] - process.hrtime.bigint();
  return () => process.hrtime.bigint() + ahead;
}

function describe(number, users) {
  const user = `u${String(number % users).padStart(5, "0")}`;
  const at = String(clock()).padStart(17, "0");
  return { user, note: [user, String(number).padStart(9, "0"), at, text] };
}

async function execute(pipeline) {
  const replies = await pipeline.exec();
  for (const [error] of replies) if (error) throw error;
  return replies;
}

async function left() {
  const pipeline = settler.pipeline();
  for (const stream of streams) pipeline.xlen(stream);
  return (await execute(pipeline)).reduce((sum, [, length]) => sum + length, 0);
}

const io = listen(engine, Number(port));

io.on("connection", (socket) => {
  const { user } = socket.handshake.auth;
  if (user) {
    sockets.set(user, socket);
    streams.add(streamOf(user));
  }

  socket.on("emit", (first, count, users) => {
    inHand += count;
    for (let number = first; number < first + count; number++) storing.add(describe(number, users));
  });
  socket.on("settled", async (acknowledge) => {
    await socket.data.settling;
    acknowledge(true);
  });
  socket.on("waiting", async (acknowledge) => acknowledge(inHand || (await left())));
});
