// Servers that offer less than everything.
import assert from "node:assert/strict";

export default async function (stage) {
  const { options, expected } = stage.given;
  const socket = stage.socket("/", options);
  if (expected === null) {
    const [error] = await stage.event(socket, "connect_error");
    stage.report("refused", { message: error.message, status: error.description ?? null });
    return;
  }

  await stage.connected(socket);
  // Two answers later an upgrade would be under way, and the third comes over what it led to.
  for (let i = 0; i < 3; i++) await stage.ask(socket, "ask", i);
  assert.equal(socket.io.engine.transport.name, expected);
}
