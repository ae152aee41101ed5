namespace Stork.EventLoops;

/// <summary>A thread that has, or had, an event loop. Code that may keep it for long asks here first.</summary>
internal sealed class LoopThread
{
    /// <summary>Of so many calls one is measured; each costs two looks at the clock.</summary>
    private const uint SampleEvery = 32;

    [ThreadStatic]
    private static LoopThread? _current;

    private bool _hasLostLoop;
    private uint _calls;

    /// <summary>This thread's; null on any other.</summary>
    public static LoopThread? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Whether other connections wait for this thread.</summary>
    public static bool IsServing => _current is { } thread && !thread.HasLostLoop;

    /// <summary>Whether another thread serves the loop, because a call kept this one.</summary>
    public bool HasLostLoop
    {
        get => Volatile.Read(ref _hasLostLoop);
        set => Volatile.Write(ref _hasLostLoop, value);
    }

    /// <summary>Whether the next call is one to measure.</summary>
    public bool IsSample() => (++_calls & (SampleEvery - 1)) == 0;
}
