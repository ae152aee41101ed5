using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Stork.Tests.Hosting;

/// <summary>Keeps what was logged, and tells who waits when something was.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<Entry> _entries = new();
    private readonly Lock _gate = new();
    private readonly List<(Func<Entry, bool> Fits, TaskCompletionSource<Entry> Found)> _waiting = [];

    public IReadOnlyCollection<Entry> Entries => _entries;

    /// <summary>What should not happen unless a test asks for it: errors, whoever logs them.</summary>
    public IEnumerable<Entry> Problems => _entries.Where(entry => entry.Level >= LogLevel.Error);

    public IEnumerable<Entry> Of(int eventId) => _entries.Where(entry => entry.Category == "Stork" && entry.EventId == eventId);

    /// <summary>The first entry with the id, now or once it is logged.</summary>
    public async Task<Entry> WaitForAsync(int eventId)
    {
        var found = new TaskCompletionSource<Entry>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Of(eventId).FirstOrDefault() is { } there) return there;
            _waiting.Add((entry => entry.Category == "Stork" && entry.EventId == eventId, found));
        }

        return await found.Task.Within($"log event {eventId}");
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(Entry entry)
    {
        _entries.Enqueue(entry);
        lock (_gate)
        {
            foreach (var (fits, found) in _waiting)
            {
                if (fits(entry)) found.TrySetResult(entry);
            }
        }
    }

    public sealed record Entry(string Category, LogLevel Level, int EventId, string Message, Exception? Exception)
    {
        /// <summary>What a structured log would keep besides.</summary>
        public IReadOnlyList<KeyValuePair<string, object?>> Values { get; init; } = [];
    }

    private sealed class Logger(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= (IsOurs(category) ? LogLevel.Trace : LogLevel.Warning);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Add(new Entry(category, logLevel, eventId.Id, formatter(state, exception), exception)
            {
                Values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [],
            });
        }

        private static bool IsOurs(string category) => category is "Stork" or "Stork.Queues" or "Stork.Redis";
    }
}
