namespace Stork.Queues.Bench;

/// <summary>A measurement that can not be made or believed; its message says why.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
