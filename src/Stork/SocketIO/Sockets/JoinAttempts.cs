namespace Stork.SocketIO.Sockets;

/// <summary>The namespaces that a connection has asked for and is not in yet. The owner guards it with a lock.</summary>
internal sealed class JoinAttempts
{
    private readonly List<(string Name, Socket? Socket)> _attempts = [];

    public int Count => _attempts.Count;

    /// <summary>The sockets whose middlewares run.</summary>
    public IReadOnlyList<Socket> Sockets => [.. _attempts.Select(attempt => attempt.Socket).OfType<Socket>()];

    public bool Contains(string name) => _attempts.Exists(attempt => attempt.Name == name);

    public void Add(string name) => _attempts.Add((name, null));

    /// <summary>There is a socket for the attempt now.</summary>
    public void Set(string name, Socket socket)
    {
        var index = _attempts.FindIndex(attempt => attempt.Name == name);
        if (index >= 0) _attempts[index] = (name, socket);
    }

    public void Remove(string name) => _attempts.RemoveAll(attempt => attempt.Name == name);
}
