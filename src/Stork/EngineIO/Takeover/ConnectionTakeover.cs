using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

using Stork.EventLoops;

namespace Stork.EngineIO.Takeover;

/// <summary>
/// A connection middleware that lends connections to HTTP. Where one is taken back, as after the handshake of a WebSocket, HTTP comes to
/// its end as if the client had left, and frees all that it had; the connection goes on with its owner.
/// </summary>
internal static class ConnectionTakeover
{
    public static ConnectionDelegate Around(ConnectionDelegate next) => connection => ServeAsync(connection, next);

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // What this method keeps, every idle connection keeps: so all about the lending is another method's, which has ended by then.
        if (await LendAsync(connection, next) is not { Owner: { } owner } lent) return;
        if (lent.Context is { } context) ExecutionContext.Restore(context);
        if (connection.Features.Get<IDetachableConnection>() is { } transport && transport.TryDetach(connection.Transport, owner)) return;
        // Not undone: the token ends with the connection.
        _ = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            .UnsafeRegister(static owner => ((IConnectionOwner)owner!).BeginClose(), owner);
        await owner.RunAsync();
    }

    private static async Task<LentConnection> LendAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var lent = new LentConnection(connection);
        try
        {
            await next(lent);
            return lent;
        }
        catch (Exception) when (lent.Owner is not null)
        {
            // A middleware above failed. The owner has to see that its connection is over; it would wait for ever otherwise.
            connection.Abort();
            await lent.Owner.RunAsync();
            throw;
        }
    }
}
