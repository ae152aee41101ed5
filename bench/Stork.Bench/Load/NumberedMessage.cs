using System.Text;

namespace Stork.Bench.Load;

/// <summary>What a message looks like of which only a number changes, between what comes before and behind it.</summary>
internal sealed class NumberedMessage(string head, int digits, string tail)
{
    private readonly byte[] _head = Encoding.ASCII.GetBytes(head);
    private readonly byte[] _tail = Encoding.ASCII.GetBytes(tail);
    private readonly FrameTemplate _frame = FrameTemplate.Text(head + new string('0', digits) + tail);

    /// <summary>The message as a frame of a client; valid until the next one.</summary>
    public ReadOnlySpan<byte> Frame(long number)
    {
        _frame.SetNumber(_head.Length, digits, number);
        return _frame.Bytes;
    }

    /// <summary>The number in a message that looks like this.</summary>
    /// <exception cref="BenchmarkException">It looks otherwise.</exception>
    public int Read(ReadOnlySpan<byte> message)
    {
        if (message.Length != _head.Length + digits + _tail.Length || !message.StartsWith(_head) || !message.EndsWith(_tail))
            throw new BenchmarkException($"a wrong answer or event: {Encoding.UTF8.GetString(message)}");
        return Digits.Parse(message.Slice(_head.Length, digits));
    }
}
