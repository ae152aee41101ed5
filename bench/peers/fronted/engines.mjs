// The official server on each of the engines people run it on, with default options. The packages of an engine are those of its peer.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Server } from "socket.io";

const packagesOf = (peer) => createRequire(new URL(`../${peer}/`, import.meta.url));

const engines = {
  ws(io, port) {
    io.attach(createServer().listen(port, "127.0.0.1"));
  },
  uws(io, port) {
    const app = packagesOf("uws")("@btc-vision/uwebsockets.js").App();
    io.attachApp(app);
    app.listen("127.0.0.1", port, (isListening) => isListening || process.exit(1));
  },
  bun(io, port) {
    const { Server: Engine } = packagesOf("bun")("@socket.io/bun-engine");
    const engine = new Engine({ path: "/socket.io/" });
    io.bind(engine);
    Bun.serve({ hostname: "127.0.0.1", port, ...engine.handler() });
  },
};

export function listen(engine, port) {
  const io = new Server();
  engines[engine](io, port);
  return io;
}
