namespace Stork.Queues.Rules;

/// <summary>What a message may have besides its body and its subject, as bytes. Most have nothing of it.</summary>
internal sealed class MessageTexts
{
    public byte[]? Key { get; init; }

    public byte[]? DedupId { get; init; }

    public byte[]? Producer { get; init; }

    public byte[]? Collapse { get; init; }

    public byte[]? Headers { get; init; }

    public UInt128 DedupHash { get; set; }

    public UInt128 CollapseHash { get; set; }

    public int Bytes => Length(Key) + Length(DedupId) + Length(Producer) + Length(Collapse) + Length(Headers);

    private static int Length(byte[]? text) => text?.Length ?? 0;
}
