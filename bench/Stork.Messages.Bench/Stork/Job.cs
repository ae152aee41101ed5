namespace Stork.Messages.Bench.Stork;

/// <summary>About 200 bytes as JSON.</summary>
internal sealed record Job(int Number, long At, string Text);
