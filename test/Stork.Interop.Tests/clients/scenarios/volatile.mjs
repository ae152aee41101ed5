// Volatile events may be lost, but never come twice or late.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();
  let received = [];
  socket.on("maybe", (number) => received.push(number));
  let total = 0;

  for (let round = 0; round < 20 || total === 0; round++) {
    received = [];
    await stage.ask(socket, "burst", 50);
    assert.deepEqual(received, [...new Set(received)].sort((a, b) => a - b));
    assert.ok(received.every((number) => number >= 0 && number < 50));
    total += received.length;
  }

  // The client's own volatile events: some arrive.
  socket.volatile.emit("count");
  let counted = 0;
  while (counted === 0) {
    socket.volatile.emit("count");
    [counted] = await stage.ask(socket, "counted");
  }
}
