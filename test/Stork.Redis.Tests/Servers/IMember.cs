namespace Stork.Redis.Tests.Servers;

/// <summary>One server of a cluster, whoever has written it: what it can be told to do towards all.</summary>
internal interface IMember : IEmitter
{
    Uri Url { get; }

    /// <summary>Emits, and gives the clients' answers.</summary>
    Task<string[]> AskAsync(Target target, string arguments);

    Task<FoundSocket[]> FetchAsync(Target target);

    /// <summary>The answers of the other servers.</summary>
    Task<string[]> ServerAskAsync(string arguments);

    /// <summary>The arguments of the events <c>news</c> that other servers sent it.</summary>
    Task<string[]> SeenAsync();

    Task<string[]> AllRoomsAsync();

    Task<int> CountAsync();
}
