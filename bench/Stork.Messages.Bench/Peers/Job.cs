namespace Stork.Messages.Bench.Peers;

/// <summary>About 200 bytes as JSON.</summary>
internal sealed record Job
{
    public int Number { get; init; }

    public long At { get; init; }

    public string Text { get; init; } = "";
}
