using System.Text;
using System.Text.Json;
using Stork.EngineIO.WebSockets;
using Stork.Protocol;
using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class PacketBuilderTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    [Theory]
    [InlineData("/", -1, "42[\"a\",1]")]
    [InlineData("/", 0, "420[\"a\",1]")]
    [InlineData("/", 2147483647, "422147483647[\"a\",1]")]
    [InlineData("/chat", -1, "42/chat,[\"a\",1]")]
    [InlineData("/zürich", 12, "42/zürich,12[\"a\",1]")]
    public void Writes_namespace_and_acknowledgement_in_front_of_the_arguments(string nsp, long ackId, string expected)
    {
        var packet = Build(Encoding.UTF8.GetBytes(nsp), ackId, json => json.WriteNumberValue(1));
        Encoding.UTF8.GetString(packet.First.Payload).ShouldBe(expected);
        packet.First.IsBinary.ShouldBeFalse();
        packet.Attachments.ShouldBeEmpty();
        packet.Flags.ShouldBe(PacketFlags.Droppable);
    }

    [Fact]
    public void Announces_attachments_and_sends_them_behind()
    {
        var builder = PacketBuilder.Start(1, Options);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue("a");
        builder.WriteAttachment(builder.Json, [1, 2, 3]);
        builder.WriteAttachment(builder.Json, []);
        builder.Json.WriteEndArray();
        builder.Finish(PacketType.Event, "/"u8, ackId: 7);
        var packet = builder.ToPacket(PacketFlags.None);
        var length = builder.Length;
        builder.Release();

        Encoding.UTF8.GetString(packet.First.Payload)
            .ShouldBe("452-7[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        packet.Attachments.Select(attachment => attachment.Payload.ToArray()).ShouldBe([[1, 2, 3], []]);
        packet.Attachments.ShouldAllBe(attachment => attachment.IsBinary);
        packet.Length.ShouldBe(length);
    }

    [Fact]
    public void Makes_a_binary_acknowledgement_of_one_with_attachments()
    {
        var builder = PacketBuilder.Start(1, Options);
        builder.Json.WriteStartArray();
        builder.WriteAttachment(builder.Json, [9]);
        builder.Json.WriteEndArray();
        builder.Finish(PacketType.Ack, "/"u8, ackId: 3);
        Encoding.UTF8.GetString(builder.ToPacket(PacketFlags.None).First.Payload).ShouldStartWith("461-3[");
        builder.Release();
    }

    /// <summary>The WebSocket header has 2, 4 or 10 bytes: the lengths around each border.</summary>
    [Theory]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    public void Frames_every_length(int payloadLength)
    {
        var text = new string('x', payloadLength - "42[\"a\",\"\"]".Length);
        var packet = Build("/"u8, ackId: -1, json => json.WriteStringValue(text));
        packet.First.Payload.Length.ShouldBe(payloadLength);
        Encoding.UTF8.GetString(packet.First.Payload).ShouldBe($"42[\"a\",\"{text}\"]");

        using var reader = new WebSocketMessageReader(1_000_000, expectMasked: false);
        var bytes = new System.Buffers.ReadOnlySequence<byte>(packet.First.Frame.ToArray());
        reader.TryRead(ref bytes, out var message).ShouldBeTrue();
        message.Opcode.ShouldBe(WebSocketOpcode.Text);
        message.Payload.ToArray().ShouldBe(packet.First.Payload.ToArray());
        bytes.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Can_be_finished_again_for_another_namespace()
    {
        var builder = PacketBuilder.Start(20, Options);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue("a");
        builder.Json.WriteEndArray();
        foreach (var nsp in new[] { "/", "/first", "/x", "/the-longest-of-them" })
        {
            builder.Finish(PacketType.Event, Encoding.UTF8.GetBytes(nsp), ackId: -1);
            var text = Encoding.UTF8.GetString(builder.ToPacket(PacketFlags.None).First.Payload);
            text.ShouldBe(nsp == "/" ? "42[\"a\"]" : $"42{nsp},[\"a\"]");
        }

        builder.Release();
    }

    [Fact]
    public void Nests_because_a_converter_may_emit()
    {
        var outer = PacketBuilder.Start(1, Options);
        outer.Json.WriteStartArray();
        outer.Json.WriteStringValue("outer");
        Encoding.UTF8.GetString(Build("/"u8, ackId: -1, json => json.WriteNumberValue(2)).First.Payload).ShouldBe("42[\"a\",2]");
        outer.Json.WriteNumberValue(1);
        outer.Json.WriteEndArray();
        outer.Finish(PacketType.Event, "/"u8, ackId: -1);
        Encoding.UTF8.GetString(outer.ToPacket(PacketFlags.None).First.Payload).ShouldBe("42[\"outer\",1]");
        outer.Release();
    }

    [Fact]
    public void Starts_clean_after_a_packet_that_was_given_up()
    {
        var broken = PacketBuilder.Start(1, Options);
        broken.Json.WriteStartArray();
        broken.WriteAttachment(broken.Json, [1]);
        broken.Release();
        Encoding.UTF8.GetString(Build("/"u8, ackId: -1, json => json.WriteNumberValue(1)).First.Payload).ShouldBe("42[\"a\",1]");
    }

    [Fact]
    public void Uses_the_encoder_of_the_options_it_is_given()
    {
        Build("/"u8, -1, json => json.WriteStringValue("<ö>")).First.Payload.IndexOf("\\u003C"u8).ShouldBePositive();
        var relaxed = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var text = Encoding.UTF8.GetString(Build("/"u8, -1, json => json.WriteStringValue("<ö>"), relaxed).First.Payload);
        text.ShouldBe("42[\"a\",\"<ö>\"]");
    }

    private static EncodedPacket Build(
        ReadOnlySpan<byte> nsp, long ackId, Action<Utf8JsonWriter> writeArgument, JsonSerializerOptions? options = null)
    {
        var builder = PacketBuilder.Start(nsp.Length, options ?? Options);
        builder.Json.WriteStartArray();
        builder.Json.WriteStringValue("a");
        writeArgument(builder.Json);
        builder.Json.WriteEndArray();
        builder.Finish(PacketType.Event, nsp, ackId);
        var packet = builder.ToPacket(PacketFlags.Droppable);
        builder.Release();
        return packet;
    }
}
