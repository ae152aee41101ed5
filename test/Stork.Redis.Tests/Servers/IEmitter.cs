namespace Stork.Redis.Tests.Servers;

/// <summary>Who can emit towards a cluster, whoever has written it.</summary>
/// <remarks>Arguments are JSON; binary values in it are written as <see cref="Values"/> says.</remarks>
internal interface IEmitter : IAsyncDisposable
{
    Task EmitAsync(Target target, string arguments);

    /// <summary>With the flags volatile and compress(false).</summary>
    Task EmitVolatileAsync(Target target, string arguments);

    Task JoinAsync(Target target, params string[] rooms);

    Task LeaveAsync(Target target, params string[] rooms);

    Task DisconnectAsync(Target target, bool close);

    Task ServerEmitAsync(string arguments);
}
