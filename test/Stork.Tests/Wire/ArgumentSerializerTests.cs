using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Stork.Protocol;
using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed partial class ArgumentSerializerTests
{
    private static readonly ArgumentSerializer Default = new(configured: null, maxDepth: 64, maxAttachments: 10);

    /// <summary>A trimmed application: its own types and nothing by reflection.</summary>
    private static readonly ArgumentSerializer SourceGenerated = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = AppTypes.Default }, maxDepth: 64, maxAttachments: 10);

    [Fact]
    public void Writes_arguments_as_they_are_and_not_as_they_were_declared()
    {
        Write(Default, "text").Text.ShouldBe("[\"text\"]");
        Write(Default, (string?)null).Text.ShouldBe("[null]");
        Write(Default, (object?)null).Text.ShouldBe("[null]");
        Write(Default, (int?)null).Text.ShouldBe("[null]");
        Write(Default, (int?)3).Text.ShouldBe("[3]");
        Write(Default, 1.5m).Text.ShouldBe("[1.5]");
        Write<object>(Default, new Cat("Tom", 9)).Text.ShouldBe("[{\"lives\":9,\"name\":\"Tom\"}]");
        Write<Animal>(Default, new Cat("Tom", 9)).Text.ShouldBe("[{\"lives\":9,\"name\":\"Tom\"}]");
        Write<IEnumerable<int>>(Default, [1, 2]).Text.ShouldBe("[[1,2]]");
        Write(Default, new[] { new Cat("Tom", 9) }.Select(cat => cat.Name)).Text.ShouldBe("[[\"Tom\"]]");
        Write(Default, new { A = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) }).Text
            .ShouldBe("[{\"a\":\"2026-01-02T03:04:05+00:00\"}]");
        Write(Default, JsonNode.Parse("{\"a\":[1]}")).Text.ShouldBe("[{\"a\":[1]}]");
        Write(Default, JsonDocument.Parse("{\"a\":[1]}").RootElement).Text.ShouldBe("[{\"a\":[1]}]");
    }

    [Fact]
    public void Escapes_no_more_than_json_asks_for() =>
        Write(Default, "<a href=\"x\">ü&'+\u2028\n").Text.ShouldBe("[\"<a href=\\\"x\\\">ü&'+\\u2028\\n\"]");

    [Fact]
    public void Half_a_surrogate_pair_is_replaced_and_never_invalid_utf8()
    {
        Write(Default, "a\ud800b").Text.ShouldBe("[\"a\\uFFFDb\"]");
        Write(Default, new { Name = "\udc00" }).Text.ShouldBe("[{\"name\":\"\\uFFFD\"}]");
    }

    [Fact]
    public void Binary_values_become_attachments_at_any_depth()
    {
        var value = new Parcel([1], new byte[] { 2 }, new byte[] { 3, 3 }, [[4], []], new() { ["k"] = [5] }, null);
        var (text, attachments) = Write(Default, value);
        text.ShouldBe(
            "[{\"array\":{\"_placeholder\":true,\"num\":0},\"memory\":{\"_placeholder\":true,\"num\":1},"
            + "\"readOnly\":{\"_placeholder\":true,\"num\":2},"
            + "\"list\":[{\"_placeholder\":true,\"num\":3},{\"_placeholder\":true,\"num\":4}],"
            + "\"map\":{\"k\":{\"_placeholder\":true,\"num\":5}},\"none\":null}]");
        attachments.ShouldBe([[1], [2], [3, 3], [4], [], [5]]);
        Read<Parcel>(Default, text, attachments).ShouldSatisfyAllConditions(
            parcel => parcel!.Array.ShouldBe([1]),
            parcel => parcel!.Memory.ToArray().ShouldBe([2]),
            parcel => parcel!.ReadOnly.ToArray().ShouldBe([3, 3]),
            parcel => parcel!.List[1].ShouldBeEmpty(),
            parcel => parcel!.Map["k"].ShouldBe([5]),
            parcel => parcel!.None.ShouldBeNull());
    }

    [Fact]
    public void Binary_values_of_several_arguments_share_one_numbering()
    {
        var builder = PacketBuilder.Start(1, Default.Options);
        builder.Json.WriteStartArray();
        Default.Write(builder, new byte[] { 1 });
        Default.Write<object>(builder, new { Inner = new ReadOnlyMemory<byte>([2]) });
        Default.Write<Memory<byte>>(builder, new byte[] { 3 });
        Default.Write(builder, new List<object> { new byte[] { 4 }, "x" });
        var (text, attachments) = Finish(builder);
        text.ShouldBe(
            "[{\"_placeholder\":true,\"num\":0},{\"inner\":{\"_placeholder\":true,\"num\":1}},{\"_placeholder\":true,\"num\":2},"
            + "[{\"_placeholder\":true,\"num\":3},\"x\"]]");
        attachments.ShouldBe([[1], [2], [3], [4]]);
    }

    [Fact]
    public void Source_generated_types_need_no_reflection_and_carry_binary_too()
    {
        var (text, attachments) = Write(SourceGenerated, new Letter("Ada", [7, 8], [new byte[] { 9 }]));
        text.ShouldBe("[{\"to\":\"Ada\",\"picture\":{\"_placeholder\":true,\"num\":0},\"pages\":[{\"_placeholder\":true,\"num\":1}]}]");
        attachments.ShouldBe([[7, 8], [9]]);
        var letter = Read<Letter>(SourceGenerated, text, attachments)!;
        letter.To.ShouldBe("Ada");
        letter.Picture.ShouldBe([7, 8]);
        letter.Pages.ShouldHaveSingleItem().ToArray().ShouldBe([9]);

        // What everybody uses is known besides.
        Write(SourceGenerated, 5).Text.ShouldBe("[5]");
        Write(SourceGenerated, new List<string> { "a" }).Text.ShouldBe("[[\"a\"]]");
        Write(SourceGenerated, new Dictionary<string, JsonElement>()).Text.ShouldBe("[{}]");
        Write(SourceGenerated, JsonNode.Parse("[1]")).Text.ShouldBe("[[1]]");
        Read<Guid>(SourceGenerated, "[\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"]", []).ShouldNotBe(Guid.Empty);
    }

    [Fact]
    public void Types_a_trimmed_application_forgot_are_named()
    {
        Should.Throw<NotSupportedException>(() => Write(SourceGenerated, new Cat("Tom", 9))).Message.ShouldContain(nameof(Cat));
        Should.Throw<NotSupportedException>(() => Read<Cat>(SourceGenerated, "[{}]", [])).Message.ShouldContain(nameof(Cat));
    }

    [Fact]
    public void A_converter_of_the_application_goes_first()
    {
        var options = new JsonSerializerOptions();
        options.Converters.Add(new HexConverter());
        var serializer = new ArgumentSerializer(options, maxDepth: 64, maxAttachments: 10);
        var (text, attachments) = Write(serializer, new byte[] { 1, 255 });
        text.ShouldBe("[\"01FF\"]");
        attachments.ShouldBeEmpty();
        options.Converters.Count.ShouldBe(1);
    }

    [Fact]
    public void The_options_of_the_application_hold_and_stay_its_own()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,
            MaxDepth = 3,
        };
        var serializer = new ArgumentSerializer(options, maxDepth: 64, maxAttachments: 10);
        Write(serializer, new { FirstName = new { LastName = new { A = new { B = 1 } } } }).Text
            .ShouldBe("[{\"first_name\":{\"last_name\":{\"a\":{\"b\":1}}}}]");
        options.IsReadOnly.ShouldBeFalse();
        options.Converters.ShouldBeEmpty();
        options.MaxDepth.ShouldBe(3);
    }

    [Fact]
    public void What_is_too_deep_is_not_written()
    {
        var deep = Enumerable.Range(0, 70).Aggregate(new Nested(), (inner, _) => new Nested { Inner = inner });
        Should.Throw<JsonException>(() => Write(Default, deep));
        var circular = new List<object>();
        circular.Add(circular);
        Should.Throw<JsonException>(() => Write(Default, circular));
    }

    [Fact]
    public void A_failed_argument_leaves_the_next_packet_alone()
    {
        Should.Throw<InvalidOperationException>(() => Write(Default, new SocketIO.Events.FailedHandlerTests.Unwritable()));
        Write(Default, new byte[] { 1 }).Text.ShouldBe("[{\"_placeholder\":true,\"num\":0}]");
    }

    [Fact]
    public void A_converter_may_write_another_packet_in_between()
    {
        var options = new JsonSerializerOptions();
        options.Converters.Add(new EmittingConverter());
        var serializer = new ArgumentSerializer(options, maxDepth: 64, maxAttachments: 10);
        var (text, attachments) = Write<object>(serializer, new { A = new byte[] { 1 }, B = new Cat("Tom", 9), C = new byte[] { 2 } });
        text.ShouldBe(
            "[{\"A\":{\"_placeholder\":true,\"num\":0},\"B\":\"[{\\\"_placeholder\\\":true,\\\"num\\\":0}]\","
            + "\"C\":{\"_placeholder\":true,\"num\":1}}]");
        attachments.ShouldBe([[1], [2]]);
    }

    [Theory]
    [InlineData("[{\"_placeholder\":true,\"num\":2}]")]
    [InlineData("[{\"_placeholder\":true,\"num\":-1}]")]
    [InlineData("[{\"_placeholder\":true,\"num\":1.5}]")]
    [InlineData("[{\"_placeholder\":true,\"num\":\"0\"}]")]
    [InlineData("[{\"_placeholder\":true}]")]
    [InlineData("[{\"_placeholder\":false,\"num\":0}]")]
    [InlineData("[{\"_placeholder\":{\"num\":0},\"num\":0}]")]
    [InlineData("[{\"num\":0}]")]
    [InlineData("[{}]")]
    [InlineData("[[]]")]
    [InlineData("[1]")]
    [InlineData("[true]")]
    public void What_is_no_placeholder_of_the_packet_is_no_binary(string json)
    {
        Should.Throw<JsonException>(() => Read<byte[]>(Default, json, [[1], [2]]));
        Should.Throw<JsonException>(() => Read<ReadOnlyMemory<byte>>(Default, json, [[1], [2]]));
    }

    [Fact]
    public void Placeholders_count_only_for_their_own_packet()
    {
        Should.Throw<JsonException>(() => Read<byte[]>(Default, "[{\"_placeholder\":true,\"num\":0}]", []));
        Read<byte[]>(Default, "[{\"_placeholder\":true,\"num\":0}]", [[1]]).ShouldBe([1]);
        Should.Throw<JsonException>(() => Read<byte[]>(Default, "[{\"_placeholder\":true,\"num\":0}]", []));
        Read<byte[]>(Default, "[\"AQI=\"]", []).ShouldBe([1, 2]);
        Read<byte[]>(Default, "[null]", []).ShouldBeNull();
    }

    [Fact]
    public void Type_names_in_the_payload_mean_nothing()
    {
        var read = Read<object>(Default, "[{\"$type\":\"System.IO.FileInfo, System.Private.CoreLib\",\"__proto__\":{\"x\":1}}]", []);
        read.ShouldBeOfType<JsonElement>().GetProperty("$type").GetString().ShouldStartWith("System.IO");
    }

    [Fact]
    public void Received_arguments_are_counted_and_read_one_by_one()
    {
        var arguments = new EventArguments("[\"name\", 1 ,\"two\",[3,[4]], {\"a\":\"]\"},null]"u8.ToArray(), skipped: 1, [], Default);
        arguments.Count.ShouldBe(5);
        arguments.Get<int>(0).ShouldBe(1);
        arguments.Get<string>(1).ShouldBe("two");
        arguments.Get<JsonElement>(2).GetRawText().ShouldBe("[3,[4]]");
        arguments.Get<Dictionary<string, string>>(3)!["a"].ShouldBe("]");
        arguments.Get<string>(4).ShouldBeNull();
        arguments.Get<int?>(4).ShouldBeNull();
        arguments.Get<int>(5).ShouldBe(0);
        arguments.Get<string>(99).ShouldBeNull();
        Encoding.UTF8.GetString(arguments.GetJson(3).Span).ShouldBe("{\"a\":\"]\"}");
        Should.Throw<ArgumentOutOfRangeException>(() => arguments.Get<int>(-1));
        Should.Throw<JsonException>(() => arguments.Get<int>(1));
        Should.Throw<JsonException>(() => arguments.Get<int>(4));
    }

    private static (string Text, List<byte[]> Attachments) Write<T>(ArgumentSerializer serializer, T value)
    {
        var builder = PacketBuilder.Start(1, serializer.Options);
        try
        {
            builder.Json.WriteStartArray();
            serializer.Write(builder, value);
        }
        catch
        {
            builder.Release();
            throw;
        }

        return Finish(builder);
    }

    private static (string Text, List<byte[]> Attachments) Finish(PacketBuilder builder)
    {
        builder.Json.WriteEndArray();
        builder.Finish(PacketType.Ack, "/"u8, ackId: 0);
        var packet = builder.ToPacket(PacketFlags.None);
        builder.Release();
        var text = Encoding.UTF8.GetString(packet.First.Payload);
        var attachments = packet.Attachments.Select(attachment => attachment.Payload.ToArray());
        return (text[text.IndexOf('[', StringComparison.Ordinal)..], [.. attachments]);
    }

    private static T? Read<T>(ArgumentSerializer serializer, string array, List<byte[]> attachments)
    {
        var first = Encoding.UTF8.GetBytes(JsonDocument.Parse(array).RootElement[0].GetRawText());
        return serializer.Read<T>(first, [.. attachments.Select(attachment => new ReadOnlyMemory<byte>(attachment))]);
    }

    public record Animal(string Name);

    public record Cat(string Name, int Lives) : Animal(Name);

    public sealed record Letter(string To, byte[] Picture, List<ReadOnlyMemory<byte>> Pages);

    public sealed record Parcel(
        byte[] Array, Memory<byte> Memory, ReadOnlyMemory<byte> ReadOnly, List<byte[]> List, Dictionary<string, byte[]> Map, byte[]? None);

    public sealed class Nested
    {
        public Nested? Inner { get; init; }
    }

    [JsonSerializable(typeof(Letter))]
    private sealed partial class AppTypes : JsonSerializerContext;

    private sealed class HexConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Convert.FromHexString(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Convert.ToHexString(value));
    }

    private sealed class EmittingConverter : JsonConverter<Cat>
    {
        public override Cat Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Cat value, JsonSerializerOptions options) =>
            writer.WriteStringValue(ArgumentSerializerTests.Write(Default, new byte[] { 42 }).Text);
    }
}
