using System.Globalization;

namespace Stork.EventLoops;

/// <summary>A thread that has, or had, an event loop. Code that may keep it for long asks here first.</summary>
internal sealed class LoopThread
{
    /// <summary>Of so many calls one is measured; each costs two looks at the clock.</summary>
    private const uint SampleEvery = 32;

    [ThreadStatic]
    private static LoopThread? _current;

    private int _id;
    private bool _hasLostLoop;
    private uint _calls;

    /// <summary>This thread's; null on any other.</summary>
    public static LoopThread? Current => _current;

    /// <summary>Whether other connections wait for this thread.</summary>
    public static bool IsServing => _current is { } thread && !thread.HasLostLoop;

    /// <summary>Whether another thread serves the loop, because a call kept this one.</summary>
    public bool HasLostLoop
    {
        get => Volatile.Read(ref _hasLostLoop);
        set => Volatile.Write(ref _hasLostLoop, value);
    }

    /// <summary>To be called by the thread that gets the loop.</summary>
    public void Begin()
    {
        _current = this;
        Volatile.Write(ref _id, SocketCalls.GetThreadId());
    }

    /// <summary>
    /// How long the thread was ready to run and had no processor, since it began: that of a busy machine is no sign of a call that lasts.
    /// Zero where the system does not tell.
    /// </summary>
    public TimeSpan GetTimeWithoutProcessor()
    {
        try
        {
            // Three numbers (proc_pid_schedstat): nanoseconds on a processor, nanoseconds waiting for one, and how often it ran.
            var numbers = File.ReadAllText($"/proc/self/task/{Volatile.Read(ref _id)}/schedstat").Split(' ');
            return TimeSpan.FromMicroseconds(long.Parse(numbers[1], CultureInfo.InvariantCulture) / 1000.0);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>Whether the next call is one to measure.</summary>
    public bool IsSample() => (++_calls & (SampleEvery - 1)) == 0;
}
