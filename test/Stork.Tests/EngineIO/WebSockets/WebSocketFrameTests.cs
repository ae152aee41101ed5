using System.Text;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

public sealed class WebSocketFrameTests
{
    [Theory]
    [InlineData(0, "8200")]
    [InlineData(1, "8201")]
    [InlineData(125, "827D")]
    [InlineData(126, "827E007E")]
    [InlineData(128, "827E0080")]
    [InlineData(65535, "827EFFFF")]
    [InlineData(65536, "827F0000000000010000")]
    [InlineData(int.MaxValue, "827F000000007FFFFFFF")]
    [InlineData(long.MaxValue, "827F7FFFFFFFFFFFFFFF")]
    public void Writes_the_shortest_header(long payloadLength, string expected)
    {
        var destination = new byte[WebSocketFrame.MaxHeaderLength];
        Array.Fill(destination, (byte)0xEE);

        var length = WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Binary, payloadLength);

        Convert.ToHexString(destination, 0, length).ShouldBe(expected);
        length.ShouldBe(WebSocketFrame.GetHeaderLength(payloadLength));
        destination[length..].ShouldAllBe(untouched => untouched == 0xEE);
    }

    [Theory]
    [InlineData(WebSocketOpcode.Text, true, 0x81)]
    [InlineData(WebSocketOpcode.Text, false, 0x01)]
    [InlineData(WebSocketOpcode.Continuation, false, 0x00)]
    [InlineData(WebSocketOpcode.Continuation, true, 0x80)]
    [InlineData(WebSocketOpcode.Ping, true, 0x89)]
    [InlineData(WebSocketOpcode.Pong, true, 0x8A)]
    internal void Writes_opcode_and_end_of_message(WebSocketOpcode opcode, bool endOfMessage, byte expected)
    {
        var destination = new byte[2];

        WebSocketFrame.WriteHeader(destination, opcode, 5, endOfMessage).ShouldBe(2);

        destination.ShouldBe([expected, 5]);
    }

    [Fact]
    public void Refuses_a_negative_length() =>
        Should.Throw<ArgumentOutOfRangeException>(() => WebSocketFrame.WriteHeader(new byte[10], WebSocketOpcode.Text, -1));

    [Theory]
    [InlineData(126, 3)]
    [InlineData(65536, 9)]
    [InlineData(1, 1)]
    public void Refuses_room_that_is_too_small(long payloadLength, int room) =>
        Should.Throw<Exception>(() => WebSocketFrame.WriteHeader(new byte[room], WebSocketOpcode.Text, payloadLength));

    [Theory]
    [InlineData(WebSocketCloseCode.Normal, "", "880203E8")]
    [InlineData(WebSocketCloseCode.TooBig, "big", "880503F1626967")]
    [InlineData(WebSocketCloseCode.NoStatus, "never sent", "8800")]
    [InlineData((WebSocketCloseCode)4999, "\u00FC", "88041387C3BC")]
    internal void Writes_a_close_frame(WebSocketCloseCode code, string reason, string expected)
    {
        var destination = new byte[WebSocketCloseFrame.MaxLength];

        var length = WebSocketCloseFrame.Write(destination, code, reason);

        Convert.ToHexString(destination, 0, length).ShouldBe(expected);
    }

    [Theory]
    [InlineData(WebSocketCloseCode.Abnormal)]
    [InlineData((WebSocketCloseCode)0)]
    [InlineData((WebSocketCloseCode)999)]
    [InlineData((WebSocketCloseCode)1004)]
    [InlineData((WebSocketCloseCode)1015)]
    [InlineData((WebSocketCloseCode)2999)]
    [InlineData((WebSocketCloseCode)5000)]
    internal void Refuses_to_write_a_close_code_that_must_not_be_sent(WebSocketCloseCode code) =>
        Should.Throw<ArgumentOutOfRangeException>(() => WebSocketCloseFrame.Write(new byte[WebSocketCloseFrame.MaxLength], code));

    [Fact]
    public void Replaces_a_lone_surrogate_in_a_reason()
    {
        var destination = new byte[WebSocketCloseFrame.MaxLength];

        var length = WebSocketCloseFrame.Write(destination, WebSocketCloseCode.Normal, "a\uD800b");

        Convert.ToHexString(destination, 0, length).ShouldBe("880703E861EFBFBD62");
    }

    [Theory]
    [InlineData("x", 123)]
    [InlineData("ü", 122)]
    [InlineData("世", 123)]
    [InlineData("😀", 120)]
    public void Cuts_a_long_reason_at_a_characters_end(string character, int expectedLength)
    {
        var reason = string.Concat(Enumerable.Repeat(character, 200));
        var destination = new byte[WebSocketCloseFrame.MaxLength];

        var length = WebSocketCloseFrame.Write(destination, WebSocketCloseCode.Normal, reason);

        destination[1].ShouldBe((byte)(2 + expectedLength));
        reason.ShouldStartWith(Encoding.UTF8.GetString(destination, 4, length - 4));
        (length - 4).ShouldBe(expectedLength);
    }
}
