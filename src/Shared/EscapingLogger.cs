using Microsoft.Extensions.Logging;

namespace Stork.Shared;

/// <summary>
/// Has every text that is logged, and what exceptions say, go through <see cref="LogText"/>: names, ids and reasons come from clients, and
/// so does what an exception quotes. Every component logs through one of these, so that no place that logs need think of it.
/// </summary>
internal sealed class EscapingLogger(ILogger logger) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        exception = EscapedException.Of(exception);
        if (state is IReadOnlyList<KeyValuePair<string, object?>> values && EscapedValues.Of(values) is { } escaped)
            logger.Log(logLevel, eventId, escaped, exception, static (shown, _) => shown.ToString());
        else
            logger.Log(logLevel, eventId, state, exception, formatter);
    }
}
