using System.Text;
using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>A client that comes the default way: it opens its session and joins by long-polling, and goes on over WebSocket.</summary>
internal sealed class PollingVisitor(LoadLoop loop, int index) : IHttpClient
{
    private HttpChannel? _channel;
    private PollingRequests? _requests;
    private bool _isPosting;

    public void Start() => Request(PollingRequests.Handshake(loop.Port));

    public void OnAnswer(HttpChannel channel, in HttpAnswer answer, long now)
    {
        if (_requests is null)
        {
            _requests = PollingRequests.Open(loop.Port, answer);
            _isPosting = true;
            Request(_requests.Post("40"));
        }
        else if (_isPosting)
        {
            PollingRequests.CheckPosted(answer);
            _isPosting = false;
            Request(_requests.Get);
        }
        else
        {
            var packets = PollingRequests.Packets(answer);
            if (!packets.StartsWith("40{"u8))
                throw new BenchmarkException($"the namespace was not joined: {Encoding.UTF8.GetString(packets)}");
            channel.Close();
            loop.Connect(index, _requests.Session);
        }
    }

    private void Request(ReadOnlySpan<byte> request)
    {
        if (_channel is null || _channel.IsClosed)
            _channel = loop.ConnectHttp(this);
        _channel.Request(request);
    }
}
