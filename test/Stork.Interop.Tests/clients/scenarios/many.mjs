// A burst on one connection: each message once, in order, both ways.
import assert from "node:assert/strict";

const Count = 10_000;

export default async function (stage) {
  const socket = await stage.connect();
  const received = [];
  socket.on("back", (number) => received.push(number));
  for (let i = 0; i < Count; i++) socket.emit("number", i);
  const [answer] = await stage.ask(socket, "how many");
  assert.equal(answer, Count);
  assert.equal(received.length, Count);
  assert.ok(received.every((number, index) => number === index));
}
