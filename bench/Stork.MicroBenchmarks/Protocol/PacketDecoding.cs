using BenchmarkDotNet.Attributes;
using Stork.Protocol;

namespace Stork.MicroBenchmarks.Protocol;

/// <summary>From the bytes of a message to a packet, for a server.</summary>
[MemoryDiagnoser]
public class PacketDecoding
{
    private static readonly byte[] s_event = "2[\"echo\",\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl\"]"u8.ToArray();
    private static readonly byte[] s_namespaced = "2/orders,17[\"placed\",{\"number\":4711,\"items\":[1,2,3]}]"u8.ToArray();
    private static readonly byte[] s_binary = "51-[\"image\",{\"_placeholder\":true,\"num\":0}]"u8.ToArray();
    private static readonly byte[] s_attachment = new byte[1024];

    private readonly PacketDecoder _decoder = new(ProtocolLimits.Default);

    [Benchmark, AllocationFree]
    public bool Text() => _decoder.TryDecode(s_event, out _);

    [Benchmark, AllocationFree]
    public bool TextInANamespace() => _decoder.TryDecode(s_namespaced, out _);

    /// <summary>With one attachment, which is copied.</summary>
    [Benchmark]
    public bool Binary() => !_decoder.TryDecode(s_binary, out _) && _decoder.TryDecodeBinary(s_attachment, out _);
}
