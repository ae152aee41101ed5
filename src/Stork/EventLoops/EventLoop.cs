using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Stork.EventLoops;

/// <summary>
/// A thread that waits for many sockets and handles each as soon as something is possible, without handing it to another thread.
/// </summary>
/// <remarks>
/// <para>
/// Code of the application runs here, and it may block. So the loop is not the thread's for ever: <see cref="LoopWatchdog"/> sees that one
/// call lasts, and lets a new thread go on behind it. The one that was held up finds out when its call returns, and ends.
/// </para>
/// <para>
/// Who owns the loop is decided by <c>_turn</c>: even between two calls, odd during one. Only the owner makes it odd; both the owner,
/// at the end of its call, and the watchdog, when the call lasts, try to make the same odd number even. Whoever succeeds has the loop.
/// </para>
/// </remarks>
[DebuggerDisplay("{_name,nq}: {_table.Count} entries, turn {_turn}, blocked {_blocked}")]
internal sealed class EventLoop : IDisposable
{
    /// <summary>Events taken at once; more stay ready and come with the next call.</summary>
    private const int MaxEvents = 256;

    private readonly string _name;
    private readonly LoopWatchdog _watchdog;
    private readonly ILogger _logger;
    private readonly EventQueue _queue = new();
    private readonly LoopTable _table = new();
    private int _turn;
    private int _blocked;
    private bool _isStopping;

    // What the owner is at: the events it has taken, and the next of them. Handed over with the loop.
    private byte[] _events = new byte[EventQueue.SizeOf(MaxEvents)];
    private int _count;
    private int _next;
    private ILoopEntry? _current;
    private LoopThread _owner = new();

    public EventLoop(int number, LoopWatchdog watchdog, ILogger logger)
    {
        _name = $"stork-loop-{number}";
        _watchdog = watchdog;
        _logger = logger;
        StartThread(Run);
    }

    /// <summary>Changes whenever a call begins or ends; odd during one.</summary>
    public int Turn => Volatile.Read(ref _turn);

    /// <summary>The thread that has the loop, or gets it now.</summary>
    public LoopThread Owner => Volatile.Read(ref _owner);

    /// <summary>Threads that have lost the loop and are still in their call.</summary>
    public int Blocked => Volatile.Read(ref _blocked);

    /// <summary>What it watches at the moment.</summary>
    public ILoopEntry[] Entries => _table.Snapshot();

    /// <summary>Watches a socket. What is possible already is told as well.</summary>
    public void Add(ILoopEntry entry, int descriptor)
    {
        var token = _table.Add(entry);
        try
        {
            _queue.Add(descriptor, token);
        }
        catch
        {
            _table.Remove(entry);
            throw;
        }
    }

    /// <summary>Forgets a socket, before it is closed. A call for it may be under way.</summary>
    public void Remove(ILoopEntry entry) => _table.Remove(entry);

    /// <summary>Lets another thread go on if that turn's call still lasts.</summary>
    public void HandOver(int turn)
    {
        var entry = Volatile.Read(ref _current);
        try
        {
            StartThread(() => TakeFrom(turn, entry));
        }
        catch (OutOfMemoryException)
        {
            // No thread can be started now. The call keeps the loop, and the watchdog comes again.
        }
    }

    /// <summary>Ends the thread when it has done what it is at. Sockets are no longer watched.</summary>
    public void Dispose()
    {
        // Once: the descriptors may be somebody else's afterwards.
        if (!Interlocked.Exchange(ref _isStopping, true)) _queue.Wake();
    }

    private void StartThread(ThreadStart run) => new Thread(run) { IsBackground = true, Name = _name }.UnsafeStart();

    // On the new thread: the loop is lost only when there is somebody to go on with it.
    private void TakeFrom(int turn, ILoopEntry? entry)
    {
        if (Interlocked.CompareExchange(ref _turn, turn + 1, turn) != turn) return;
        Interlocked.Increment(ref _blocked);
        _owner.HasLostLoop = true;
        Volatile.Write(ref _owner, new LoopThread());
        Log.LoopHandedOver(_logger, (int)(2 * LoopWatchdog.Interval).TotalMilliseconds);
        entry?.OnBlocked();
        Run();
    }

    private void Run()
    {
        _owner.Begin();
        while (true)
        {
            if (_next == _count) Wait();
            if (Volatile.Read(ref _isStopping)) break;
            var (events, token) = EventQueue.Read(_events, _next++);
            if (_table.Find(token) is not { } entry) continue;
            var turn = _turn + 1;
            _current = entry;
            Volatile.Write(ref _turn, turn);
            Call(entry, events);
            if (Interlocked.CompareExchange(ref _turn, turn + 1, turn) == turn) continue;
            // Another has the loop: nothing of it may be touched any more.
            Interlocked.Decrement(ref _blocked);
            return;
        }

        _queue.Dispose();
    }

    private void Wait()
    {
        _next = 0;
        do _count = _queue.Wait(_events); while (_count == 0);
        _watchdog.Wake();
    }

    private void Call(ILoopEntry entry, uint events)
    {
        try
        {
            entry.OnEvents(events);
        }
        catch (Exception exception)
        {
            // The others of this loop must not suffer for it.
            Log.LoopFailed(_logger, exception);
        }
    }
}
