// Listeners of all events, at both ends.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();
  const heard = [];
  const first = (name, ...args) => heard.push(["first", name, ...args]);
  socket.onAny((name, ...args) => heard.push(["any", name, ...args]));
  socket.prependAny(first);
  socket.on("answer", (...args) => heard.push(["listener", ...args]));

  const answered = stage.event(socket, "answer");
  socket.emit("greet", "hello", { n: 1 });
  await answered;
  assert.deepEqual(heard.splice(0), [["first", "answer", "hello", 2], ["any", "answer", "hello", 2], ["listener", "hello", 2]]);

  socket.offAny(first);
  if (socket.onAnyOutgoing) socket.onAnyOutgoing((name, ...args) => heard.push(["outgoing", name, ...args]));
  assert.deepEqual(await stage.ask(socket, "unknown to handlers but to listeners", 1), ["a listener answers"]);
  if (socket.onAnyOutgoing) {
    const outgoing = heard.splice(0).map((entry) => entry.slice(0, 3));
    assert.deepEqual(outgoing, [["outgoing", "unknown to handlers but to listeners", 1]]);
  }

  // A middleware of the socket changes nothing, delays one, and refuses one.
  assert.deepEqual(await stage.ask(socket, "slow", 1), ["slow 1"]);
  assert.deepEqual(await stage.ask(socket, "forbidden", 1), [{ status: "error", code: "forbidden", message: "Not for you." }]);
}
