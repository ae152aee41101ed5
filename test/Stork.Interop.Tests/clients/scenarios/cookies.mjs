// The cookie of the handshake comes back with every later request.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect("/", { withCredentials: true });
  await stage.upgraded(socket);
  assert.deepEqual(await stage.ask(socket, "ask", 1), [1]);
  stage.report("session", { id: socket.io.engine.id });
}
