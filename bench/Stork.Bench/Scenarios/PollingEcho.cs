using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;

namespace Stork.Bench.Scenarios;

/// <summary>One client of <see cref="PollingEchoScenario"/>: a connection on which a GET always waits, and one for POSTs.</summary>
internal sealed class PollingEcho(LoadLoop loop, LatencyHistogram latency) : IHttpClient
{
    private const int IdDigits = 6;
    private const int FirstId = 100_000;
    private const int Ids = 900_000;

    private static readonly string s_event = $"42{FirstId}[\"echo\",\"{Payload.Text()}\"]";
    private static readonly byte[] s_answer = Encoding.ASCII.GetBytes($"[\"{Payload.Text()}\"]");
    private static readonly int s_idFromEnd = s_event.Length - "42".Length;

    private HttpChannel? _polling;
    private HttpChannel? _posting;
    private PollingRequests? _requests;
    private byte[] _event = [];
    private byte[] _pongAndEvent = [];
    private int _number;
    private long _sentAt;
    private bool _isPosting;
    private bool _owesPong;

    public bool IsUnderWay { get; private set; }

    public bool IsEnding { get; set; }

    public void Start() => Request(ref _polling, PollingRequests.Handshake(loop.Port));

    public void OnAnswer(HttpChannel channel, in HttpAnswer answer, long now)
    {
        if (channel == _posting)
        {
            PollingRequests.CheckPosted(answer);
            _isPosting = false;
        }
        else if (_requests is null)
        {
            _requests = PollingRequests.Open(loop.Port, answer);
            _event = _requests.Post(s_event);
            _pongAndEvent = _requests.Post(PollingRequests.Join("3", s_event));
            Request(ref _polling, _requests.Get);
            Post(_requests.Post("40"));
            // The answer to the join is what the first event waits for.
            IsUnderWay = true;
        }
        else
        {
            for (var packets = PollingRequests.Packets(answer); !packets.IsEmpty;)
                OnPacket(PollingRequests.TakeFirst(ref packets), now);
            Request(ref _polling, _requests.Get);
        }

        if (!IsUnderWay && !_isPosting && !IsEnding)
            PostNext();
    }

    private void OnPacket(ReadOnlySpan<byte> packet, long now)
    {
        switch (packet)
        {
            case [(byte)'2']:
                _owesPong = true;
                break;
            case [(byte)'6']:
                break;
            case [(byte)'4', (byte)'0', ..] when _number == 0:
                IsUnderWay = false;
                break;
            // 43<id>["<text>"]
            case [(byte)'4', (byte)'3', .. var rest]
                when IsUnderWay && rest.Length == IdDigits + s_answer.Length && rest.EndsWith(s_answer)
                    && Digits.Parse(rest[..IdDigits]) == Id:
                latency.Record(now - _sentAt);
                IsUnderWay = false;
                break;
            default:
                throw new BenchmarkException($"wrong answer: {Encoding.UTF8.GetString(packet)}");
        }
    }

    private int Id => FirstId + (_number % Ids);

    private void PostNext()
    {
        _number++;
        var request = _owesPong ? _pongAndEvent : _event;
        _owesPong = false;
        var id = Id;
        for (var at = request.Length - s_idFromEnd + IdDigits - 1; at >= request.Length - s_idFromEnd; at--, id /= 10)
            request[at] = (byte)('0' + (id % 10));
        IsUnderWay = true;
        _sentAt = Stopwatch.GetTimestamp();
        Post(request);
    }

    private void Post(ReadOnlySpan<byte> request)
    {
        _isPosting = true;
        Request(ref _posting, request);
    }

    private void Request(ref HttpChannel? channel, ReadOnlySpan<byte> request)
    {
        if (channel is null || channel.IsClosed)
            channel = loop.ConnectHttp(this);
        channel.Request(request);
    }
}
