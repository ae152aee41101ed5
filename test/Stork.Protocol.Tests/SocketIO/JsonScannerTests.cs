using System.Text;
using System.Text.Json;
using Stork.Protocol.SocketIO;

namespace Stork.Protocol.Tests.SocketIO;

/// <summary>The scan of payloads takes what System.Text.Json takes, and nothing else.</summary>
public sealed class JsonScannerTests
{
    private const int Rounds = 200_000;

    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", ",", ":", "\"", "\"a\"", "\"\"", "0", "1", "-", "-0", "01", "1.5", "1.", ".5", "1e5", "1E+5", "1e-", "-1.0e10",
        "true", "false", "null", "tru", "True", "nul", "\\", "\"\\n\"", "\"\\u00e9\"",
        "\"\\ud800\"", "\"\\u12g4\"", "\"\\x\"", "\"\\", "\"\n\"", "\"\u0001\"", " ", "\t", "\r\n", "\f",
        "\u00a0", "//", "/*x*/",
        "\"key\":", "\"_placeholder\":true", "\"num\":0", "[]", "{}", "[[", "]]", "[1,2]", "{\"a\":1}", "NaN", "+1", "'a'", "é",
        "\"é😀\"", "\"0123456789abcdef0123456789abcdef\"", "\"0123456789ab\\t\"", "\0",
    ];

    [Theory]
    [InlineData("[]", true)]
    [InlineData("[0]", true)]
    [InlineData("[-0]", true)]
    [InlineData("[00]", false)]
    [InlineData("[01]", false)]
    [InlineData("[-]", false)]
    [InlineData("[+1]", false)]
    [InlineData("[1.]", false)]
    [InlineData("[.1]", false)]
    [InlineData("[1.0]", true)]
    [InlineData("[1e]", false)]
    [InlineData("[1e+]", false)]
    [InlineData("[1E+05]", true)]
    [InlineData("[1e5.0]", false)]
    [InlineData("[0x10]", false)]
    [InlineData("[1", false)]
    [InlineData("[1,]", false)]
    [InlineData("[,1]", false)]
    [InlineData("[1 2]", false)]
    [InlineData("[1]]", false)]
    [InlineData("[1] ", true)]
    [InlineData("[1] x", false)]
    [InlineData("[1]\0", false)]
    [InlineData("[\f1]", false)]
    [InlineData(" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n", true)]
    [InlineData("[true,false,null]", true)]
    [InlineData("[tru]", false)]
    [InlineData("[truex]", false)]
    [InlineData("[True]", false)]
    [InlineData("[nul", false)]
    [InlineData("[{}]", true)]
    [InlineData("[{]", false)]
    [InlineData("[}]", false)]
    [InlineData("[{\"a\"}]", false)]
    [InlineData("[{\"a\":}]", false)]
    [InlineData("[{\"a\":1,}]", false)]
    [InlineData("[{\"a\":1 \"b\":2}]", false)]
    [InlineData("[{a:1}]", false)]
    [InlineData("[{1:1}]", false)]
    [InlineData("[{\"a\" : 1 , \"a\" : 2}]", true)]
    [InlineData("[\"]", false)]
    [InlineData("[\"a\n\"]", false)]
    [InlineData("[\"0123456789abcdefghijklmnop\n\"]", false)]
    [InlineData("[\"0123456789abcdefghijklmnop]", false)]
    [InlineData("[\"0123456789abcdefghijklmnop\\\"]", false)]
    [InlineData("[\"0123456789abcdefghijklmnop\\\"\"]", true)]
    [InlineData("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u12aF\"]", true)]
    [InlineData("[\"\\v\"]", false)]
    [InlineData("[\"\\u12a\"]", false)]
    [InlineData("[\"\\u12", false)]
    [InlineData("[\"\\ud800\"]", true)]
    [InlineData("[\"\u007f\u0085\u2028\"]", true)]
    [InlineData("\"text\"", true)]
    [InlineData("{\"a\":[{\"b\":[]}]}", true)]
    [InlineData("\ufeff[]", false)]
    public void Takes_what_is_json(string json, bool isTaken)
    {
        Scan(json, depth: 64).ShouldBe(isTaken ? null : ProtocolError.InvalidPayload);
        Read(json, depth: 64).ShouldBe(isTaken ? null : ProtocolError.InvalidPayload);
    }

    [Theory]
    [InlineData(1, "[]", true)]
    [InlineData(1, "[[]]", false)]
    [InlineData(2, "[[],{}]", true)]
    [InlineData(2, "[{\"a\":[]}]", false)]
    [InlineData(3, "[{\"a\":[1,2]}]", true)]
    public void Counts_how_deep_it_goes(int depth, string json, bool isTaken) =>
        Scan(json, depth).ShouldBe(isTaken ? null : ProtocolError.TooDeep);

    [Fact]
    public void Goes_as_deep_as_it_may_without_a_stack()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Scan(Nested(ProtocolLimits.LargestJsonDepth), ProtocolLimits.LargestJsonDepth).ShouldBeNull();
        Scan(Nested(500_000), ProtocolLimits.LargestJsonDepth).ShouldBe(ProtocolError.TooDeep);
    }

    [Fact]
    public void Agrees_with_the_reader_of_the_framework_on_anything()
    {
        var random = new Random(20261127);
        var taken = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var json = new StringBuilder();
            for (var pieces = random.Next(1, 12); pieces > 0; pieces--) json.Append(Pieces[random.Next(Pieces.Length)]);
            // Half of them are helped to be an array in the end.
            var text = random.Next(2) == 0 ? json.ToString() : $"[{json}]";
            var depth = random.Next(1, 5);
            var expected = Read(text, depth);
            if (expected is null) taken++;
            Scan(text, depth).ShouldBe(expected, text);
        }

        taken.ShouldBeGreaterThan(Rounds / 100);
    }

    private static ProtocolError? Scan(string json, int depth)
    {
        try
        {
            PayloadScan.Run(Encoding.UTF8.GetBytes(json), isEvent: false, attachments: 0, new ProtocolLimits { MaxJsonDepth = depth });
            return null;
        }
        catch (ProtocolException refused)
        {
            return refused.Error;
        }
    }

    private static ProtocolError? Read(string json, int depth)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = depth + 1 });
        try
        {
            while (reader.Read())
            {
                var opens = reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject;
                if (opens && reader.CurrentDepth >= depth) return ProtocolError.TooDeep;
            }

            return null;
        }
        catch (JsonException)
        {
            return ProtocolError.InvalidPayload;
        }
    }
}
