using System.Text;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Wire;

namespace Stork.Redis.Tests.Wire;

/// <summary>Messages as official servers with the sharded adapter wrote them, byte for byte, read and written.</summary>
public sealed class ClusterMessageTests
{
    private const int Depth = 64;
    private const int Size = 1 << 20;

    private static readonly ClusterMessageFormat Format = new("/", Depth);

    public static TheoryData<string> Texts => new()
    {
        """{"type":3,"data":{"packet":{"type":2,"data":["e",1]},"opts":{"rooms":[],"except":[],"flags":{}}}"""
            + ""","uid":"30371947319a930c","nsp":"/"}""",
        """{"type":3,"data":{"packet":{"type":2,"data":["e",{"a":[1.5,-1,null,true],"d":"2025-11-27T21:00:00.500Z"},null]}"""
            + ""","opts":{"rooms":["r1","r2"],"except":["x"],"flags":{"volatile":true,"compress":false}}}"""
            + ""","uid":"30371947319a930c","nsp":"/"}""",
        """{"type":3,"data":{"packet":{"type":2,"data":["q",7]},"requestId":"ee2c7e1e3d568c7c","opts":{"rooms":["r1"],"except":[]"""
            + ""","flags":{"timeout":1000}}},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":4,"data":{"opts":{"rooms":["r1"],"except":[],"flags":{}},"rooms":["a","b"]},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":5,"data":{"opts":{"rooms":[],"except":["x"],"flags":{}},"rooms":["a"]},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":6,"data":{"opts":{"rooms":["r1"],"except":[],"flags":{}},"close":true},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":6,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"close":false},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":7,"data":{"opts":{"rooms":["r1"],"except":[],"flags":{}},"requestId":"50b2afe729d65cc2"}"""
            + ""","uid":"30371947319a930c","nsp":"/"}""",
        """{"type":8,"data":{"requestId":"50b2afe729d65cc2","sockets":[]},"uid":"65c126596305139d","nsp":"/"}""",
        """{"type":8,"data":{"requestId":"3fc7c72f24cf6c90","sockets":[{"id":"abcdefghijklmnopqrst","handshake":{"headers":"""
            + """{"user-agent":"test","cookie":"a=b; c=d"},"time":"Fri Nov 27 2026 21:00:00 GMT+0000 (Coordinated Universal Time)","addr"""
            + """ess":"127.0.0.1","xdomain":false,"secure":true,"issued":1795813200123,"url":"/socket.io/?EIO=4&a=1&a=2","query":"""
            + """{"EIO":"4","a":["1","2"]},"auth":{"t":1}},"rooms":["abcdefghijklmnopqrst","r1"],"data":{"n":[1]}}]}"""
            + ""","uid":"65c126596305139d","nsp":"/"}""",
        """{"type":9,"data":{"packet":["ev",1,{"a":"b"}]},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":9,"data":{"requestId":"e73527532c0f526d","packet":["sum",2,3]},"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":10,"data":{"requestId":"e73527532c0f526d","packet":{"sum":5}},"uid":"65c126596305139d","nsp":"/"}""",
        """{"type":11,"data":{"requestId":"e5c3ce3e95703760","clientCount":1},"uid":"65c126596305139d","nsp":"/"}""",
        """{"type":12,"data":{"requestId":"e5c3ce3e95703760","packet":{"ok":true}},"uid":"65c126596305139d","nsp":"/"}""",
        // Of adapters that tell each other that they are there.
        """{"type":1,"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":2,"uid":"30371947319a930c","nsp":"/"}""",
        """{"type":13,"uid":"30371947319a930c","nsp":"/"}""",
    };

