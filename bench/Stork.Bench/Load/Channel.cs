using System.Diagnostics;

namespace Stork.Bench.Load;

/// <summary>One TCP connection of the load side: reads what has come, hands it on, and sends the answers with one write.</summary>
/// <remarks>
/// Owns no buffers while nothing is half read or half written: input and output are the loop's, used by one channel at a time.
/// </remarks>
internal abstract class Channel(LoadLoop loop, RawSocket socket) : IDisposable
{
    /// <summary>What may wait for a server that does not read; more means that the scenario is wrong.</summary>
    private const int UnsentLimit = 1 << 20;

    private byte[] _partial = [];
    private byte[] _unsent = [];

    public int Descriptor => socket.Descriptor;

    public bool IsClosed { get; private set; }

    /// <summary>Its place in the loop's table, and the token in its epoll set.</summary>
    internal int Token { get; set; }

    protected LoadLoop Loop { get; } = loop;

    /// <summary>Adds bytes to what leaves at the end of this channel's turn, or with <see cref="SendWritten"/> outside of one.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => Loop.Output.Append(bytes);

    /// <summary>Sends at once; for bytes that answer nothing, or that another channel's packet caused.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (_unsent.Length == 0)
            bytes = bytes[(socket.Send(bytes) ?? 0)..];
        if (bytes.IsEmpty)
            return;

        if (_unsent.Length + bytes.Length > UnsentLimit)
            throw new BenchmarkException($"{this}: the server does not read ({_unsent.Length} bytes wait)");
        _unsent = [.. _unsent, .. bytes];
    }

    /// <summary>Sends what was written, outside of this channel's turn: to be called before another channel is written to.</summary>
    public void SendWritten()
    {
        var written = Loop.Output.Take();
        if (!written.IsEmpty && !IsClosed)
            Send(written);
    }

    /// <summary>Takes all that has arrived and sends what had to wait for room.</summary>
    public void OnReady()
    {
        if (_unsent.Length > 0)
            _unsent = _unsent[(socket.Send(_unsent) ?? 0)..];
        while (!IsClosed && ReadOnce())
        {
        }
    }

    /// <summary>Closes it in the ordinary way, with a FIN, and frees its place.</summary>
    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        Loop.Remove(this);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Handles what is complete at the start of the bytes, returns the rest; <paramref name="now"/> is when they came.</summary>
    protected abstract ReadOnlySpan<byte> Consume(ReadOnlySpan<byte> bytes, long now);

    /// <summary>The server has closed.</summary>
    protected abstract void OnEnd();

    /// <summary>
    /// One read, all that is in it, one write. False when there is no more to read: a read that does not fill its buffer is the last.
    /// </summary>
    private bool ReadOnce()
    {
        var input = Loop.Input.AsSpan();
        _partial.CopyTo(input);
        var room = input[_partial.Length..];
        if (socket.Receive(room) is not { } received)
            return false;
        if (received == 0)
        {
            OnEnd();
            return false;
        }

        var rest = Consume(input[..(_partial.Length + received)], Stopwatch.GetTimestamp());
        _partial = rest.IsEmpty ? [] : rest.ToArray();
        SendWritten();
        return received == room.Length;
    }
}
