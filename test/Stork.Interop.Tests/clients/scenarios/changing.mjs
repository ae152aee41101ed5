// The server stops while the client changes to WebSocket: it has stopped polling, and has not yet said so.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.socket("/", { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
  socket.io.once("open", () => {
    const { engine } = socket.io;
    engine.once("upgrading", () => {
      const polling = engine.transport;
      const pause = polling.pause;
      polling.pause = (done) =>
        pause.call(polling, () => {
          stage.report("paused");
          stage.signal().then(done);
        });
    });
  });
  await stage.connected(socket);
  const [reason] = await stage.event(socket, "disconnect");
  assert.equal(reason, "transport close");
  stage.report("away");
  await stage.event(socket, "connect");
}
