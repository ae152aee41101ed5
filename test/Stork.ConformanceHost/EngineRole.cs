using Microsoft.Extensions.Options;
using Stork.Diagnostics;
using Stork.EngineIO;
using Stork.Hosting;
using Stork.Protocol;
using Stork.Wire;

namespace Stork.ConformanceHost;

/// <summary>Engine.IO alone: every message, text or binary, is sent back.</summary>
internal static class EngineRole
{
    public static void Map(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<SocketIOOptions>>().Value;
        var engine = new EngineServer(
            options.ToEngineOptions(),
            (connection, _) => new Echo(connection),
            app.Logger,
            app.Services.GetRequiredService<SocketIOMetrics>(),
            TimeProvider.System);
        app.Map("/engine.io/{**rest}", context =>
            SocketIOEndpoint.ApplyCors(context, options.Cors!) ? Task.CompletedTask : engine.HandleAsync(context));
        app.Lifetime.ApplicationStopping.Register(engine.Stop);
    }

    private sealed class Echo(EngineConnection connection) : IEngineListener
    {
        public void OnMessage(in EnginePacket packet) =>
            _ = connection.Send(new EncodedPacket(packet.IsBinary
                ? EncodedFrame.Binary(packet.Payload.Span)
                : EncodedFrame.Text(EnginePacketType.Message, packet.Payload.Span)));

        public void OnClosed(DisconnectReason reason, string? details)
        {
        }

        public ValueTask WaitForCapacityAsync() => ValueTask.CompletedTask;
    }
}
