using System.Buffers;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Sequences of several segments, as a pipe hands them out.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    public static ReadOnlySequence<byte> Join(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        if (pieces.Count == 1)
            return new ReadOnlySequence<byte>(pieces[0]);

        Segments? first = null;
        Segments? last = null;
        foreach (var piece in pieces)
        {
            var next = new Segments(piece, last is null ? 0 : last.RunningIndex + last.Memory.Length);
            if (last is not null)
                last.Next = next;
            first ??= next;
            last = next;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    /// <summary>The bytes in pieces of the given size.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Cut(byte[] bytes, int size)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < bytes.Length; i += size)
            pieces.Add(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)));
        return pieces;
    }
}
