// A path of one's own, and none of the client's usual slash at its end.
import assert from "node:assert/strict";

export default async function (stage) {
  const { path, addTrailingSlash } = stage.given;
  const socket = await stage.connect("/", { path, addTrailingSlash });
  assert.deepEqual(await stage.ask(socket, "ask", 1), [1]);
}
