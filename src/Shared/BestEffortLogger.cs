using Microsoft.Extensions.Logging;

namespace Stork.Shared;

/// <summary>
/// A logger that never throws, whatever the application's own logging does: what is logged is lost then, and nothing else. Every component
/// logs through one of these, so that no place that logs needs a guard of its own.
/// </summary>
internal sealed class BestEffortLogger : ILogger
{
    private readonly ILogger _logger;

    private BestEffortLogger(ILogger logger) => _logger = logger;

    public static ILogger Around(ILogger logger) => logger as BestEffortLogger ?? new BestEffortLogger(logger);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _logger.BeginScope(state);
        }
#pragma warning disable CA1031 // That is what this class is for, here and below.
        catch (Exception)
        {
            return null;
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _logger.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            _logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // What went wrong is worth a line even if it cannot say so itself.
            if (exception is null || ExceptionText.IsPrintable(exception)) return;
            var printable = new UnprintableException(exception);
            Log(logLevel, eventId, state, printable, formatter);
        }
    }
#pragma warning restore CA1031
}
