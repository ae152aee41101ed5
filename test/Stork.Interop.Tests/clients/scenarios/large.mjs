// Messages at the limit, and one byte over it.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();
  const limit = stage.given.limit;
  await stage.upgraded(socket);
  assert.equal(socket.io.engine.maxPayload ?? limit, limit);

  // 4, type and JSON together are exactly the limit: one WebSocket message, or the whole body of a POST.
  const frame = "420[\"size\",\"\"]".length;
  const fill = (length) => "x".repeat(length - frame);
  // A parser has a header of another length, and over polling what it makes is base64.
  const fitting = stage.parser ? Math.floor(limit * 0.74) : limit;
  assert.deepEqual(await stage.ask(socket, "size", fill(fitting)), [fitting - frame]);

  // What the server sends is not limited.
  const [large] = await stage.ask(socket, "send", 5 * limit);
  assert.equal(large.length, 5 * limit);
  const [binary] = await stage.ask(socket, "send bytes", 5 * limit);
  assert.equal(binary.byteLength ?? binary.length, 5 * limit);

  // Beyond, the connection ends.
  const [reason] = await Promise.all([stage.event(socket, "disconnect"), socket.emit("size", fill(limit + 2))]).then(([args]) => args);
  stage.report("over the limit", { reason });
}
