using System.Text;

namespace Stork.Queues.Tests.Simulation;

/// <summary>What the outside world knows of one message: the checkers go by this alone.</summary>
internal sealed class SimMessage(int number, string queue, string? key, bool delayed, bool mayVanish)
{
    public int Number { get; } = number;

    public string Queue { get; } = queue;

    public string? Key { get; } = key;

    /// <summary>Excluded from first-delivery order.</summary>
    public bool Delayed { get; } = delayed;

    /// <summary>It may expire, be replaced, pushed out or purged.</summary>
    public bool MayVanish { get; set; } = mayVanish;

    /// <summary>The wall clock must have said so much before it is delivered, Unix milliseconds.</summary>
    public long NotBefore { get; init; }

    /// <summary>The producer was told that it is stored.</summary>
    public bool Told { get; set; }

    public Guid Id { get; set; }

    public long Sequence { get; set; }

    public int Deliveries { get; set; }

    /// <summary>A consumer was told that its acknowledgement counted.</summary>
    public bool AckTold { get; set; }

    /// <summary>Acknowledgements that were sent and not answered.</summary>
    public int AcksUnderWay { get; set; }

    /// <summary>That acknowledgement can survive a power cut.</summary>
    public bool AckDurable { get; set; }

    /// <summary>An acknowledgement or a batch with it was sent and nobody knows what became of it.</summary>
    public bool AckUnknown { get; set; }

    public bool Rejected { get; set; }
}

/// <summary>A delivery that a simulated consumer has or had.</summary>
internal sealed class SimLease(SimMessage message, Delivery delivery, SimConsumer consumer, long until)
{
    public SimMessage Message { get; } = message;

    public Delivery Delivery { get; } = delivery;

    public SimConsumer Consumer { get; } = consumer;

    public long Until { get; set; } = until;

    /// <summary>As far as the outside knows, nobody else may have the message.</summary>
    public bool Held { get; set; } = true;
}

internal static class Promise
{
    public static void Keep(bool holds, string promise)
    {
        if (!holds) throw new BrokenPromiseException(promise);
    }

    public static byte[] Body(int number, int padding)
    {
        var text = Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture) + ":");
        Array.Resize(ref text, text.Length + padding);
        return text;
    }

    public static int Number(ReadOnlySpan<byte> body) =>
        int.Parse(body[..body.IndexOf((byte)':')], System.Globalization.CultureInfo.InvariantCulture);
}
