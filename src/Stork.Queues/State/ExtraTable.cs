using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// What is remembered of messages, by sequence. An inbox has mostly one message out, which needs no table: only further ones go into one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct ExtraTable
{
    private long _firstSequence;
    private MessageExtra? _first;
    private Dictionary<long, MessageExtra>? _others;

    public readonly int Count => (_first is null ? 0 : 1) + (_others?.Count ?? 0);

    /// <summary>In no particular order.</summary>
    public readonly IEnumerable<long> Sequences
    {
        get
        {
            var others = _others?.Keys ?? Enumerable.Empty<long>();
            return _first is null ? others : others.Append(_firstSequence);
        }
    }

    public readonly bool TryGet(long sequence, [NotNullWhen(true)] out MessageExtra? extra)
    {
        extra = _first;
        if (extra is not null && _firstSequence == sequence) return true;
        extra = null;
        return _others is not null && _others.TryGetValue(sequence, out extra);
    }

    /// <param name="sequence">Which.</param>
    /// <param name="spare">Where used ones wait to be used again.</param>
    [Durable]
    public MessageExtra GetOrAdd(long sequence, Stack<MessageExtra> spare)
    {
        if (TryGet(sequence, out var known)) return known;
        if (!spare.TryPop(out var extra)) extra = new MessageExtra();
        Set(sequence, extra);
        return extra;
    }

    [Durable]
    public void Set(long sequence, MessageExtra extra)
    {
        if (_others is not null && _others.ContainsKey(sequence))
        {
            _others[sequence] = extra;
        }
        else if (_first is null || _firstSequence == sequence)
        {
            _firstSequence = sequence;
            _first = extra;
        }
        else
        {
            (_others ??= [])[sequence] = extra;
        }
    }

    [Durable]
    public bool Remove(long sequence, [NotNullWhen(true)] out MessageExtra? extra)
    {
        extra = _first;
        if (extra is not null && _firstSequence == sequence)
        {
            _first = null;
            return true;
        }

        extra = null;
        return _others is not null && _others.Remove(sequence, out extra);
    }
}
