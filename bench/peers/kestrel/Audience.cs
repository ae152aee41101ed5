namespace Stork.Kestrel.Peer;

/// <summary>The connections that a broadcast goes to.</summary>
/// <remarks>
/// Nothing keeps a broadcast and an answer to the same connection apart: the load side asks for broadcasts on one connection when all have
/// joined, and the others say nothing any more.
/// </remarks>
internal sealed class Audience
{
    private readonly HashSet<Func<ReadOnlyMemory<byte>, ValueTask>> _members = [];

    public void Add(Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        lock (_members)
            _members.Add(send);
    }

    public void Remove(Func<ReadOnlyMemory<byte>, ValueTask> send)
    {
        lock (_members)
            _members.Remove(send);
    }

    public void Broadcast(ReadOnlySpan<byte> frame)
    {
        var bytes = frame.ToArray();
        lock (_members)
        {
            foreach (var send in _members)
            {
                var sending = send(bytes);
                if (!sending.IsCompletedSuccessfully)
                    throw new InvalidOperationException("the load side does not read");
            }
        }
    }
}
