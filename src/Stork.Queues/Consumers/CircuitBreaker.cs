namespace Stork.Queues;

/// <summary>
/// When deliveries of a queue stop because most of them fail, for instance while a system that the handlers need is down. After a break a
/// single message is tried: if it is acknowledged, all go on; if it fails, there is another break. Rejected and released messages do not
/// count. What the breaker knows is not kept over a restart.
/// </summary>
public sealed record CircuitBreaker
{
    /// <summary>The most deliveries that <see cref="SampleSize"/> can be.</summary>
    public const int MaxSampleSize = 10_000;

    /// <summary>The part of the last <see cref="SampleSize"/> deliveries that must have failed, above 0 to 1. Default: 0.5.</summary>
    public double FailureRate { get; init; } = 0.5;

    /// <summary>
    /// How many deliveries are looked at; before there were so many, the breaker does not open. From 1 to 10,000. Default: 20.
    /// </summary>
    public int SampleSize { get; init; } = 20;

    /// <summary>How long nothing is delivered, at most 366 days. Default: 30 s.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(30);

    internal bool IsValid =>
        FailureRate is > 0 and <= 1 && SampleSize is >= 1 and <= MaxSampleSize && Break > TimeSpan.Zero && Break <= QueueOptions.MaxDelay;
}
