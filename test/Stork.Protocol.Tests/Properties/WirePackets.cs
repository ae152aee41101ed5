using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Stork.Protocol.Tests.Properties;

/// <summary>A packet as its sender knows it, and generators of them that reach the odd corners: escapes, odd numbers, white space, long
/// ids.</summary>
/// <param name="Type">The type.</param>
/// <param name="Nsp">The namespace.</param>
/// <param name="AckId">The acknowledgement id, or -1.</param>
/// <param name="Name">The name of the event, or null.</param>
/// <param name="Payload">The JSON, or nothing.</param>
/// <param name="Attachments">The attachments.</param>
internal sealed record WirePacket(PacketType Type, string Nsp, long AckId, string? Name, string Payload, byte[][] Attachments)
{
    /// <summary>The text, put together in the way the protocol's document says and not by the code under test.</summary>
    public string Text =>
        ((int)Type).ToString(CultureInfo.InvariantCulture)
        + (Attachments.Length > 0 ? $"{Attachments.Length}-" : "")
        + (Nsp == "/" ? "" : Nsp + ",")
        + (AckId < 0 ? "" : AckId.ToString(CultureInfo.InvariantCulture))
        + Payload;

    public override string ToString() => $"{Text} +[{string.Join(',', Attachments.Select(Convert.ToHexString))}]";
}

internal static class WirePackets
{
    private static readonly string[] Literals =
        ["null", "true", "false", "0", "-0", "1e400", "-1.5E-7", "9007199254740993", "123456789012345678901234567890", "\"\"", "{}", "[]"];

    private static readonly string[] OddCharacters =
        ["\"", "\\", "/", "\n", "\0", "\u001f", "é", "☃", "😀", "\u2028", ",", "[", "]", "-", "\u001e"];

    public static Gen<string> Namespaces { get; } = Gen.Frequency(
        (3, Gen.Constant("/")),
        (1, Gen.Elements("/admin", "/a/b", "/x?y=z", "/été-😀", "//", "/0", "/[\"a\"]")),
        (1, Gen.ArrayOf(Gen.Elements("abcXYZ019-_/?=&é☃ .".ToCharArray())).Where(c => c.Length > 0).Select(c => "/" + new string(c))));

    /// <summary>Any UTF-16 string, lone surrogates included.</summary>
    public static Gen<string> Names { get; } = Gen.Frequency(
            (3, Gen.ArrayOf(Gen.Elements("abcdefgh connect_".ToCharArray())).Select(c => new string(c))),
            (2, Gen.ArrayOf(Gen.Elements(OddCharacters)).Select(string.Concat)),
            (2, Gen.ArrayOf(Gen.Choose(0, char.MaxValue).Select(i => (char)i)).Select(c => new string(c))),
            (1, Gen.ArrayOf(Gen.Choose(0xd800, 0xdfff).Select(i => (char)i)).Select(c => new string(c))))
        .Where(name => !ReservedEvents.Contains(name));

    private static Gen<string> WhiteSpace { get; } = Gen.Frequency((8, Gen.Constant("")), (1, Gen.Elements(" ", "\t", "\r\n", "  ")));

    private static Gen<long> AckIds { get; } = Gen.Frequency(
        (2, Gen.Constant(-1L)),
        (2, Gen.Choose(0, int.MaxValue).Select(i => (long)i)),
        (1, Gen.Elements(0L, 9, 10, int.MaxValue + 1L, Packet.MaxAckId)));

