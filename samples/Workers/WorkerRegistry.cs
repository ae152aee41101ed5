using System.Collections.Concurrent;

namespace Stork.Samples.Workers;

/// <summary>Who works, on what, and whether the bug is fixed. Of this run only: what must not be lost is in the queues.</summary>
internal sealed class WorkerRegistry(SocketIOServer io)
{
    public const string Server = "C# in the server";
    public const int MaxSeconds = 10;
    private const int MaxNameLength = 40;
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, string> _workers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _former = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, string> _begun = new();

    public bool Fixed { get; private set; }

    /// <summary>Who is there, the server's own worker first.</summary>
    public IEnumerable<string> Workers => [Server, .. _workers.Values.Order(StringComparer.Ordinal)];

    /// <summary>A worker says what it is called; everything else about it the server knows itself.</summary>
    public async Task AddAsync(Socket socket)
    {
        await socket.EmitAsync("fixed", Fixed);
        if (socket.Handshake.GetAuth<Introduction>()?.Worker is not { Length: > 0 and <= MaxNameLength } name) return;
        _workers[socket.Id] = name;
        if (_former.Count >= MaxRemembered) _former.Clear();
        _former["socket " + socket.Id] = name;
        socket.OnAnyOutgoing(sent =>
        {
            if (sent.Name == "documents" && sent.Arguments.Get<JobMetadata>(1) is { } job) SetWorkerOf(job.Id, name);
        });
        socket.OnDisconnect(_ => _workers.TryRemove(socket.Id, out var _));
    }

    public void SetWorkerOf(Guid job, string by)
    {
        if (_begun.Count >= MaxRemembered) _begun.Clear();
        _begun[job] = by;
    }

    public string? WorkerOf(Guid job) => _begun.GetValueOrDefault(job);

    /// <summary>
    /// Who an attempt's consumer was: the store knows clients by their socket, and the server's own consumers by nothing.
    /// </summary>
    public string NameOf(string owner) => owner.Length == 0 ? Server : _former.GetValueOrDefault(owner, "a worker of an earlier run");

    public async Task SetFixedAsync(bool isFixed)
    {
        Fixed = isFixed;
        await io.EmitAsync("fixed", isFixed);
    }

    /// <summary>The bug.</summary>
    public void ThrowIfPoison(Document document)
    {
        if (document.Poison && !Fixed) throw new InvalidDataException("This document is poison.");
    }

    internal sealed record Introduction(string? Worker);

    internal sealed record JobMetadata(Guid Id);
}
