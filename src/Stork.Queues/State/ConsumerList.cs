using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// The consumers of a queue, in the order they came. An inbox mostly has one, which needs no list: only further ones go into one.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct ConsumerList
{
    private ConsumerState? _first;
    private List<ConsumerState>? _others;

    public readonly int Count => _first is null ? 0 : 1 + (_others?.Count ?? 0);

    public readonly ConsumerState this[int index] => index == 0 ? _first! : _others![index - 1];

    public void Add(ConsumerState consumer)
    {
        if (_first is null) _first = consumer;
        else (_others ??= []).Add(consumer);
    }

    public void Remove(ConsumerState consumer)
    {
        if (_first != consumer)
        {
            _others?.Remove(consumer);
        }
        else if (_others is { Count: > 0 })
        {
            _first = _others[0];
            _others.RemoveAt(0);
        }
        else
        {
            _first = null;
        }
    }

    public readonly ConsumerState[] OfDevice(Device device)
    {
        var found = new List<ConsumerState>();
        for (var i = 0; i < Count; i++)
            if (this[i].Device == device) found.Add(this[i]);
        return [.. found];
    }
}
