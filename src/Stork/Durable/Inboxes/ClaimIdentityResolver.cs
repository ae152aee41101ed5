using System.Security.Claims;

namespace Stork.Durable.Inboxes;

/// <summary>The user whom ASP.NET Core authenticated.</summary>
internal sealed class ClaimIdentityResolver : IInboxIdentityResolver
{
    public ValueTask<InboxIdentity?> ResolveAsync(Socket socket)
    {
        if (!socket.Handshake.IsAuthenticated) return default;
        var name = socket.Handshake.User.FindFirst(ClaimTypes.NameIdentifier)?.Value;
        return new ValueTask<InboxIdentity?>(string.IsNullOrEmpty(name) ? null : new InboxIdentity(name));
    }
}
