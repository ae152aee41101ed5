// The server stops, and another one takes its place: the client returns by itself, and brings what it had to say.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect("/", { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100, auth: { visit: 0 } });
  await stage.upgraded(socket);
  const before = socket.id;
  socket.auth = { visit: 1 };
  const reconnected = stage.event(socket.io, "reconnect");
  stage.report("connected");

  const [reason] = await stage.event(socket, "disconnect");
  // A polling client that was just between two polls finds nobody instead of a farewell.
  assert.ok(reason === "transport close" || (socket.io.opts.transports.join() === "polling" && reason === "transport error"), reason);
  for (let i = 0; i < 5; i++) socket.emit("while away", i);
  socket.volatile.emit("while away", "volatile, so lost");
  stage.report("away");

  await stage.event(socket, "connect");
  assert.notEqual(socket.id, before);
  assert.ok((await reconnected)[0] >= 1);
  assert.deepEqual(await stage.ask(socket, "received"), [[0, 1, 2, 3, 4]]);
}
