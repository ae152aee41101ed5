// node server.mjs <redis url> <key> [pubsub | sharded | streams] [subscription mode | recover] [cluster]
//
// An official server with an official adapter. Says where it listens, then does what it is told by lines of JSON on the standard input,
// and answers each with one line on the standard output. Binary values travel as {"$binary": "<base64>"}, dates as {"$date": "<ISO>"}.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createClient, createCluster } from "redis";
import { Server } from "socket.io";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { fromLine, toLine } from "./values.mjs";

const [url, key, mode = "pubsub", setting, kind] = process.argv.slice(2);

const publisher = kind === "cluster" ? createCluster({ rootNodes: [{ url }] }) : createClient({ url });
const subscriber = publisher.duplicate();
for (const client of [publisher, subscriber]) client.on("error", () => {});
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer();
const adapters = {
  pubsub: () => createAdapter(publisher, subscriber, { key, requestsTimeout: 20_000 }),
  sharded: () => createShardedAdapter(publisher, subscriber, { channelPrefix: key, subscriptionMode: setting }),
  streams: () => createStreamsAdapter(publisher, { streamName: key, channelPrefix: key }),
};
const recovery = setting === "recover" && { connectionStateRecovery: { skipMiddlewares: true } };
const io = new Server(http, { adapter: adapters[mode](), ...recovery });
const seen = [];

// Not later: a client is in its rooms when it hears that it is connected.
io.use(async (socket, next) => {
  socket.join(socket.handshake.auth.rooms ?? []);
  socket.data = { name: socket.handshake.auth.name, file: Buffer.from([1, 2]) };
  // What it subscribes to by joining is confirmed before this is answered.
  if (mode === "sharded") await subscriber.ping?.();
  next();
});
io.of("/chat");
io.on("news", (...args) => seen.push(args));
io.on("sum", (a, b, callback) => callback({ sum: a + b }));

const target = (of) => of.rooms.reduce((to, room) => to.to(room), of.except.reduce((to, room) => to.except(room), io.of(of.nsp ?? "/")));

const commands = {
  emit: (it) => void target(it).emit(...it.args),
  emitVolatile: (it) => void target(it).volatile.compress(false).emit(...it.args),
  ask: (it) => target(it).timeout(20_000).emitWithAck(...it.args),
  join: (it) => void target(it).socketsJoin(it.names),
  leave: (it) => void target(it).socketsLeave(it.names),
  disconnect: (it) => void target(it).disconnectSockets(it.close),
  fetch: async (it) => (await target(it).fetchSockets()).map(({ id, handshake, rooms, data }) => ({ id, handshake, rooms: [...rooms], data })),
  serverEmit: (it) => void io.serverSideEmit(...it.args),
  serverAsk: (it) => io.serverSideEmitWithAck(...it.args),
  allRooms: async () => [...(await io.of("/").adapter.allRooms())],
  count: () => io.of("/").adapter.serverCount(),
  seen: () => seen,
};

await new Promise((listening) => http.listen(0, "127.0.0.1", listening));
console.log(JSON.stringify({ report: "listening", port: http.address().port }));

for await (const line of createInterface({ input: process.stdin })) {
  const command = fromLine(line);
  try {
    console.log(toLine({ report: "done", result: (await commands[command.do](command)) ?? null }));
  } catch (error) {
    console.log(toLine({ report: "failed", message: error.message }));
  }
}

process.exit(0);
