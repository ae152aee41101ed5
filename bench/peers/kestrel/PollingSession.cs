using System.Text;
using System.Threading.Channels;

namespace Stork.Kestrel.Peer;

/// <summary>One session of long-polling: what a POST brings is answered to the GET that waits, or to the next one.</summary>
internal sealed class PollingSession
{
    private const byte RecordSeparator = 0x1E;

    private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();

    /// <summary>The next answer, as soon as there is one.</summary>
    public ValueTask<byte[]> NextAsync() => _answers.Reader.ReadAsync();

    /// <summary>Answers a join, or <c>42id["event",argument]</c> with <c>43id[argument]</c>.</summary>
    public void Answer(ReadOnlySpan<byte> packets)
    {
        var packet = packets[(packets.LastIndexOf(RecordSeparator) + 1)..];
        byte[] answer = packet.SequenceEqual("40"u8)
            ? Encoding.ASCII.GetBytes("40{\"sid\":\"ceiling\"}")
            : [.. "43"u8, .. packet[2..(packet.IndexOf((byte)'[') + 1)], .. packet[(packet.IndexOf((byte)',') + 1)..]];
        _answers.Writer.TryWrite(answer);
    }
}
