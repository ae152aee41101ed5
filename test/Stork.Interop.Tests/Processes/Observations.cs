using System.Threading.Channels;

namespace Stork.Interop.Tests.Processes;

/// <summary>What handlers of the server saw, for the test to take one by one.</summary>
internal sealed class Observations<T>
{
    private readonly Channel<T> _channel = Channel.CreateUnbounded<T>();

    public void Add(T item) => _channel.Writer.TryWrite(item);

    public async Task<T> NextAsync(string what) => await _channel.Reader.ReadAsync().AsTask().Within(what);

    /// <summary>What came and was not taken.</summary>
    public IReadOnlyList<T> Rest()
    {
        var rest = new List<T>();
        while (_channel.Reader.TryRead(out var item)) rest.Add(item);
        return rest;
    }
}