    public static TheoryData<string> Packed => new()
    {
        // An event for one room.
        "84a47479706503a46461746182a67061636b657482a47479706502a46461746192a2c3a2c403010203a46f70747383a5726f6f6d7391a27231"
            + "a665786365707490a5666c61677380a3756964b033303337313934373331396139333063a36e7370a12f",
        // One that asks for acknowledgements.
        "84a47479706503a46461746183a67061636b657482a47479706502a46461746192a171c40107a9726571756573744964b0333833663034363231"
            + "30643239333132a46f70747383a5726f6f6d7391a27231a665786365707490a5666c61677381a774696d656f7574cd03e8"
            + "a3756964b033303337313934373331396139333063a36e7370a12f",
        // An event for servers, and an answer to one.
        "84a47479706509a46461746181a67061636b657492a26576c40105a3756964b033303337313934373331396139333063a36e7370a12f",
        "84a4747970650aa46461746182a9726571756573744964b035313664616538303831336533393036a67061636b6574c40109"
            + "a3756964b036356331323635393633303531333964a36e7370a12f",
        // An acknowledgement.
        "84a4747970650ca46461746182a9726571756573744964b066356264306662653738323461643363a67061636b6574c40109"
            + "a3756964b036356331323635393633303531333964a36e7370a12f",
        // A socket.
        "84a47479706508a46461746182a9726571756573744964b032613838326465613838326536653431a7736f636b6574739184a26964b4"
            + "6162636465666768696a6b6c6d6e6f7071727374a968616e647368616b6589a76865616465727382aa757365722d6167656e74a474657374"
            + "a6636f6f6b6965a8613d623b20633d64a474696d65d93e467269204e6f7620323720323032362032313a30303a303020474d542b30303030"
            + "2028436f6f7264696e6174656420556e6976657273616c2054696d6529a761646472657373a93132372e302e302e31a778646f6d61696ec2"
            + "a6736563757265c3a6697373756564cf000001a21eced0fba375726cb92f736f636b65742e696f2f3f45494f3d3426613d3126613d32"
            + "a5717565727982a345494fa134a16192a131a132a46175746881a17401a5726f6f6d7392b46162636465666768696a6b6c6d6e6f7071727374"
            + "a27231a46461746181a466696c65c4020102a3756964b036356331323635393633303531333964a36e7370a12f",
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Messages_are_written_as_they_are_read(string golden) =>
        Encoding.UTF8.GetString(Format.Write(Read(Encoding.UTF8.GetBytes(golden))!).Span).ShouldBe(golden);

    [Theory]
    [MemberData(nameof(Packed))]
    public void Binary_messages_are_written_as_they_are_read(string golden) =>
        Convert.ToHexStringLower(Format.Write(Read(Convert.FromHexString(golden))!).Span).ShouldBe(golden);

    [Fact]
    public void All_of_a_broadcast_is_read()
    {
        var letters = string.Concat(Enumerable.Repeat("78", 40));
        var read = (ClusterBroadcast)Read("84a47479706503a46461746182a67061636b657482a47479706502a46461746194a165c4010182a16195cb3ff8"
            + $"000000000000ffc0c3d928{letters}a164d7ff773594006928bbd0c0a46f70747383a5726f6f6d7391a27231"
            + "a665786365707490a5666c61677380a3756964b033303337313934373331396139333063a36e7370a12f")!;
        Text(read.Event).ShouldBe("""["e",{"_placeholder":true,"num":0},{"a":[1.5,-1,null,true,"""
            + "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"],\"d\":\"2025-11-27T21:00:00.500Z\"},null]");
        read.Event.Attachments.Single().ToArray().ShouldBe([1]);
        read.ServerId.ShouldBe("30371947319a930c");
        read.RequestId.ShouldBeNull();
        read.Options.Rooms.ShouldBe(["r1"]);
        read.Options.Compress.ShouldBeTrue();
        read.Options.Timeout.ShouldBeNull();
    }

    [Fact]
    public void Rooms_may_be_numbers_and_flags_missing()
    {
        var read = (ClusterFetchSockets)ReadText("""{"type":7,"data":{"opts":{"rooms":[5]},"requestId":"r"},"uid":"a","nsp":"/"}""")!;
        read.Options.Rooms.ShouldBe(["5"]);
        read.Options.Except.ShouldBeEmpty();
    }

    [Fact]
    public void An_acknowledgement_without_a_value_is_null() => Text(((ClusterClientAnswer)ReadText(
        """{"type":12,"data":{"requestId":"03ac265dc159ec6f"},"uid":"65c126596305139d","nsp":"/"}""")!).Value).ShouldBe("null");

