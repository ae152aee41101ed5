namespace Stork.Queues.Records;

/// <summary>64-bit hashes of keys. Part of the journal's format (lanes), so never to be changed.</summary>
internal static class KeyHash
{
    /// <summary>FNV-1a with a final mix, which spreads short keys over all bits.</summary>
    public static ulong Of(ReadOnlySpan<byte> key)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var part in key) hash = (hash ^ part) * 0x100000001b3;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        return hash ^ (hash >> 33);
    }
}
