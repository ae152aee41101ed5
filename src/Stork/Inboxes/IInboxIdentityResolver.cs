namespace Stork;

/// <summary>
/// Says whose inbox a socket gets. Register one with the application's services to replace the default, which takes the claim
/// <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/> of a user whom ASP.NET Core authenticated. What a client writes itself
/// (<see cref="Handshake.Auth"/>, its query) is no identity before somebody has checked it.
/// </summary>
public interface IInboxIdentityResolver
{
    /// <summary>Called for each socket once its connection handlers have run; its events wait for the answer.</summary>
    /// <returns>The identity; null for a socket that gets no inbox by itself.</returns>
    ValueTask<InboxIdentity?> ResolveAsync(Socket socket);
}
