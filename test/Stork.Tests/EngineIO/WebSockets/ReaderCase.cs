namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Bytes from the wire and what a reader must make of them, in the words of <see cref="Transcript"/>.</summary>
internal sealed record ReaderCase(byte[] Bytes, string[] Expected, int MaxMessageSize = 70_000, bool ExpectMasked = true)
{
    public override string ToString() => $"{Bytes.Length} bytes, {Expected.Length} lines";
}
