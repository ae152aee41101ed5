using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.MicroBenchmarks.Server;

/// <summary>
/// The upgraded connection of a client without a network. What is sent is read, handled and answered before <see cref="Send"/> returns,
/// as far as the server does so on the thread that reads; what the server writes is counted and forgotten.
/// </summary>
internal sealed class InMemoryConnection : Stream, IHttpUpgradeFeature, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _source;
    private ReadOnlyMemory<byte> _unread;
    private Memory<byte> _destination;
    private bool _isReading;
    private bool _isEnded;

    public bool IsUpgradableRequest => true;

    /// <summary>Writes of the server so far, the answer to the handshake not among them.</summary>
    public int Writes { get; private set; }

    public long BytesWritten { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A handshake for this connection.</summary>
    public FeatureCollection NewRequest(string query)
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Method = "GET",
            Path = "/socket.io/",
            QueryString = query,
            Headers = new HeaderDictionary
            {
                ["Host"] = "localhost",
                ["Connection"] = "Upgrade",
                ["Upgrade"] = "websocket",
                ["Sec-WebSocket-Version"] = "13",
                ["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==",
            },
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Null));
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        features.Set<IHttpUpgradeFeature>(this);
        return features;
    }

    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (!_unread.IsEmpty) throw new InvalidOperationException("The server has not read what was sent before.");
        _unread = bytes;
        CompleteRead();
    }

    /// <summary>The client is gone.</summary>
    public void End()
    {
        _isEnded = true;
        CompleteRead();
    }

    public Task<Stream> UpgradeAsync() => Task.FromResult<Stream>(this);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_unread.IsEmpty || _isEnded) return new ValueTask<int>(Read(buffer));
        _source.Reset();
        _destination = buffer;
        _isReading = true;
        return new ValueTask<int>(this, _source.Version);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Writes++;
        BytesWritten += buffer.Length;
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private int Read(Memory<byte> buffer)
    {
        // With an empty buffer, this is a reader that waits without holding memory, and reads again.
        var count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }

    private void CompleteRead()
    {
        if (!_isReading) throw new InvalidOperationException("The server does not read.");
        _isReading = false;
        _source.SetResult(Read(_destination));
    }
}
