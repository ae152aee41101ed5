// What every server that is measured does, in the official server's words; see ../README.md.
export function serve(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (text, acknowledge) => acknowledge(text));
    socket.on("binary", (bytes, acknowledge) => acknowledge(bytes));
    socket.on("publish", (text) => io.emit("news", text));
    socket.on("join", (room, acknowledge) => {
      socket.join(room);
      acknowledge();
    });
    socket.on("publish-to", (room, text) => io.to(room).emit("news", text));
    socket.on("fetch", async (acknowledge) => acknowledge((await io.fetchSockets()).length));
  });

  io.of(/^\/n\d{4}$/).on("connection", (socket) => {
    socket.on("echo", (text, acknowledge) => acknowledge(text));
  });
}

// Makes several servers one over the Redis on that port, with the official adapter as its documentation sets it up.
export async function connect(io, port, { createClient }, { createAdapter }) {
  const publisher = createClient({ url: `redis://127.0.0.1:${port}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}
