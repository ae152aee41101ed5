using System.Text;
using Stork.Wire;
using static Stork.Wire.WebSocketOpcode;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>RFC 6455 as a table, in the order of the sections of the Autobahn suite.</summary>
internal static partial class ReaderCases
{
    private const string Done = "left 0";
    private const string ProtocolError = "violation 1002";
    private const string InvalidPayload = "violation 1007";
    private const string PolicyViolation = "violation 1008";
    private const string TooBig = "violation 1009";

    private static readonly Lazy<SortedDictionary<string, ReaderCase>> Cases = new(Build);

    public static SortedDictionary<string, ReaderCase> All => Cases.Value;

    public static TheoryData<string> Names => [.. All.Keys];

    private static SortedDictionary<string, ReaderCase> Build()
    {
        var cases = new SortedDictionary<string, ReaderCase>(StringComparer.Ordinal);
        AddSizes(cases.Add);
        AddPingsAndPongs(cases.Add);
        AddReservedBitsAndOpcodes(cases.Add);
        AddFragmentation(cases.Add);
        AddText(cases.Add);
        AddCloses(cases.Add);
        AddMasks(cases.Add);
        AddLengths(cases.Add);
        AddLimits(cases.Add);
        return cases;
    }

    private static void AddSizes(Action<string, ReaderCase> add)
    {
        foreach (var size in (int[])[0, 1, 3, 4, 5, 31, 32, 33, 64, 125, 126, 127, 128, 65535, 65536, 69_999, 70_000])
        {
            var payload = Ascii(size);
            add($"1 text of {size} bytes", Reads(Frame(Text, payload), Line(Text, payload)));
            add($"1 binary of {size} bytes", Reads(Frame(Binary, payload), Line(Binary, payload)));
        }

        add("1 text one byte beyond the limit", Reads(Frame(Text, Ascii(70_001)), TooBig));
        add("1 binary one byte beyond the limit", Reads(Frame(Binary, Ascii(70_001)), TooBig));
        add("1 three messages in a row", new ReaderCase(
            Join(Frame(Text, Ascii(10)), Frame(Binary, []), Frame(Text, Ascii(300))),
            [Line(Text, Ascii(10)), Line(Binary, []), Line(Text, Ascii(300)), Done]));
        add("1 nothing", new ReaderCase([], [Done]));
        add("1 half a header", new ReaderCase([0x81], ["left 1"]));
        add("1 a header without its mask", new ReaderCase([0x81, 0xFE, 0x01, 0x00, 1, 2, 3], ["left 7"]));
        add("1 half a payload", new ReaderCase(Frame(Text, Ascii(10))[..12], [Done]));
    }

    private static void AddPingsAndPongs(Action<string, ReaderCase> add)
    {
        add("2 ping without payload", Reads(Frame(Ping, []), Line(Ping, [])));
        add("2 ping with payload", Reads(Frame(Ping, "Hello"u8), Line(Ping, "Hello"u8)));
        add("2 ping with bytes that are not text", Reads(Frame(Ping, [0, 0xFF, 0xFE, 0xC0]), Line(Ping, [0, 0xFF, 0xFE, 0xC0])));
        add("2 ping of 125 bytes", Reads(Frame(Ping, Ascii(125)), Line(Ping, Ascii(125))));
        add("2 ping of 126 bytes", Reads(Frame(Ping, Ascii(126)), ProtocolError));
        add("2 pong nobody asked for", Reads(Frame(Pong, "?"u8), Line(Pong, "?"u8)));
        add("2 pong of 126 bytes", Reads(Frame(Pong, Ascii(126)), ProtocolError));
        add("2 ten pings in a row", new ReaderCase(
            Join(Enumerable.Repeat(Frame(Ping, "x"u8), 10)), [.. Enumerable.Repeat(Line(Ping, "x"u8), 10), Done]));
    }

