namespace Stork.Redis.Tests.Servers;

/// <summary>One server of a cluster, whoever has written it: what it can be told to do towards all.</summary>
/// <remarks>Arguments are JSON; binary values and dates in it are written as <see cref="Values"/> says.</remarks>
internal interface IMember : IAsyncDisposable
{
    Uri Url { get; }

    Task EmitAsync(Target target, string arguments);

    /// <summary>With the flags volatile and compress(false).</summary>
    Task EmitVolatileAsync(Target target, string arguments);

    /// <summary>Emits, and gives the clients' answers.</summary>
    Task<string[]> AskAsync(Target target, string arguments);

    Task JoinAsync(Target target, params string[] rooms);

    Task LeaveAsync(Target target, params string[] rooms);

    Task DisconnectAsync(Target target, bool close);

    Task<FoundSocket[]> FetchAsync(Target target);

    Task ServerEmitAsync(string arguments);

    /// <summary>The answers of the other servers.</summary>
    Task<string[]> ServerAskAsync(string arguments);

    /// <summary>The arguments of the events <c>news</c> that other servers sent it.</summary>
    Task<string[]> SeenAsync();

    Task<string[]> AllRoomsAsync();

    Task<int> CountAsync();
}
