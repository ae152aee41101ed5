// A client with retries: orders that are answered late, whose answers are lost, and that are given while it is away,
// go out again until they are answered.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = stage.socket("/", { retries: 100, ackTimeout: 150, reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50 });
  const order = (number) => new Promise((resolve) => socket.emit("order", number, `id-${number}`, (error, answer) => {
    assert.equal(error, null);
    stage.report("answered", { number, answer });
    resolve();
  }));
  socket.onAnyOutgoing((name, number) => stage.report("sent", { number }));

  // Before there is a connection. The answers are late.
  await stage.until("the first answers", Promise.all([order(0), order(1)]));

  // The answer to the first of these is lost with the connection; the last is given while there is none.
  await stage.signal();
  const away = stage.event(socket, "disconnect").then(() => order(4));
  await stage.until("all answers", Promise.all([order(2), order(3), away]));
}