    private static void AddReservedBitsAndOpcodes(Action<string, ReaderCase> add)
    {
        for (var bits = 1; bits <= 7; bits++)
        {
            foreach (var opcode in (WebSocketOpcode[])[Text, Binary, Close, Ping, Pong])
            {
                var frame = ClientFrame.Raw(0x80 | (bits << 4) | (int)opcode, 0, 0, [], ClientFrame.DefaultKey);
                add($"3 reserved bits {bits} of {opcode}", new ReaderCase(
                    Join(Frame(Text, "before"u8), frame), [Line(Text, "before"u8), ProtocolError]));
            }
        }

        foreach (var opcode in (int[])[3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
        {
            add($"4 reserved opcode {opcode} with payload", Reads(
                ClientFrame.Raw(0x80 | opcode, 1, 1, "x"u8, ClientFrame.DefaultKey), ProtocolError));
            add($"4 reserved opcode {opcode} not final", Reads(ClientFrame.Raw(opcode, 0, 0, [], ClientFrame.DefaultKey), ProtocolError));
            add($"4 reserved opcode {opcode} inside a message", Reads(
                Join(Frame(Text, "a"u8, fin: false), ClientFrame.Raw(0x80 | opcode, 0, 0, [], ClientFrame.DefaultKey)), ProtocolError));
        }
    }

    private static void AddFragmentation(Action<string, ReaderCase> add)
    {
        add("5 fragmented ping", Reads(Join(Frame(Ping, "a"u8, fin: false), Frame(Continuation, "b"u8)), ProtocolError));
        add("5 fragmented pong", Reads(Join(Frame(Pong, "a"u8, fin: false), Frame(Continuation, "b"u8)), ProtocolError));
        add("5 fragmented close", Reads(Join(Frame(Close, [], fin: false), Frame(Continuation, [])), ProtocolError));
        add("5 text in two fragments", Reads(Join(Frame(Text, "ab"u8, fin: false), Frame(Continuation, "cd"u8)), Line(Text, "abcd"u8)));
        add("5 binary in five fragments, some empty", Reads(
            Join(
                Frame(Binary, [], fin: false),
                Frame(Continuation, [1, 2, 3], fin: false),
                Frame(Continuation, [], fin: false),
                Frame(Continuation, [4], fin: false),
                Frame(Continuation, [])),
            Line(Binary, [1, 2, 3, 4])));
        add("5 fragments with different masks", Reads(
            Join(
                ClientFrame.Of(Text, "ab"u8, fin: false, key: [1, 2, 3, 4]),
                ClientFrame.Of(Continuation, "cde"u8, fin: false, key: [255, 0, 255, 0]),
                ClientFrame.Of(Continuation, "f"u8, key: [0, 0, 0, 0])),
            Line(Text, "abcdef"u8)));
        add("5 control frames between fragments", new ReaderCase(
            Join(
                Frame(Text, "ab"u8, fin: false),
                Frame(Ping, Ascii(125)),
                Frame(Continuation, "cd"u8, fin: false),
                Frame(Pong, []),
                Frame(Ping, "p"u8),
                Frame(Continuation, "ef"u8)),
            [Line(Ping, Ascii(125)), Line(Pong, []), Line(Ping, "p"u8), Line(Text, "abcdef"u8), Done]));
        add("5 large fragments with a ping between", new ReaderCase(
            Join(Frame(Binary, Ascii(5000), fin: false), Frame(Ping, "p"u8), Frame(Continuation, Ascii(4000))),
            [Line(Ping, "p"u8), Line(Binary, [.. Ascii(5000), .. Ascii(4000)]), Done]));
        add("5 continuation of nothing", Reads(Frame(Continuation, "x"u8), ProtocolError));
        add("5 continuation of nothing, not final", Reads(Frame(Continuation, "x"u8, fin: false), ProtocolError));
        add("5 continuation after a whole message", new ReaderCase(
            Join(Frame(Text, "whole"u8), Frame(Continuation, "x"u8)), [Line(Text, "whole"u8), ProtocolError]));
        add("5 continuation after a joined message", new ReaderCase(
            Join(Frame(Text, "a"u8, fin: false), Frame(Continuation, "b"u8), Frame(Continuation, "c"u8)),
            [Line(Text, "ab"u8), ProtocolError]));
        add("5 text inside a message", Reads(Join(Frame(Text, "a"u8, fin: false), Frame(Text, "b"u8)), ProtocolError));
        add("5 binary inside a message", Reads(Join(Frame(Text, "a"u8, fin: false), Frame(Binary, "b"u8, fin: false)), ProtocolError));
        add("5 empty text inside an empty message", Reads(Join(Frame(Text, [], fin: false), Frame(Text, [])), ProtocolError));
        add("5 message that never ends", new ReaderCase(
            Join(Frame(Text, "a"u8, fin: false), Frame(Continuation, "b"u8, fin: false)), [Done]));
    }

    private static ReaderCase Reads(byte[] bytes, string line) =>
        new(bytes, line.StartsWith("violation", StringComparison.Ordinal) ? [line] : [line, Done]);

    private static byte[] Frame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true) =>
        ClientFrame.Of(opcode, payload, fin);

    private static byte[] Join(params IEnumerable<byte[]> frames) => ClientFrame.Concat(frames);

    private static string Line(WebSocketOpcode opcode, ReadOnlySpan<byte> payload) => Transcript.Describe(opcode, payload);

    private static byte[] Ascii(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(' ' + (i % 95));
        return bytes;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
