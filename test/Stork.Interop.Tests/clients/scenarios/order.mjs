// Numbered messages in both directions while the transport changes: each arrives once, in its place.
import assert from "node:assert/strict";
import { bytes } from "../lib/stage.mjs";

const Clients = 4;
const Burst = 40;
const AfterUpgrade = 1000;

// What the server sends ahead; for each number it gets, it sends another.
const Ahead = 200;

export default async function (stage) {
  await stage.network({ latencyMs: stage.given.latencyMs });
  await Promise.all(Array.from({ length: Clients }, () => oneClient(stage)));
}

async function oneClient(stage) {
  const socket = stage.socket("/");
  const engine = socket.io.engine;
  let sent = 0;
  let received = 0;
  let backFrom = 0;
  let atUpgrade = -1;
  let underWay = -1;

  // Every third carries binary data, which must not be torn from its packet.
  const check = (expected, number, data) => {
    assert.equal(number, expected);
    if (number % 3 === 0) assert.deepEqual(bytes(data), [number & 255, 1, 2]);
  };
  socket.on("number", (number, data) => check(received++, number, data));
  socket.on("back", (number, data) => check(backFrom++, number, data));
  engine.once("upgrade", () => {
    atUpgrade = received;
    underWay = sent - backFrom;
  });
  await stage.connected(socket);

  const burst = () => {
    for (let i = 0; i < Burst; i++, sent++) socket.emit("number", sent, sent % 3 === 0 ? Buffer.from([sent & 255, 1, 2]) : null);
  };
  while (atUpgrade < 0) {
    burst();
    await stage.until("the upgrade", new Promise((resolve) => setTimeout(resolve, 1)));
  }
  const goal = sent + AfterUpgrade;
  while (sent < goal) burst();

  // Its answer comes behind all numbers.
  const [total] = await stage.ask(socket, "enough");
  assert.equal(total, Ahead + sent);
  assert.equal(received, total);
  assert.equal(backFrom, sent);
  stage.report("numbers", { sent, before: atUpgrade, underWay, afterwards: received - atUpgrade });
}
