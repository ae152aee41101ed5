using System.Collections.Concurrent;

namespace Stork.SocketIO.Sessions;

/// <summary>The part of a socket of which nothing is remembered.</summary>
internal class NoSession : ISocketSession
{
    public static NoSession Instance { get; } = new();

    public bool IsRecoverable => false;

    public bool IsClaiming => false;

    public bool SkipsMiddlewares => false;

    public ValueTask IdentifyAsync() => ValueTask.CompletedTask;

    public ValueTask<IDisposable?> WaitForSlotAsync() => ValueTask.FromResult<IDisposable?>(null);

    public ValueTask<bool> TryTakeAsync() => ValueTask.FromResult(false);

    public virtual ValueTask<bool> TryOpenAsync(Socket socket)
    {
        socket.Lifetime.Open(log: null, pid: null, missed: null);
        return ValueTask.FromResult(true);
    }

    public void Abandon()
    {
        // Nothing was taken.
    }

    public virtual void OnClosed(DisconnectReason reason)
    {
        // Nothing is remembered.
    }

    public ValueTask JoinAsync(Socket socket, IReadOnlyList<string> rooms) => socket.Namespace.RequireAdapter().AddAsync(socket, rooms);

    public ValueTask LeaveAsync(Socket socket, string room) => socket.Namespace.RequireAdapter().RemoveAsync(socket, room);

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public IDictionary<string, object?> CreateData() => new ConcurrentDictionary<string, object?>(StringComparer.Ordinal);
}
