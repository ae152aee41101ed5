using System.Buffers;
using System.Text;
using Nerdbank.MessagePack;
using Stork.MessagePack.Values;

namespace Stork.Redis.Tests.Wire;

/// <summary>Values as the official packer writes them, and what it never writes.</summary>
public sealed class MessagePackTests
{
    private const int Depth = 8;
    private const int Size = 100_000;

    [Theory]
    [InlineData("00", "0")]
    [InlineData("7f", "127")]
    [InlineData("cc80", "128")]
    [InlineData("ccff", "255")]
    [InlineData("cd0100", "256")]
    [InlineData("cdffff", "65535")]
    [InlineData("ce00010000", "65536")]
    [InlineData("ceffffffff", "4294967295")]
    [InlineData("cf0000000100000000", "4294967296")]
    [InlineData("cf001fffffffffffff", "9007199254740991")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("ff", "-1")]
    [InlineData("e0", "-32")]
    [InlineData("d0df", "-33")]
    [InlineData("d080", "-128")]
    [InlineData("d1ff7f", "-129")]
    [InlineData("d18000", "-32768")]
    [InlineData("d2ffff7fff", "-32769")]
    [InlineData("d280000000", "-2147483648")]
    [InlineData("d3ffffffff7fffffff", "-2147483649")]
    [InlineData("cb3ff8000000000000", "1.5")]
    [InlineData("c3", "true")]
    [InlineData("c2", "false")]
    [InlineData("c0", "null")]
    [InlineData("a0", "\"\"")]
    [InlineData("bf61616161616161616161616161616161616161616161616161616161616161", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    [InlineData("d9206161616161616161616161616161616161616161616161616161616161616161", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")]
    [InlineData("a3e282ac", "\"€\"")]
    [InlineData("a4225c0a2f", "\"\\\"\\\\\\n/\"")]
    [InlineData("90", "[]")]
    [InlineData("80", "{}")]
    [InlineData("82a16191c0a16293010203", "{\"a\":[null],\"b\":[1,2,3]}")]
    public void Values_are_the_same_both_ways(string hex, string json)
    {
        Read(hex).ShouldBe(json);
        Write(json).ShouldBe(hex);
    }

    [Theory]
    [InlineData("\"𝄞\"", "a4f09d849e")]
    [InlineData("1.0", "01")]
    [InlineData("-0", "00")]
    [InlineData("1e3", "cd03e8")]
    [InlineData("1e300", "cb7e37e43c8800759c")]
    [InlineData("1e999", "c0")]
    [InlineData(" [ 1 , 2 ] ", "920102")]
    [InlineData("\"\\u00e4\\/\\u20ac\"", "a6c3a42fe282ac")]
    [InlineData("\"\\ud834\\udd1e\"", "a4f09d849e")]
    [InlineData("\"\\ud834\"", "a3efbfbd")]
    [InlineData("\"\\ud834x\\udd1e\"", "a7efbfbd78efbfbd")]
    [InlineData("{\"\\u0061\":1}", "81a16101")]
    public void Other_texts_of_a_value_are_the_same_value(string json, string hex) => Write(json).ShouldBe(hex);

    [Theory]
    [InlineData("ca3fc00000", "1.5")]
    [InlineData("cb7ff8000000000000", "null")]
    [InlineData("ca7f800000", "null")]
    [InlineData("d6ff00000000", "\"1970-01-01T00:00:00.000Z\"")]
    [InlineData("d7ff773594006928bbd0", "\"2025-11-27T21:00:00.500Z\"")]
    [InlineData("c70cff00000000ffffffffffffffff", "\"1969-12-31T23:59:59.000Z\"")]
    [InlineData("c70cff000000007fffffffffffffff", "null")]
    // Former versions of the packer: milliseconds, and undefined.
    [InlineData("d7000000019ac71da674", "\"2025-11-27T21:00:00.500Z\"")]
    [InlineData("d40000", "null")]
    [InlineData("8105c3", "{\"5\":true}")]
    [InlineData("a4f09d849e", "\"\\uD834\\uDD1E\"")]
    [InlineData("a2c328", "\"\\uFFFD(\"")]
    public void What_others_write_is_read(string hex, string json) => Read(hex).ShouldBe(json);

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    [InlineData("92")]
    [InlineData("9201")]
    [InlineData("ddffffffff01")]
    [InlineData("dfffffffff01")]
    [InlineData("dbffffffff61")]
    [InlineData("c6ffffffff61")]
    [InlineData("81c001")]
    [InlineData("d50500ff")]
    [InlineData("91919191919191919190")]
    public void What_is_no_value_throws(string hex) => Should.Throw<Exception>(() => Read(hex))
        .ShouldNotBeOfType<OutOfMemoryException>();

    [Fact]
    public void Objects_stand_for_binary_data_only_where_there_are_some()
    {
        const string Json = """[{"num":1,"_placeholder":true,"x":[{}]},{"_placeholder":false,"num":0}"""
            + """,{"_placeholder":true,"num":2},[{}]]""";
        var written = Write(Json, [7], [8, 9]);
        written.ShouldBe("94c4020809" + "82ac5f706c616365686f6c646572c2a36e756d00" + "82ac5f706c616365686f6c646572c3a36e756d02" + "9180");
        Read(Write(Json)).ShouldBe(Json);
    }

    [Fact]
    public void Binary_data_are_numbered_as_they_come()
    {
        var reader = new MessagePackReader(Convert.FromHexString("9281a161c40101c4020203"));
        var read = MessagePackToJson.Read(ref reader, Depth, Size);
        Encoding.UTF8.GetString(read.Json.Span).ShouldBe("""[{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]""");
        read.Attachments.Select(static bytes => bytes.ToArray()).ShouldBe([[1], [2, 3]]);
    }

    [Fact]
    public void A_message_does_not_grow_beyond_its_limit()
    {
        var nulls = new byte[5 + Size];
        nulls.AsSpan().Fill(0xc0);
        new byte[] { 0xdd, 0, 1, 0x86, 0xa0 }.CopyTo(nulls, 0);
        var failure = Should.Throw<FormatException>(() => Read(Convert.ToHexString(nulls)));
        failure.Message.ShouldContain("too large");
    }

    [Fact]
    public void Random_bytes_do_no_harm()
    {
        var random = new Random(20261127);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(1, 48)];
            random.NextBytes(bytes);
            // Containers and lengths, which random bytes seldom are.
            if (i % 2 == 0) bytes[0] = (byte)(0xc4 + random.Next(28));
            try
            {
                Read(Convert.ToHexString(bytes));
            }
            catch (Exception exception) when (exception is FormatException or MessagePackSerializationException or EndOfStreamException
                or OverflowException)
            {
                // That is how it is refused.
            }
        }
    }

    private static string Read(string hex)
    {
        var reader = new MessagePackReader(Convert.FromHexString(hex));
        return Encoding.UTF8.GetString(MessagePackToJson.Read(ref reader, Depth, Size).Json.Span);
    }

    private static string Write(string json, params byte[][] attachments)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        var payload = new JsonPayload(
            Encoding.UTF8.GetBytes(json), [.. attachments.Select(static bytes => new ReadOnlyMemory<byte>(bytes))]);
        JsonToMessagePack.Write(ref writer, payload, Depth);
        writer.Flush();
        return Convert.ToHexStringLower(buffer.WrittenSpan);
    }
}
