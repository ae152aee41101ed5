namespace Stork.Tests.Hosting;

/// <summary>More kinds of patience.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(2);

    public static Task<T> Within<T>(this ValueTask<T> task, string awaited) => task.AsTask().Within(awaited);

    public static Task Within(this ValueTask task, string awaited) => task.AsTask().Within(awaited);

    /// <summary>For what nobody announces: looks again and again. A description is part of the failure.</summary>
    public static Task Until(Func<bool> condition, string awaited, Func<string>? describe = null) =>
        UntilAsync(() => Task.FromResult(condition()), awaited, describe);

    /// <inheritdoc cref="Until"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string awaited, Func<string>? describe = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience.Limit)
                throw new TimeoutException($"Waited {Patience.Limit} until {awaited}. {describe?.Invoke()}");
            await Task.Delay(Glance, TimeProvider.System);
        }
    }
}
