// What a client tells when it connects, and what it learns.
import assert from "node:assert/strict";

export default async function (stage) {
  const options = {
    auth: { token: "ünïcode", nested: { n: [1] } },
    query: { room: "a b&c", x: "1" },
    extraHeaders: { "x-custom": "custom value" },
  };
  const socket = await stage.connect("/", options);
  const [seen] = await stage.ask(socket, "handshake");

  assert.match(socket.id, /^[A-Za-z0-9_-]{20}$/);
  assert.equal(seen.id, socket.id);
  assert.notEqual(socket.io.engine.id, socket.id, "the id of the connection is a secret of its own");
  assert.deepEqual(seen.auth, options.auth);
  assert.equal(seen.query.room, "a b&c");
  assert.equal(seen.query.x, "1");
  assert.equal(seen.query.EIO, "4");
  assert.equal(seen.query.transport, stage.transports[0]);
  assert.equal(seen.header, "custom value");
  assert.match(seen.url, /^\/socket\.io\/\?/);
  assert.equal(seen.address, "127.0.0.1");
  assert.equal(seen.secure, false);
  assert.equal(socket.recovered ?? false, false);

  // A function instead of an object; asked at each CONNECT.
  const late = await stage.connect("/", { auth: (answer) => setTimeout(() => answer({ late: true }), 5) });
  assert.deepEqual((await stage.ask(late, "handshake"))[0].auth, { late: true });

  const bare = await stage.connect("/");
  assert.deepEqual((await stage.ask(bare, "handshake"))[0].auth, {});
}
