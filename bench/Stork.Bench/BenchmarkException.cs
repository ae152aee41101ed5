namespace Stork.Bench;

/// <summary>A run that cannot be counted: a wrong answer, a lost connection, a server that did not start.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
