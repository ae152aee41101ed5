using Stork.Durable.Consumers;

namespace Stork.Durable.Inboxes;

/// <summary>Asks the application who is behind a socket: for its inbox, and for the session it wants back.</summary>
internal static class Identities
{
    /// <returns>Who it is, null for nobody in particular; not known if the application could not say, which is logged.</returns>
    public static async ValueTask<(bool IsKnown, InboxIdentity? Identity)> AskAsync(Socket socket)
    {
        try
        {
            var identity = await socket.Server.InboxIdentities.ResolveAsync(socket);
            if (identity is null) return (true, null);
            ArgumentException.ThrowIfNullOrEmpty(identity.Name);
            InboxOptions.CheckDevice(identity.Device);
            return (true, identity);
        }
        catch (Exception exception)
        {
            Log.IdentityFailed(socket.Server.Logger, exception, socket.Id);
            return (false, null);
        }
    }

    /// <summary>The name of who it is, for its session; its inbox goes by the same answer.</summary>
    public static async ValueTask<(bool IsKnown, string? Name)> AskForSessionAsync(Socket socket)
    {
        var (isKnown, identity) = await AskAsync(socket);
        if (isKnown && socket.Feature<SocketConsumers>() is { } consumers) consumers.Identity = identity;
        return (isKnown, identity?.Name);
    }
}
