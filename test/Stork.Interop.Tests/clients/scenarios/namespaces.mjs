// Several namespaces over one connection: static, made on demand, refused.
import assert from "node:assert/strict";

export default async function (stage) {
  const main = await stage.connect("/", { auth: { who: "main" } });
  const manager = main.io;
  const open = (namespace, auth) => stage.beside(main, namespace, { auth });
  const engine = manager.engine.id;

  const orders = open("/orders", { who: "orders" });
  await stage.connected(orders);
  assert.equal(orders.io.engine.id, engine);
  assert.notEqual(orders.id, main.id);

  // The same event names, kept apart; answers find their namespace.
  const heard = [];
  main.on("news", (from) => heard.push(["main", from]));
  orders.on("news", (from) => heard.push(["orders", from]));
  const answers = await Promise.all([main, orders, orders, main].map((socket) => stage.ask(socket, "where")));
  assert.deepEqual(answers, [["/", "main"], ["/orders", "orders"], ["/orders", "orders"], ["/", "main"]]);
  assert.deepEqual(heard, [["main", "/"], ["orders", "/orders"], ["orders", "/orders"], ["main", "/"]]);

  // Made on demand, by a pattern and by a function that asks the handshake.
  const child = open("/room-42", {});
  await stage.connected(child);
  assert.deepEqual(await stage.ask(child, "where"), ["/room-42", null]);
  const tenant = open("/tenant/acme", { tenant: "acme" });
  await stage.connected(tenant);
  assert.deepEqual((await stage.ask(tenant, "where"))[0], "/tenant/acme");

  // Unicode, and characters that mean something elsewhere.
  const odd = open("/ключ 🗝?x=1", {});
  await stage.connected(odd);
  assert.deepEqual((await stage.ask(odd, "where"))[0], "/ключ 🗝?x=1");

  // Refused: nobody knows it, the function does not want it, a middleware refuses with and without data, a middleware breaks.
  assert.deepEqual(await refusal(open("/unknown", {})), { message: "Invalid namespace", data: undefined });
  assert.deepEqual(await refusal(open("/room-x", {})), { message: "Invalid namespace", data: undefined });
  assert.deepEqual(await refusal(open("/tenant/acme2", { tenant: "other" })), { message: "Invalid namespace", data: undefined });
  const guarded = open("/guarded", {});
  assert.deepEqual(await refusal(guarded), { message: "No token", data: { code: 401, hint: ["log in"] } });
  assert.deepEqual(await refusal(again(guarded, { token: "bare" })), { message: "Wrong token", data: undefined });
  assert.deepEqual(await refusal(again(guarded, { token: "broken" })), { message: "Internal server error", data: undefined });
  await stage.connected(again(guarded, { token: "right" }));
  assert.deepEqual(await stage.ask(guarded, "who"), ["checked by two"]);

  // Still one connection, and all of it alive.
  assert.equal(manager.engine.id, engine);
  assert.deepEqual(await stage.ask(main, "where"), ["/", "main"]);

  // Leaving one namespace leaves the others; coming back is a new socket.
  const before = orders.id;
  orders.disconnect();
  assert.deepEqual(await stage.ask(main, "where"), ["/", "main"]);
  orders.connect();
  await stage.connected(orders);
  assert.notEqual(orders.id, before);
  assert.equal(orders.io.engine.id, engine);
  assert.deepEqual(await stage.ask(orders, "where"), ["/orders", "orders"]);

  function again(socket, auth) {
    socket.auth = auth;
    return socket.connect();
  }

  async function refusal(socket) {
    const [error] = await stage.event(socket, "connect_error");
    assert.ok(error instanceof Error);
    assert.equal(socket.connected, false);
    return { message: error.message, data: error.data };
  }
}
