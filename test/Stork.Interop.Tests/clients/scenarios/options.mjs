// Options of the client that change what the server sees.
import assert from "node:assert/strict";
import { bytes } from "../lib/stage.mjs";

export default async function (stage) {
  const variants = {
    "base64 instead of binary frames": { forceBase64: true },
    "a time in every request": { timestampRequests: true, timestampParam: "when" },
    "no time in any request": { timestampRequests: false },
    "only what works": { upgrade: false },
    "every transport in turn": { tryAllTransports: true },
    "subprotocols of the application": { protocols: ["chat", "superchat"] },
    "credentials": { withCredentials: true },
  };

  for (const [name, options] of Object.entries(variants)) {
    const socket = await stage.until(name, stage.connect("/", options));
    const [text, binary] = await stage.ask(socket, "ask", name, Buffer.from(name));
    assert.equal(text, name);
    assert.deepEqual(bytes(binary), [...Buffer.from(name)]);
    socket.disconnect();
  }
}
