using Stork.Wire;
using static Stork.Wire.WebSocketOpcode;

namespace Stork.Tests.EngineIO.WebSockets;

internal static partial class ReaderCases
{
    public static readonly (string Name, byte[] Bytes)[] ValidText =
    [
        ("two bytes", [0xC2, 0x80]),
        ("the last of two bytes", [0xDF, 0xBF]),
        ("the first of three bytes", [0xE0, 0xA0, 0x80]),
        ("below the surrogates", [0xED, 0x9F, 0xBF]),
        ("above the surrogates", [0xEE, 0x80, 0x80]),
        ("noncharacter U+FFFF", [0xEF, 0xBF, 0xBF]),
        ("byte order mark", [0xEF, 0xBB, 0xBF]),
        ("the first of four bytes", [0xF0, 0x90, 0x80, 0x80]),
        ("the last of all", [0xF4, 0x8F, 0xBF, 0xBF]),
        ("NUL", [0x00]),
        ("mixed", Utf8("Grüße, 世界 😀 κόσμε")),
        ("mixed and long", Utf8(string.Concat(Enumerable.Repeat("Grüße, 世界 😀 κόσμε ", 20)))),
    ];

    public static readonly (string Name, byte[] Bytes)[] InvalidText =
    [
        ("lone continuation byte", [0x80]),
        ("continuation byte after text", [.. "abc"u8, 0xBF]),
        ("two bytes cut short", [0xC2]),
        ("three bytes cut short", [0xE2, 0x82]),
        ("four bytes cut short", [0xF0, 0x9F, 0x98]),
        ("overlong slash in two bytes", [0xC0, 0xAF]),
        ("overlong NUL", [0xC0, 0x80]),
        ("overlong in three bytes", [0xE0, 0x9F, 0xBF]),
        ("overlong in four bytes", [0xF0, 0x8F, 0xBF, 0xBF]),
        ("high surrogate", [0xED, 0xA0, 0x80]),
        ("low surrogate", [0xED, 0xBF, 0xBF]),
        ("surrogate pair", [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]),
        ("beyond U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
        ("five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("byte FE", [0xFE]),
        ("byte FF", [0xFF]),
        ("lead byte before ASCII", [0xC3, 0x28]),
        ("bad byte behind 300 good ones", [.. Ascii(300), 0xFF, .. Ascii(300)]),
    ];

    private static void AddText(Action<string, ReaderCase> add)
    {
        foreach (var (name, bytes) in ValidText)
        {
            add($"6 valid: {name}", Reads(Frame(Text, bytes), Line(Text, bytes)));
            add($"6 valid: {name}, cut into bytes", Reads(Bytewise(Text, bytes), Line(Text, bytes)));
        }

        foreach (var (name, bytes) in InvalidText)
        {
            add($"6 invalid: {name}", Reads(Frame(Text, bytes), InvalidPayload));
            add($"6 invalid: {name}, cut into bytes", Reads(Bytewise(Text, bytes), InvalidPayload));
            add($"6 not text: {name}", Reads(Frame(Binary, bytes), Line(Binary, bytes)));
        }

        add("6 character cut by a fragment and a ping", new ReaderCase(
            Join(Frame(Text, [0xF0, 0x9F], fin: false), Frame(Ping, [0x98]), Frame(Continuation, [0x98, 0x80])),
            [Line(Ping, [0x98]), Line(Text, [0xF0, 0x9F, 0x98, 0x80]), Done]));
    }

    private static void AddCloses(Action<string, ReaderCase> add)
    {
        add("7 close without payload", Reads(Frame(Close, []), Line(Close, [])));
        add("7 close with half a code", Reads(Frame(Close, [3]), ProtocolError));
        add("7 close with the longest reason", Reads(ClientFrame.Close(1000, Ascii(123)), Line(Close, [3, 0xE8, .. Ascii(123)])));
        add("7 close with a reason too long", Reads(ClientFrame.Close(1000, Ascii(124)), ProtocolError));
        add("7 close with a reason that is not UTF-8", Reads(ClientFrame.Close(1000, [0xFF]), InvalidPayload));
        add("7 close with a reason cut in a character", Reads(ClientFrame.Close(1000, [0xE2, 0x82]), InvalidPayload));
        foreach (var code in (int[])[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
            add($"7 close code {code}", Reads(ClientFrame.Close(code, "ok"u8), Line(Close, [(byte)(code >> 8), (byte)code, .. "ok"u8])));
        foreach (var code in (int[])[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
            add($"7 close code {code}", Reads(ClientFrame.Close(code), ProtocolError));

        add("7 everything behind a close is thrown away", new ReaderCase(
            Join(ClientFrame.Close(1000), Frame(Text, "late"u8), Frame(Ping, []), ClientFrame.Close(1001), [0xFF, 0xFF, 0xFF]),
            [Line(Close, [3, 0xE8]), Done]));
        add("7 close inside a message", new ReaderCase(
            Join(Frame(Text, "a"u8, fin: false), ClientFrame.Close(1001), Frame(Continuation, "b"u8)), [Line(Close, [3, 0xE9]), Done]));
        add("7 message, then close", new ReaderCase(
            Join(Frame(Text, "last"u8), ClientFrame.Close(1000)), [Line(Text, "last"u8), Line(Close, [3, 0xE8]), Done]));
    }

    private static void AddMasks(Action<string, ReaderCase> add)
    {
        foreach (var key in (byte[][])[[0, 0, 0, 0], [255, 255, 255, 255], [1, 0, 0, 0], [0, 0, 0, 128], [0xDE, 0xAD, 0xBE, 0xEF]])
            add($"8 mask {Convert.ToHexString(key)}", Reads(ClientFrame.Of(Binary, Ascii(77), key: key), Line(Binary, Ascii(77))));

        foreach (var opcode in (WebSocketOpcode[])[Text, Binary, Ping, Pong, Close])
        {
            var unmasked = ClientFrame.Of(opcode, [], masked: false);
            add($"8 {opcode} without a mask to a server", Reads(unmasked, ProtocolError));
            add($"8 {opcode} without a mask to a client", Reads(unmasked, Line(opcode, [])) with { ExpectMasked = false });
            add($"8 {opcode} with a mask to a client", Reads(Frame(opcode, []), ProtocolError) with { ExpectMasked = false });
        }

        add("8 large binary without a mask to a client", Reads(
            ClientFrame.Of(Binary, Ascii(66_000), masked: false), Line(Binary, Ascii(66_000))) with { ExpectMasked = false });
        add("8 second frame without a mask", new ReaderCase(
            Join(Frame(Text, "a"u8), ClientFrame.Of(Text, "b"u8, masked: false)), [Line(Text, "a"u8), ProtocolError]));
    }

    private static byte[] Bytewise(WebSocketOpcode opcode, byte[] payload) => Join(
        payload.Select((value, i) => Frame(i == 0 ? opcode : Continuation, [value], fin: i == payload.Length - 1)));
}
