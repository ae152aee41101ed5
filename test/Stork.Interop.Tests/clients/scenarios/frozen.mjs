// The network stops without a word: both ends find out by the heartbeat, and the client comes back by itself.
import assert from "node:assert/strict";

export default async function (stage) {
  const network = await stage.network();
  const socket = await stage.connect("/", { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50 });
  await stage.upgraded(socket);
  const before = socket.id;

  // Alive over many heartbeats, as long as the network is.
  let pings = 0;
  const engine = socket.io.engine;
  const counted = new Promise((resolve) => engine.on("packet", ({ type }) => type === "ping" && ++pings === 3 && resolve()));
  await stage.until("three pings", counted);
  assert.equal(socket.id, before);

  network.freeze();
  const [reason] = await stage.event(socket, "disconnect");
  assert.equal(reason, "ping timeout");
  network.thaw();

  // Sent while away: kept by the client and flushed once it is back.
  socket.emit("while away", 1);
  socket.emit("while away", 2);
  await stage.event(socket, "connect");
  assert.notEqual(socket.id, before);
  assert.deepEqual(await stage.ask(socket, "received"), [[1, 2]]);
}
