namespace Stork.Bench.Shared;

/// <summary>A measurement that cannot be made or believed: a wrong answer, a lost connection, a server that did not start.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
