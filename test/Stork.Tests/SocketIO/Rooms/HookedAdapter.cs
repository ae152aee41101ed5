namespace Stork.Tests.SocketIO.Rooms;

/// <summary>A small adapter of an application's own, which does as a test says.</summary>
internal sealed class HookedAdapter(Namespace nsp) : InMemoryAdapter(nsp)
{
    /// <summary>How it starts.</summary>
    public Func<ValueTask> Starting { get; set; } = () => ValueTask.CompletedTask;

    /// <summary>How it stops.</summary>
    public Func<ValueTask> Stopping { get; set; } = () => ValueTask.CompletedTask;

    /// <summary>Called before it tells the rooms of a socket.</summary>
    public Action<Socket> Telling { get; set; } = _ => { };

    public override ValueTask StartAsync(CancellationToken cancellationToken) => Starting();

    public override ValueTask StopAsync(CancellationToken cancellationToken) => Stopping();

    public override IReadOnlyCollection<string> GetRooms(Socket socket)
    {
        Telling(socket);
        return base.GetRooms(socket);
    }
}
