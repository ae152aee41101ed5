using System.Buffers;
using System.Text.Json;

namespace Stork.MessagePack.Tests;

/// <summary>Hostile messages: each is read or refused with a <see cref="ProtocolException"/>, and what is read can be written.</summary>
public sealed class FuzzTests
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "84a47479706500a464617461d40000a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "84a47479706500a46461746181a5746f6b656ea174a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "83a47479706501a76f7074696f6e7381a8636f6d7072657373c3a36e7370a22f6e",
            "85a47479706502a46461746191a161a76f7074696f6e7381a8636f6d7072657373c3a2696407a36e7370a12f",
            "85a47479706503a2696407a46461746192c081a16202a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "84a47479706502a46461746193a161c402010281a178c7010003a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "84a47479706502a46461746194a161d7000000000000000000d4000082a175d40000a17601a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f",
            "83a47479706502a4646174619405ffcb3ff8000000000000c3a36e7370a12f",
            "83a47479706502a46461746193a161de000181a16101dc0002cd0100d1ff00a36e7370a12f",
        }.Select(Convert.FromHexString),
    ];

    private static readonly ProtocolLimits Tight = new()
    {
        MaxPacketSize = 200,
        MaxJsonDepth = 4,
        MaxAttachments = 3,
        MaxNamespaceLength = 8,
    };

    [Fact]
    public void Every_message_is_read_or_refused() => Run(ProtocolLimits.Default);

    [Fact]
    public void Every_message_is_read_or_refused_under_tight_limits() => Run(Tight);

    // A byte of an empty binary value costs the most: its array, its place in two lists, its placeholder.
    private static void Run(ProtocolLimits limits) => FuzzRun.Over(
        Corpus,
        (input, _) => new Outcome(new MessagePackParser().Read(input, limits)),
        (_, outcome) => Check(outcome, limits),
        allocationsPerByte: 200);

    private static void Check(Outcome? outcome, ProtocolLimits limits)
    {
        if (outcome is not { Packet: var packet }) return;
        packet.Attachments.Length.ShouldBeLessThan(limits.MaxAttachments + 1);
        packet.Namespace.Length.ShouldBeInRange(1, limits.MaxNamespaceLength);
        packet.Payload.Length.ShouldBeLessThan((6 * limits.MaxPacketSize) + 1000);
        var options = new JsonDocumentOptions { MaxDepth = limits.MaxJsonDepth };
        if (!packet.Payload.IsEmpty) JsonDocument.Parse(packet.Payload, options).Dispose();
        var output = new ArrayBufferWriter<byte>();
        new MessagePackParser().Write(output, packet);
        // A packet whose members were repeated, or undefined, has the same meaning, in other bytes; from then on nothing changes.
        var again = new MessagePackParser().Read(output.WrittenMemory, ProtocolLimits.Default);
        Packets.Write(again).ShouldBe(Convert.ToHexStringLower(output.WrittenSpan));
    }

    private sealed record Outcome(Packet Packet);
}
