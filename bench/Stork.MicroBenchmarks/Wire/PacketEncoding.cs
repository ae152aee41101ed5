using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Stork.Protocol;
using Stork.Wire;

namespace Stork.MicroBenchmarks.Wire;

/// <summary>From arguments to the WebSocket frame of a packet.</summary>
[MemoryDiagnoser]
public class PacketEncoding
{
    private static readonly string s_text = new('a', 64);
    private static readonly byte[] s_attachment = new byte[1024];

    [Benchmark, AllocationFree]
    public int Event()
    {
        var builder = PacketBuilder.Start(1, JsonSerializerOptions.Web);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue("echo");
        builder.Json.WriteStringValue(s_text);
        builder.Json.WriteEndArray();
        return Finish(builder, PacketType.Event, -1);
    }

    [Benchmark, AllocationFree]
    public int Acknowledgement()
    {
        var builder = PacketBuilder.Start(1, JsonSerializerOptions.Web);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue(s_text);
        builder.Json.WriteEndArray();
        return Finish(builder, PacketType.Ack, 4711);
    }

    /// <summary>With one attachment, which is copied.</summary>
    [Benchmark]
    public int BinaryEvent()
    {
        var builder = PacketBuilder.Start(1, JsonSerializerOptions.Web);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue("image");
        builder.WriteAttachment(builder.Json, s_attachment);
        builder.Json.WriteEndArray();
        return Finish(builder, PacketType.Event, -1);
    }

    private static int Finish(PacketBuilder builder, PacketType type, long ackId)
    {
        builder.Finish(type, "/"u8, ackId);
        var length = builder.Length;
        builder.Release();
        return length;
    }
}
