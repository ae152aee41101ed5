// Named clients that write down every event they get, until each got "enough".
import assert from "node:assert/strict";

export default async function (stage) {
  const heard = {};
  const sockets = {};
  for (const name of stage.given.names) {
    const socket = stage.socket("/", { auth: { name } });
    heard[name] = [];
    sockets[name] = socket;
    // By hand and not by onAny, which the oldest clients have not.
    socket.onevent = function (packet) {
      heard[name].push(packet.data[0]);
      Object.getPrototypeOf(this).onevent.call(this, packet);
    };
    socket.on("question", (answer) => answer(name));
    await stage.connected(socket);
    await stage.ask(socket, "hello");
  }

  const enough = Promise.all(Object.values(sockets).map((socket) => stage.event(socket, "enough")));
  stage.report("listening", { ids: Object.fromEntries(Object.entries(sockets).map(([name, socket]) => [name, socket.id])) });
  await enough;
  for (const name of stage.given.names) assert.equal(sockets[name].connected, true);
  stage.report("heard", { heard });
}
