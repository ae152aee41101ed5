using System.Text;
using Stork.Redis.PubSub;

namespace Stork.Redis.Tests.Emitters;

/// <summary>Events as emitters of other languages, and of other times, write them: their packers choose other forms, and some members are
/// missing.</summary>
public sealed class ForeignEmitterTests
{
    private const string Emitter = "a7656d6974746572";
    private const string TypeTwo = "a47479706502";
    private const string EventOne = "a46461746192a16501";
    private const string Nsp = "a36e7370a12f";
    private const string Packet = $"83{TypeTwo}{EventOne}{Nsp}";
    private const string NoRooms = "a5726f6f6d7390";

    private static readonly BroadcastFormat Broadcasts = new("/", maxDepth: 64, maxSize: 1 << 20);

    /// <summary>Packers may write any number of bytes for a length. The first form of the standard knew no lengths of one byte.</summary>
    public static TheoryData<string, string> Forms => new()
    {
        { "no namespace", $"93{Emitter}82{TypeTwo}{EventOne}82{NoRooms}a5666c61677380" },
        { "no exceptions", $"93{Emitter}{Packet}82{NoRooms}a5666c61677380" },
        { "no flags", $"93{Emitter}{Packet}82{NoRooms}a665786365707490" },
        { "no options at all", $"93{Emitter}{Packet}80" },
        { "null instead of nothing", $"93{Emitter}{Packet}83a5726f6f6d73c0a6657863657074c0a5666c616773c0" },
        { "flags that PHP takes for a list", $"93{Emitter}{Packet}82{NoRooms}a5666c61677390" },
        { "the type that binary events once had", $"93{Emitter}83a47479706505{EventOne}{Nsp}82{NoRooms}a5666c61677380" },
        { "unknown members", $"93{Emitter}85{TypeTwo}{EventOne}{Nsp}a26964c0a1780182{NoRooms}a179c0" },
        { "unknown flags", $"93{Emitter}{Packet}82{NoRooms}a5666c61677382a46a736f6ec3a178a179" },
        { "no name", $"93a0{Packet}81{NoRooms}" },
        {
            "texts with lengths of one byte",
            "93d907656d697474657283d90474797065cc02d9046461746192d90165cc01d9036e7370d9012f81d905726f6f6d7390"
        },
        {
            "texts with lengths of two bytes",
            "93da0007656d697474657283da000474797065cd0002da00046461746192da000165cd0001"
            + "da00036e7370da00012f81da0005726f6f6d7390"
        },
        {
            "texts with lengths of four bytes",
            "93db00000007656d697474657283db0000000474797065ce00000002db000000046461746192db0000000165ce00000001"
            + "db000000036e7370db000000012f81db00000005726f6f6d7390"
        },
        {
            "long forms of lists, objects and numbers",
            $"dc0003{Emitter}df00000003a474797065d30000000000000002a464617461dd00000002a165cf0000000000000001{Nsp}de0001a5726f6f6d73dc0000"
        },
        {
            "whole numbers as floating ones",
            $"93{Emitter}83a474797065cb4000000000000000a46461746192a165ca3f800000{Nsp}81{NoRooms}"
        },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Are_read(string form, string hex)
    {
        var read = Broadcasts.Read(Convert.FromHexString(hex)).ShouldNotBeNull(form);
        Encoding.UTF8.GetString(read.Event.Json.Span).ShouldBe("[\"e\",1]");
        read.Options.Rooms.ShouldBeEmpty();
        read.Options.Except.ShouldBeEmpty();
        read.Options.Volatile.ShouldBeFalse();
        read.Options.Compress.ShouldBeTrue();
    }

    [Theory]
    [InlineData("c403010203")]
    [InlineData("c50003010203")]
    [InlineData("c600000003010203")]
    public void Binary_data_are_read_with_lengths_of_any_size(string value)
    {
        var read = ReadArgument(value);
        Encoding.UTF8.GetString(read.Json.Span).ShouldBe("""["e",{"_placeholder":true,"num":0}]""");
        read.Attachments.ShouldHaveSingleItem().ToArray().ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData("a301c3a9", "\"\\u0001é\"")]
    [InlineData("a3ff4180", "\"\\uFFFDA\\uFFFD\"")]
    public void Bytes_of_packers_that_know_texts_only_are_texts(string value, string json) =>
        Encoding.UTF8.GetString(ReadArgument(value).Json.Span).ShouldBe($"[\"e\",{json}]");

    [Fact]
    public void Rooms_may_be_numbers_here_too()
    {
        var read = Broadcasts.Read(Convert.FromHexString($"93{Emitter}82{TypeTwo}{EventOne}82a5726f6f6d7392cd0102a172a665786365707491ff"))!;
        read.Options.Rooms.ShouldBe(["258", "r"]);
        read.Options.Except.ShouldBe(["-1"]);
    }

    private static JsonPayload ReadArgument(string value) =>
        Broadcasts.Read(Convert.FromHexString($"93{Emitter}82{TypeTwo}a46461746192a165{value}81{NoRooms}"))!.Event;
}
