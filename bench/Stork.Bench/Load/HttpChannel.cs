namespace Stork.Bench.Load;

/// <summary>One HTTP/1.1 connection that stays open from request to request, each answered before the next.</summary>
internal sealed class HttpChannel(LoadLoop loop, RawSocket socket, IHttpClient client) : Channel(loop, socket)
{
    private bool _isWaiting;

    public void Request(ReadOnlySpan<byte> request)
    {
        if (_isWaiting)
            throw new InvalidOperationException("A request is under way.");
        _isWaiting = true;
        Send(request);
    }

    public override string ToString() => "an HTTP connection";

    protected override ReadOnlySpan<byte> Consume(ReadOnlySpan<byte> bytes, long now)
    {
        while (!IsClosed && HttpAnswer.TryRead(bytes, out var answer))
        {
            if (!_isWaiting)
                throw new BenchmarkException("an answer came to no request");
            _isWaiting = false;
            bytes = bytes[answer.Length..];
            // Its client opens another one then.
            if (answer.IsLast)
                Close();
            client.OnAnswer(this, answer, now);
        }

        return bytes;
    }

    protected override void OnEnd()
    {
        if (_isWaiting)
            throw new BenchmarkException("the server closed an HTTP connection instead of answering");
        Close();
    }
}
