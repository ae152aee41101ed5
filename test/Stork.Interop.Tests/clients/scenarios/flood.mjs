// More events at once than may wait on the server, behind one whose handler has a question or takes its time.
import assert from "node:assert/strict";

export default async function (stage) {
  const { count } = stage.given;
  const socket = stage.socket("/");
  socket.on("confirm", (callback) => callback("confirmed"));
  // Emitted ahead of the connection: all of it leaves at once when that is there, over polling just when the change to WebSocket begins.
  const begun = stage.ask(socket, "begin");
  for (let i = 0; i < count; i++) socket.emit("number", i);
  assert.deepEqual(await begun, ["confirmed"]);
  assert.deepEqual(await stage.ask(socket, "how many"), [count]);
  stage.report("done", { transport: socket.io.engine.transport.name });
}
