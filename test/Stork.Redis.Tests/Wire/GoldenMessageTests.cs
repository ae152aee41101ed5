using System.Text;
using Stork.Redis.PubSub;

namespace Stork.Redis.Tests.Wire;

/// <summary>Messages as the official servers and emitters wrote them, byte for byte, read and written.</summary>
public sealed class GoldenMessageTests
{
    private const int Depth = 64;
    private const int Size = 1 << 20;

    private static readonly BroadcastFormat Broadcasts = new("/", Depth, Size);
    private static readonly RequestFormat Requests = new(Depth);

    [Fact]
    public void An_event_for_all() => CheckBroadcast(
        "93a661626364656683a47479706502a46461746192a16501a36e7370a12f83a5726f6f6d7390a665786365707490a5666c61677380",
        BroadcastOptions.All,
        "[\"e\",1]");

    [Fact]
    public void An_event_for_one_room_with_binary_data() => CheckBroadcast(
        "93a661626364656683a47479706502a46461746192a2c3a2c403010203a36e7370a12f83a5726f6f6d7391a27231a665786365707490a5666c61677380",
        new BroadcastOptions { Rooms = ["r1"] },
        """["â",{"_placeholder":true,"num":0}]""",
        [1, 2, 3]);

    [Fact]
    public void An_event_with_flags_and_exceptions_is_read_with_its_date()
    {
        var letters = string.Concat(Enumerable.Repeat("78", 40));
        var read = Broadcasts.Read(Convert.FromHexString(
            $"93a661626364656683a47479706502a46461746193a16582a16195cb3ff8000000000000ffc0c3d928{letters}a164d7ff773594006928bbd0c0"
            + "a36e7370a12f83a5726f6f6d7392a27231a27232a665786365707491a178a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2"))!;
        Text(read.Event).ShouldBe(
            """["e",{"a":[1.5,-1,null,true,"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],"d":"2025-11-27T21:00:00.500Z"},null]""");
        read.Options.Rooms.ShouldBe(["r1", "r2"]);
        read.Options.Except.ShouldBe(["x"]);
        read.Options.Volatile.ShouldBeTrue();
        read.Options.Compress.ShouldBeFalse();
    }

    [Fact]
    public void Flags_are_written_as_they_are_read()
    {
        var options = new BroadcastOptions { Rooms = ["r1", "r2"], Except = ["x"], Volatile = true, Compress = false };
        var bytes = Broadcasts.Write(new ClusterBroadcast { ServerId = "abcdef", Options = options, Event = Payload("[\"e\"]") });
        Convert.ToHexStringLower(bytes.Span).ShouldEndWith(
            "83a5726f6f6d7392a27231a27232a665786365707491a178a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2");
    }

    [Fact]
    public void An_event_that_asks_for_acknowledgements()
    {
        const string Golden = "85a3756964a6616263646566a9726571756573744964a6726571313233a47479706507"
            + "a67061636b657483a47479706502a46461746192a17107"
            + "a36e7370a12fa46f70747383a5726f6f6d7391a27231a665786365707490a5666c61677381a774696d656f7574cd03e8";
        var request = (ClusterBroadcast)Request(Convert.FromHexString(Golden))!;
        request.ServerId.ShouldBe("abcdef");
        request.RequestId.ShouldBe("req123");
        request.Options.Rooms.ShouldBe(["r1"]);
        request.Options.Timeout.ShouldBe(TimeSpan.FromSeconds(1));
        Text(request.Event).ShouldBe("[\"q\",7]");
        Convert.ToHexStringLower(Broadcasts.WriteRequest(request).Span).ShouldBe(Golden);
    }

