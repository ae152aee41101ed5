// node emit.mjs <redis url> <key>
//
// The official emitter: it does what it is told by lines of JSON on the standard input, as server.mjs.

import { createInterface } from "node:readline";
import { createClient } from "redis";
import { Emitter } from "@socket.io/redis-emitter";
import { fromLine } from "./values.mjs";

const [url, key] = process.argv.slice(2);
const client = createClient({ url });
await client.connect();
const io = new Emitter(client, { key });

const target = (of) =>
  of.rooms.reduce((to, room) => to.to(room), of.except.reduce((to, room) => to.except(room), of.nsp ? io.of(of.nsp) : io));

const commands = {
  emit: (it) => target(it).emit(...it.args),
  emitVolatile: (it) => target(it).volatile.compress(false).emit(...it.args),
  join: (it) => target(it).socketsJoin(it.names),
  leave: (it) => target(it).socketsLeave(it.names),
  disconnect: (it) => target(it).disconnectSockets(it.close),
  serverEmit: (it) => io.serverSideEmit(...it.args),
};

console.log(JSON.stringify({ report: "listening", port: 0 }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = fromLine(line);
  commands[command.do](command);
  // The client sends in order: when this is answered, all before it has been taken.
  await client.ping();
  console.log(JSON.stringify({ report: "done", result: null }));
}

process.exit(0);