    /// <summary>Packets a client may send, of every type.</summary>
    public static Arbitrary<WirePacket> Any { get; } = Gen.Frequency(
        (1,
            from nsp in Namespaces
            from auth in Gen.OneOf(Gen.Constant(""), Object(2, 0))
            select new WirePacket(PacketType.Connect, nsp, -1, null, auth, [])),
        (1, Namespaces.Select(nsp => new WirePacket(PacketType.Disconnect, nsp, -1, null, "", []))),
        (6,
            from nsp in Namespaces
            from id in AckIds
            from e in Event(0)
            select new WirePacket(PacketType.Event, nsp, id, e.Name, e.Payload, [])),
        (2,
            from nsp in Namespaces
            from id in AckIds
            from list in Array(2, 0)
            select new WirePacket(PacketType.Ack, nsp, id, null, list, [])),
        (3,
            from data in Attachments
            from nsp in Namespaces
            from id in AckIds
            from e in Event(data.Length)
            select new WirePacket(PacketType.BinaryEvent, nsp, id, e.Name, e.Payload, data)),
        (1,
            from data in Attachments
            from nsp in Namespaces
            from id in AckIds
            from list in Array(2, data.Length)
            select new WirePacket(PacketType.BinaryAck, nsp, id, null, list, data))).ToArbitrary();

    public static Gen<byte[]> Bytes { get; } = Gen.ArrayOf(Gen.Choose(0, byte.MaxValue).Select(i => (byte)i));

    private static Gen<byte[][]> Attachments => Gen.Choose(1, 10).SelectMany(n => Gen.ArrayOf(Bytes, n));

    /// <summary>Writes a string as JSON, each character escaped or not as the generator likes.</summary>
    public static Gen<string> Quoted(string text) =>
        Gen.ArrayOf(Gen.Choose(0, 3), text.Length).Select(styles => Quote(text, styles));

    /// <summary>JSON of any kind. With attachments it has placeholders in it that point to them.</summary>
    public static Gen<string> Json(int depth, int attachments)
    {
        var leaves = new List<(int, Gen<string>)>
        {
            (3, Gen.Elements(Literals)),
            (2, Names.SelectMany(Quoted)),
            (1, Gen.Choose(int.MinValue, int.MaxValue).Select(i => i.ToString(CultureInfo.InvariantCulture))),
        };
        if (attachments > 0)
            leaves.Add((3, Placeholder(attachments)));
        if (depth > 0)
        {
            leaves.Add((2, Array(depth - 1, attachments)));
            leaves.Add((2, Object(depth - 1, attachments)));
        }

        return Gen.Frequency(leaves);
    }

    private static Gen<string> Placeholder(int attachments) =>
        from num in Gen.Choose(0, attachments - 1)
        from swapped in Gen.Elements(false, true)
        select swapped ? $"{{\"num\":{num},\"_placeholder\":true}}" : $"{{\"_placeholder\":true,\"num\":{num}}}";

    private static Gen<string> Array(int depth, int attachments) =>
        from items in Few(Json(depth, attachments))
        from space in WhiteSpace
        select $"[{space}{string.Join(space + "," + space, items)}{space}]";

    private static Gen<string> Object(int depth, int attachments) =>
        from members in Few(from key in Names.SelectMany(Quoted) from value in Json(depth, attachments) select $"{key}:{value}")
        from space in WhiteSpace
        select $"{{{space}{string.Join("," + space, members)}{space}}}";

    private static Gen<(string Name, string Payload)> Event(int attachments) =>
        from name in Names
        from quoted in Quoted(name)
        from arguments in Few(Json(3, attachments))
        from space in WhiteSpace
        select (name, $"[{space}{string.Join("," + space, [quoted, .. arguments])}{space}]");

    private static Gen<string[]> Few(Gen<string> item) => Gen.Choose(0, 4).SelectMany(n => Gen.ArrayOf(item, n));

    private static string Quote(string text, int[] styles)
    {
        var json = new StringBuilder("\"");
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (styles[i] == 0 || char.IsControl(c) || (char.IsSurrogate(c) && !isPair))
                json.Append("\\u").Append(((int)c).ToString(styles[i] == 1 ? "X4" : "x4", CultureInfo.InvariantCulture));
            else if (c is '"' or '\\' || (c == '/' && styles[i] == 2))
                json.Append('\\').Append(c);
            else if (isPair)
                json.Append(c).Append(text[++i]);
            else
                json.Append(c);
        }

        return json.Append('"').ToString();
    }
}
