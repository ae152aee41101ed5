namespace Stork;

/// <summary>What happens to the application when its store has failed.</summary>
public enum StoreFailurePolicy
{
    /// <summary>
    /// The host is stopped, in order, and <see cref="Environment.ExitCode"/> is 74 then (an input or output error), so that whoever
    /// supervises the process starts it anew. A <c>Main</c> that returns a number of its own has to return that one.
    /// </summary>
    StopHost = 0,

    /// <summary>The process goes on: what needs no store works, all else is refused, and the health check is unhealthy.</summary>
    KeepRunning = 1,
}
