namespace Stork.Messages.Peer;

/// <summary>Believes what clients say of themselves, as this server has nothing that is worth stealing.</summary>
internal sealed class TrustingIdentities : IInboxIdentityResolver
{
    public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) =>
        ValueTask.FromResult(socket.Handshake.GetAuth<Login>()?.User is { } user ? new InboxIdentity(user) : null);
}
