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
  });

  io.of(/^\/n\d{4}$/).on("connection", (socket) => {
    socket.on("echo", (text, acknowledge) => acknowledge(text));
  });
}