    public static TheoryData<string> RequestTexts => new()
    {
        """{"uid":"abcdef","type":2,"opts":{"rooms":["r1"],"except":[]},"rooms":["a","b"]}""",
        """{"uid":"abcdef","type":3,"opts":{"rooms":[],"except":["x"]},"rooms":["a"]}""",
        """{"uid":"abcdef","type":4,"opts":{"rooms":["r1"],"except":[]},"close":true}""",
        """{"uid":"abcdef","requestId":"PDzzuM","type":5,"opts":{"rooms":["r1"],"except":[]}}""",
        """{"uid":"abcdef","type":6,"data":["ev",1,{"a":"b"}]}""",
        """{"uid":"abcdef","requestId":"KT56YF","type":6,"data":["ev",1]}""",
        // Of the official emitter.
        """{"type":2,"opts":{"rooms":["r1"],"except":[]},"rooms":["a"]}""",
        """{"type":3,"opts":{"rooms":[],"except":[]},"rooms":["a"]}""",
        """{"type":4,"opts":{"rooms":[],"except":[]},"close":false}""",
        """{"uid":"emitter","type":6,"data":["ev",1]}""",
    };

    [Theory]
    [MemberData(nameof(RequestTexts))]
    public void Requests_are_written_as_they_are_read(string golden) =>
        Encoding.UTF8.GetString(Requests.Write(Request(Encoding.UTF8.GetBytes(golden))!).Span).ShouldBe(golden);

    [Fact]
    public void The_question_for_all_rooms() =>
        Text(Requests.WriteAllRooms("abcdef", "RXpAXY")).ShouldBe("""{"uid":"abcdef","requestId":"RXpAXY","type":1}""");

    public static TheoryData<string> AnswerTexts => new()
    {
        """{"type":6,"requestId":"req123","data":{"r":5}}""",
        """{"type":8,"requestId":"req123","clientCount":3}""",
        """{"requestId":"req123","sockets":[]}""",
        """{"requestId":"req123","sockets":[{"id":"abc","handshake":{"headers":{"user-agent":"test","cookie":"a=b; c=d"}"""
            + ""","time":"Fri Nov 27 2026 21:00:00 GMT+0000 (Coordinated Universal Time)","address":"127.0.0.1","xdomain":false"""
            + ""","secure":true,"issued":1795813200123,"url":"/socket.io/?EIO=4&a=1&a=2","query":{"EIO":"4","a":["1","2"]}"""
            + ""","auth":{"t":1}},"rooms":["abc","red"],"data":{"n":[1]}}]}""",
    };

    [Theory]
    [MemberData(nameof(AnswerTexts))]
    public void Answers_are_written_as_they_are_read(string golden) =>
        Text(Requests.WriteAnswer(Answer(Encoding.UTF8.GetBytes(golden))!)).ShouldBe(golden);

    [Fact]
    public void The_acknowledgement_of_a_client()
    {
        const string Golden = "83a47479706509a9726571756573744964a6726571313233a67061636b657481a172c40109";
        var answer = (ClusterClientAnswer)Answer(Convert.FromHexString(Golden))!;
        Text(answer.Value).ShouldBe("""{"r":{"_placeholder":true,"num":0}}""");
        answer.Value.Attachments.Single().ToArray().ShouldBe([9]);
        Convert.ToHexStringLower(Requests.WriteAnswer(answer).Span).ShouldBe(Golden);
    }

    [Fact]
    public void An_acknowledgement_without_a_value_is_null() => Text(((ClusterClientAnswer)Answer(
        Convert.FromHexString("82a47479706509a9726571756573744964a6726571313233"))!).Value).ShouldBe("null");

    [Theory]
    [InlineData("93a7656d697474657283a47479706502a46461746192a16501a36e7370a12f83a5726f6f6d7390a5666c61677380a665786365707490")]
    // As old emitters write it: no namespace, no exceptions, no flags.
    [InlineData("93a7656d697474657282a47479706502a46461746192a1650181a5726f6f6d7390")]
    public void Emitters_write_in_another_order_or_less(string golden)
    {
        var read = Broadcasts.Read(Convert.FromHexString(golden))!;
        read.ServerId.ShouldBe(ClusterMessage.EmitterId);
        Text(read.Event).ShouldBe("[\"e\",1]");
        read.Options.Rooms.ShouldBeEmpty();
        read.Options.Except.ShouldBeEmpty();
        read.Options.Compress.ShouldBeTrue();
    }

