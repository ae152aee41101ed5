using System.Runtime.CompilerServices;

namespace Stork.Shared;

/// <summary>
/// Awaited, the method goes on on a new thread, up to its next wait: for code of the application that may keep its thread for long. One of
/// the pool would be missed by everybody else.
/// </summary>
internal readonly struct OwnThread : ICriticalNotifyCompletion
{
    [ThreadStatic]
    private static bool _isOwn;

    /// <summary>On such a thread the method simply goes on.</summary>
    public bool IsCompleted => _isOwn;

    public OwnThread GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        try
        {
            new Thread(static go => Run((Action)go!)) { IsBackground = true, Name = "stork-handler" }.UnsafeStart(continuation);
        }
        catch (OutOfMemoryException)
        {
            // The system gives no more threads: those of the pool have to do.
            ThreadPool.UnsafeQueueUserWorkItem(static go => go(), continuation, preferLocal: false);
        }
    }

    private static void Run(Action go)
    {
        _isOwn = true;
        go();
    }
}
