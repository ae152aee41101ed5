namespace Stork;

/// <summary>
/// Says who is behind a socket: whose inbox it gets, who sends what <c>HandleOnce</c> handles, and, unless
/// <see cref="ConnectionStateRecoveryOptions.Identity"/> says otherwise, who may have its session back. Register one with the application's
/// services to replace the default, which takes the claim <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/> of a user whom
/// ASP.NET Core authenticated. What a client writes itself (<see cref="Handshake.Auth"/>, its query) is no identity before somebody has
/// checked it.
/// </summary>
public interface IInboxIdentityResolver
{
    /// <summary>Called for each socket once its connection handlers have run; its events wait for the answer. With
    /// <see cref="SocketIOOptions.ConnectionStateRecovery"/> behind the middlewares already, before the client is told that it is connected
    /// (with <see cref="ConnectionStateRecoveryOptions.SkipMiddlewares"/> without those), and once more behind the handlers if it was null
    /// then.</summary>
    /// <returns>The identity; null for a socket that gets no inbox by itself. One that throws is logged: the socket gets no inbox, and
    /// nobody its session.</returns>
    ValueTask<InboxIdentity?> ResolveAsync(Socket socket);
}
