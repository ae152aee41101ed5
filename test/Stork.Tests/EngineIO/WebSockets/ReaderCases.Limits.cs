using Stork.EngineIO.WebSockets;
using static Stork.Wire.WebSocketOpcode;

namespace Stork.Tests.EngineIO.WebSockets;

internal static partial class ReaderCases
{
    private static void AddLengths(Action<string, ReaderCase> add)
    {
        foreach (var length in (ulong[])[0, 1, 125])
            add($"9 length {length} in two bytes", Reads(Announce(126, length), ProtocolError));
        foreach (var length in (ulong[])[0, 125, 126, 65535])
            add($"9 length {length} in eight bytes", Reads(Announce(127, length), ProtocolError));

        add("9 length with its topmost bit set", Reads(Announce(127, 0x8000_0000_0000_0000), ProtocolError));
        add("9 length with all bits set", Reads(Announce(127, ulong.MaxValue), ProtocolError));
        add("9 the longest length there is", Reads(Announce(127, long.MaxValue), TooBig));
        add("9 length of 4 GiB and 1", Reads(Announce(127, (1UL << 32) + 1), TooBig));
        add("9 length just beyond the limit", Reads(Announce(127, 70_001), TooBig));
        foreach (var form in (int[])[126, 127])
            add($"9 ping with the length form {form}", Reads(ClientFrame.Raw(0x89, form, 1, "x"u8, ClientFrame.DefaultKey), ProtocolError));
    }

    private static void AddLimits(Action<string, ReaderCase> add)
    {
        add("10 fragments up to the limit", Reads(
            Join(Frame(Binary, Ascii(6), fin: false), Frame(Continuation, Ascii(3), fin: false), Frame(Continuation, Ascii(1))),
            Line(Binary, [.. Ascii(6), .. Ascii(3), .. Ascii(1)])) with { MaxMessageSize = 10 });
        add("10 fragments beyond the limit", Reads(
            Join(Frame(Binary, Ascii(6), fin: false), Frame(Continuation, Ascii(4), fin: false), Frame(Continuation, Ascii(1))),
            TooBig) with { MaxMessageSize = 10 });
        add("10 control frames do not count", new ReaderCase(
            Join(Frame(Binary, Ascii(6), fin: false), Frame(Ping, Ascii(125)), Frame(Continuation, Ascii(4))),
            [Line(Ping, Ascii(125)), Line(Binary, [.. Ascii(6), .. Ascii(4)]), Done],
            MaxMessageSize: 10));
        add("10 each message has the limit for itself", new ReaderCase(
            Join(Frame(Binary, Ascii(10)), Frame(Text, Ascii(10)), Frame(Binary, Ascii(11))),
            [Line(Binary, Ascii(10)), Line(Text, Ascii(10)), TooBig],
            MaxMessageSize: 10));
        add("10 as many fragments as allowed", Reads(EmptyFragments(WebSocketMessageReader.MaxFragmentsPerMessage), Line(Text, [])));
        add("10 one fragment more than allowed", Reads(EmptyFragments(WebSocketMessageReader.MaxFragmentsPerMessage + 1), PolicyViolation));
        add("10 the count of fragments starts anew", new ReaderCase(
            Join(EmptyFragments(WebSocketMessageReader.MaxFragmentsPerMessage), Frame(Text, "a"u8, fin: false), Frame(Continuation, "b"u8)),
            [Line(Text, []), Line(Text, "ab"u8), Done]));
    }

    // Nothing but a header: whatever it announces is still to come.
    private static byte[] Announce(int form, ulong length) => ClientFrame.Raw(0x82, form, length, [], ClientFrame.DefaultKey);

    private static byte[] EmptyFragments(int count)
    {
        var first = Frame(Text, [], fin: false);
        var next = Frame(Continuation, [], fin: false);
        return Join(first, Join(Enumerable.Repeat(next, count - 2)), Frame(Continuation, []));
    }
}
