namespace Stork.Tests.Durable.WorkQueues;

public sealed record Thumbnail(string Source, int Width = 0)
{
    public byte[]? Pixels { get; init; }
}