    [Fact]
    public void The_channel_says_which_namespace_it_is_where_the_message_does_not()
    {
        ReadText("""{"type":6,"data":{"opts":{}},"uid":"emitter"}""").ShouldBeOfType<ClusterDisconnect>()
            .ServerId.ShouldBe(ClusterMessage.EmitterId);
        ReadText("""{"type":6,"data":{"opts":{}},"uid":"emitter","nsp":"/other"}""").ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"type":0,"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":99,"data":{"opts":{}},"uid":"a","nsp":"/"}""")]
    public void Kinds_that_there_are_not_are_left_alone(string text) => ReadText(text).ShouldBeNull();

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\u0091\u0001")]
    [InlineData("""{"type":"3"}""")]
    [InlineData("""{"type":3,"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":3,"data":[],"uid":"a"}""")]
    [InlineData("""{"type":3,"data":{"opts":{}},"uid":"a"}""")]
    [InlineData("""{"type":3,"data":{"packet":{"type":2,"data":["e"]}},"uid":"a"}""")]
    [InlineData("""{"type":4,"data":{"opts":{"rooms":{}},"rooms":[]},"uid":"a"}""")]
    [InlineData("""{"type":5,"data":{"opts":{},"rooms":[null]},"uid":"a"}""")]
    [InlineData("""{"type":6,"data":{"opts":{},"close":1},"uid":"a"}""")]
    [InlineData("""{"type":7,"data":{"opts":{}},"uid":"a"}""")]
    [InlineData("""{"type":8,"data":{"requestId":"r","sockets":[{}]},"uid":"a"}""")]
    [InlineData("""{"type":9,"data":{},"uid":"a"}""")]
    [InlineData("""{"type":10,"data":{"packet":1},"uid":"a"}""")]
    [InlineData("""{"type":11,"data":{"requestId":"r"},"uid":"a"}""")]
    [InlineData("""{"type":6,"data":{"opts":{}},"uid":"a"} more""")]
    public void What_is_no_message_throws(string text) =>
        Should.Throw<Exception>(() => Read(Encoding.Latin1.GetBytes(text))).ShouldNotBeOfType<OutOfMemoryException>();

    [Fact]
    public void Binary_data_of_many_sockets_keep_their_place()
    {
        ClusterSocket[] sockets =
            [Socket("""{"a":{"_placeholder":true,"num":0}}""", 1), Socket("""{"b":{"_placeholder":true,"num":0}}""", 2)];
        var read = (ClusterSocketsFetched)Read(Format.Write(new ClusterSocketsFetched { RequestId = "r", Sockets = sockets }))!;
        Text(read.Sockets[1].Data).ShouldBe("""{"b":{"_placeholder":true,"num":1}}""");
        read.Sockets[1].Data.Attachments.Select(static data => data.Span[0]).ShouldBe(new byte[] { 1, 2 });
    }

    [Fact]
    public void The_data_are_written_and_read_alone_as_well()
    {
        var payload = new JsonPayload("[\"e\",1]"u8.ToArray());
        var data = Format.WriteData(new ClusterBroadcast { ServerId = "a", Options = BroadcastOptions.All, Event = payload });
        Encoding.UTF8.GetString(data.Span)
            .ShouldBe("""{"packet":{"type":2,"data":["e",1]},"opts":{"rooms":[],"except":[],"flags":{}}}""");
        var received = new ReceivedMessage(ClusterMessageType.Broadcast, "a", BusFields.Read(data, Depth, Size), Depth);
        Text(((ClusterBroadcast)received.ToMessage()!).Event).ShouldBe("[\"e\",1]");
    }

    private static ClusterSocket Socket(string data, byte attachment) => new()
    {
        Id = "abc",
        Handshake = new HandshakeData(),
        Data = new JsonPayload(Encoding.UTF8.GetBytes(data), [new[] { attachment }]),
    };

    private static ClusterMessage? Read(string hex) => Read(Convert.FromHexString(hex));

    private static ClusterMessage? ReadText(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static ClusterMessage? Read(ReadOnlyMemory<byte> bytes) => ReceivedMessage.Read(bytes, "/", Depth, Size)?.ToMessage();

    private static string Text(JsonPayload payload) => Encoding.UTF8.GetString(payload.Json.Span);
}
