// Kestrel with the least that the load side needs, at one of its levels: what a server inside ASP.NET Core could reach.
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Stork.Kestrel.Peer;

var (level, port) = (args[0], int.Parse(args[1]));

var options = new KestrelServerOptions();
options.Listen(IPAddress.Loopback, port, listen =>
{
    listen.Protocols = HttpProtocols.Http1;
    if (level == "handler")
        listen.Run(new ConnectionLevel().ServeAsync);
});

// Inline: what has been received is handled, and what is written is sent, by the thread that is there already.
var sockets = new SocketTransportOptions { UnsafePreferInlineScheduling = level == "handler" };
var transport = new SocketTransportFactory(Options.Create(sockets), NullLoggerFactory.Instance);
using var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);

if (level == "http")
    await server.StartAsync(new RequestLevel(), CancellationToken.None);
else
    await server.StartAsync(new StreamLevel(), CancellationToken.None);
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
