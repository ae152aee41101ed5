using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Stork.MessagePack;
using Stork.Protocol;

namespace Stork.MicroBenchmarks.MessagePack;

/// <summary>What a packet of a server that speaks MessagePack costs besides: once for each that comes, each that is sent to one, and each
/// broadcast.</summary>
[MemoryDiagnoser]
public class Conversion
{
    private readonly MessagePackParser _parser = new();
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private Packet _packet;
    private byte[] _message = [];

    [Params("small", "object", "binary")]
    public string Event { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var json = Event switch
        {
            "small" => """["news",42]""",
            "object" => """["order",{"id":4711,"name":"Ada","lines":[{"item":"nut","count":3},{"item":"bolt","count":2}],"total":12.7}]""",
            _ => """["picture",{"_placeholder":true,"num":0}]""",
        };
        ReadOnlyMemory<byte>[] attachments = Event == "binary" ? [new byte[1024]] : [];
        _packet = Packet.Create(PacketType.Event, "/"u8.ToArray(), -1, Encoding.UTF8.GetBytes(json), attachments, ProtocolLimits.Default);
        Write();
        _message = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        _parser.Write(_output, _packet);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Read() => _parser.Read(_message, ProtocolLimits.Default).Payload.Length;
}