    [Fact]
    public void What_is_for_another_namespace_is_for_somebody_else() => Broadcasts.Read(Convert.FromHexString(
        "93a7656d697474657283a47479706502a46461746191a165a36e7370a52f6368617483a5726f6f6d7391a172a5666c61677381a8766f6c6174696c65c3a665"
        + "786365707490")).ShouldBeNull();

    [Fact]
    public void Rooms_may_be_numbers()
    {
        var join = (ClusterJoin)Request("""{"type":2,"opts":{"rooms":[5,"r"]},"rooms":[6]}"""u8.ToArray())!;
        join.Options.Rooms.ShouldBe(["5", "r"]);
        join.Rooms.ShouldBe(["6"]);
    }

    [Fact]
    public void Former_requests_are_for_one_socket()
    {
        var join = (ClusterJoin)Request("""{"requestId":"r","type":2,"sid":"abc","room":"red"}"""u8.ToArray())!;
        join.Options.Rooms.ShouldBe(["abc"]);
        join.Rooms.ShouldBe(["red"]);
        var close = (ClusterDisconnect)Request("""{"requestId":"r","type":4,"sid":"abc","close":true}"""u8.ToArray())!;
        close.Options.Rooms.ShouldBe(["abc"]);
        close.Close.ShouldBeTrue();
    }

    [Fact]
    public void Binary_data_of_many_sockets_keep_their_place()
    {
        var sockets = new ClusterSocket[]
        {
            Socket("""{"a":{"_placeholder":true,"num":1},"b":{"_placeholder":true,"num":0}}""", [1], [2]),
            Socket("{}"),
            Socket("""{"c":[{"_placeholder":true,"num":0},{"num":0}]}""", [3]),
        };
        var bytes = Requests.WriteAnswer(new ClusterSocketsFetched { RequestId = "r", Sockets = sockets });
        bytes.Span[0].ShouldNotBe((byte)'{');
        var read = ((ClusterSocketsFetched)Answer(bytes)!).Sockets;
        Text(read[0].Data).ShouldBe("""{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}""");
        read[0].Data.Attachments.Select(static data => data.Span[0]).ShouldBe(new byte[] { 2, 1, 3 });
        Text(read[2].Data).ShouldBe("""{"c":[{"_placeholder":true,"num":2},{"num":0}]}""");
    }

    private static ClusterSocket Socket(string data, params byte[][] attachments) => new()
    {
        Id = "abc",
        Handshake = new HandshakeData(),
        Data = new JsonPayload(Encoding.UTF8.GetBytes(data), [.. attachments.Select(static bytes => new ReadOnlyMemory<byte>(bytes))]),
    };

    private static ClusterMessage? Request(byte[] bytes) => PubSubRequest.Read(bytes, Depth, Size).ToMessage();

    private static ClusterMessage? Answer(ReadOnlyMemory<byte> bytes) => PubSubAnswer.Read(bytes, Depth, Size)?.ToMessage();

    private static JsonPayload Payload(string json, byte[]? attachment = null) =>
        new(Encoding.UTF8.GetBytes(json), attachment is null ? null : [attachment]);

    private static string Text(JsonPayload payload) => Text(payload.Json);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static void CheckBroadcast(string golden, BroadcastOptions options, string json, byte[]? attachment = null)
    {
        var message = new ClusterBroadcast { ServerId = "abcdef", Options = options, Event = Payload(json, attachment) };
        Convert.ToHexStringLower(Broadcasts.Write(message).Span).ShouldBe(golden);
        var read = Broadcasts.Read(Convert.FromHexString(golden))!;
        read.ServerId.ShouldBe("abcdef");
        read.Options.Rooms.ShouldBe(options.Rooms);
        Text(read.Event).ShouldBe(json);
        read.Event.Attachments.Select(static bytes => bytes.ToArray()).ShouldBe(attachment is null ? [] : [attachment]);
    }
}
