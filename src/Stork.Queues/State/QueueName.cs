using System.Text;

namespace Stork.Queues.State;

/// <summary>A queue's name: UTF-8 in a block that many share, behind a byte with its length less one.</summary>
internal readonly struct QueueName(byte[] block, ushort offset)
{
    public bool IsEmpty => block is null;

    public ReadOnlySpan<byte> Utf8 => block is null ? default : block.AsSpan(offset + 1, block[offset] + 1);

    public override string ToString() => Encoding.UTF8.GetString(Utf8);
}
