namespace Stork.Messages.Bench;

/// <summary>What is the same for all peers.</summary>
internal static class Load
{
    /// <summary>Messages handed over and not settled at most, where as many as possible are wanted: enough for 16 batches.</summary>
    public const int UnderWay = 4096;

    /// <summary>Messages that are handed over at once where as many as possible are wanted, by Stork's clients as by those of the
    /// brokers.</summary>
    public const int Batch = 256;

    /// <summary>Messages after which a server has compiled what it needs, however long that takes on a busy machine ...</summary>
    public const int WarmUpMessages = 400_000;

    /// <summary>... within bounds: so many times as long as it is meant to.</summary>
    public const int LongestWarmUp = 5;

    /// <summary>Messages per second where the latency is what matters.</summary>
    public const int ModerateRate = 2000;

    /// <summary>How long a moderate load lasts, in seconds.</summary>
    public const int ModerateSeconds = 5;

    /// <summary>Messages of the first run in one application, which tells how many fill the time of the others.</summary>
    public const int FirstMessages = 50_000;

    /// <summary>Messages of one run at most, however fast.</summary>
    public const int MostMessages = 5_000_000;
}
