using System.Collections;

namespace Stork.Queues.State;

/// <summary>The last number of each producer of a queue.</summary>
internal sealed class ProducerTable : IEnumerable<KeyValuePair<string, ProducerMark>>
{
    private readonly Dictionary<string, ProducerMark> _marks = new(StringComparer.Ordinal);

    public int Count => _marks.Count;

    public bool Has(string producer) => _marks.ContainsKey(producer);

    public bool TryGet(string producer, out ProducerMark mark) => _marks.TryGetValue(producer, out mark);

    /// <summary>Takes a higher number; a lower one is from a record that reclaim wrote anew.</summary>
    [Durable]
    public void Advance(string producer, ProducerMark mark)
    {
        if (_marks.TryGetValue(producer, out var last) && last.Number >= mark.Number) return;
        _marks[producer] = mark;
    }

    public IEnumerator<KeyValuePair<string, ProducerMark>> GetEnumerator() => _marks.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
