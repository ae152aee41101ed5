namespace Stork.Interop.Tests.Processes;

/// <summary>Waits that end with a sentence instead of hanging.</summary>
internal static class Waiting
{
    /// <summary>Far beyond what anything here takes, so that a busy machine fails no test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task Within(this Task task, string awaited) => task.Within(() => awaited);

    public static Task<T> Within<T>(this Task<T> task, string awaited) => task.Within(() => awaited);

    public static async Task Within(this Task task, Func<string> awaited)
    {
        try
        {
            await task.WaitAsync(Patience);
        }
        catch (TimeoutException timeout) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {awaited()}", timeout);
        }
    }

    public static async Task<T> Within<T>(this Task<T> task, Func<string> awaited)
    {
        await ((Task)task).Within(awaited);
        return await task;
    }
}
