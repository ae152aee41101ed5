using System.Buffers;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Stork.EventLoops;

/// <summary>The loops of one web server, and what its connections have in common.</summary>
[DebuggerDisplay("{_loops.Length} loops, requests in the pool: {_requests.KeepsThreads}")]
internal sealed class EventLoopGroup : IDisposable
{
    /// <summary>While so many threads of a loop are held up, everything of it is handed to the pool, and no more get lost.</summary>
    public const int MaxBlockedThreads = 8;

    private readonly EventLoop[] _loops;
    private readonly LoopWatchdog _watchdog = new();
    private readonly ILogger _logger;
    private readonly byte[][] _inlinePrefixes;
    private readonly CallPace _requests;
    private int _nextLoop = -1;

    /// <param name="count">How many loops, at least one.</param>
    /// <param name="path">Requests below this path go on on the loop's thread.</param>
    /// <param name="memory">What the web server takes its own buffers from.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The server's log.</param>
    public EventLoopGroup(int count, string path, MemoryPool<byte> memory, TimeProvider time, ILogger logger)
    {
        _requests = new CallPace(time);
        Time = time;
        Memory = memory;
        _logger = logger;
        _inlinePrefixes = [Encoding.UTF8.GetBytes($"GET {path}"), Encoding.UTF8.GetBytes($"POST {path}")];
        _loops = new EventLoop[count];
        for (var i = 0; i < count; i++) _loops[i] = new EventLoop(i, _watchdog, logger);
        _watchdog.Start(_loops);
    }

    public TimeProvider Time { get; }

    public MemoryPool<byte> Memory { get; }

    /// <summary>Connections go round.</summary>
    public EventLoop NextLoop() => _loops[(uint)Interlocked.Increment(ref _nextLoop) % (uint)_loops.Length];

    /// <summary>The connections that a listener has accepted, and that are not closed.</summary>
    public IEnumerable<LoopConnection> FindConnections(LoopListener listener) =>
        _loops.SelectMany(static loop => loop.Entries).OfType<LoopConnection>().Where(connection => connection.Listener == listener);

    /// <summary>Whether these bytes are the beginning of a request that Socket.IO answers.</summary>
    public bool IsInlineRequest(ReadOnlySpan<byte> bytes)
    {
        foreach (var prefix in _inlinePrefixes)
        {
            if (bytes.StartsWith(prefix)) return !_requests.KeepsThreads;
        }

        return false;
    }

    /// <summary>What the application does with a request, ahead of us, has held up a loop.</summary>
    public void OnRequestBlocked()
    {
        if (!_requests.KeepsThreads) Log.RequestsBlock(_logger);
        _requests.Ban();
    }

    public void OnCallbackFailed(Exception exception) => Log.ClosedCallbackFailed(_logger, exception);

    public void OnOwnerFailed(Exception exception) => Log.LoopFailed(_logger, exception);

    public void Dispose()
    {
        _watchdog.Dispose();
        foreach (var loop in _loops) loop.Dispose();
        Memory.Dispose();
    }
}
