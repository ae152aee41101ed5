// Takes messages of an inbox and jobs, some of which make the client itself end the connection, and comes back each time.
// Reports what it got once it has got what it is said to wait for, and how often it had to connect.

import { Decoder, Encoder } from "socket.io-parser";

export default async function (stage) {
  const { expected, maxAttachments } = stage.given;
  // A limit of the client's own, which no server can know.
  const parser = { Encoder, Decoder: class extends Decoder { constructor() { super({ maxAttachments }); } } };
  const socket = stage.socket("/", {
    auth: { user: "42" }, reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 10, ...(maxAttachments ? { parser } : {}),
  });
  const got = new Set();
  let connections = 0;
  const reasons = new Set();
  socket.on("connect", () => connections++);
  socket.on("disconnect", (reason) => reasons.add(reason));
  await stage.until(`${expected} messages`, new Promise((resolve) => socket.onAny((name, value, ...rest) => {
    got.add(`${name} ${typeof value === "object" ? "binary" : value}`);
    // Later, as applications do: the client must not be helped by answers that are quicker than its end.
    setTimeout(() => rest.at(-1)(), 20);
    if (got.size >= expected) resolve();
  })));
  stage.report("got", { got: [...got], connections, reasons: [...reasons] });
  await stage.signal();
  // It may be on its way back from the last time.
  if (!socket.connected) await stage.event(socket, "connect");
  stage.report("lived", { connected: socket.connected });
}
