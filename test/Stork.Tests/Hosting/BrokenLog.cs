using Microsoft.Extensions.Logging;

namespace Stork.Tests.Hosting;

/// <summary>A log of the application's that throws at everything Stork wants to write.</summary>
internal sealed class BrokenLog : ILoggerProvider, ILogger
{
    private int _calls;

    /// <summary>How often something was to be written.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("Stork", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => throw new IOException("The log's disk is full.");

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Interlocked.Increment(ref _calls);
        throw new IOException("The log's disk is full.");
    }
}
