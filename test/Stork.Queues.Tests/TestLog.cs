using Microsoft.Extensions.Logging;

namespace Stork.Queues.Tests;

/// <summary>What was logged.</summary>
internal sealed class TestLog : ILogger
{
    public List<(int Id, LogLevel Level, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Add((eventId.Id, logLevel, formatter(state, exception)));
}
