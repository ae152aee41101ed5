using System.Text;
using System.Text.Json;
using Stork.Protocol.SocketIO;

namespace Stork.Protocol.Tests.SocketIO;

/// <summary>The elements of an array are where System.Text.Json finds them.</summary>
public sealed class JsonArrayCursorTests
{
    private const int Rounds = 20_000;

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    [InlineData("[1]", "1")]
    [InlineData("[ 1 , 2 ] ", "1", "2")]
    [InlineData("[-1.5e10,true,false,null]", "-1.5e10", "true", "false", "null")]
    [InlineData("[\"\",\"a\",\"]\",\"\\\"]\",\"\\\\\"]", "\"\"", "\"a\"", "\"]\"", "\"\\\"]\"", "\"\\\\\"")]
    [InlineData("[[],{},[[1],[2]],{\"a\":[\"}\"]}]", "[]", "{}", "[[1],[2]]", "{\"a\":[\"}\"]}")]
    [InlineData("[{\"]\":\"[\"} , [ \"\\\"\" , 1 ] ]", "{\"]\":\"[\"}", "[ \"\\\"\" , 1 ]")]
    public void Finds_each(string array, params string[] elements) => Find(Encoding.UTF8.GetBytes(array)).ShouldBe(elements);

    [Fact]
    public void Finds_what_the_framework_finds()
    {
        var random = new Random(20261128);
        for (var round = 0; round < Rounds; round++)
        {
            var json = new StringBuilder();
            WriteArray(json, random, depth: 0);
            var array = Encoding.UTF8.GetBytes(json.ToString());
            using var document = JsonDocument.Parse(array);
            Find(array).ShouldBe(document.RootElement.EnumerateArray().Select(element => element.GetRawText()).ToArray(), json.ToString());
        }
    }

    /// <summary>What is no array after all leads nowhere, but not astray.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("[\"")]
    [InlineData("[\"\\")]
    [InlineData("[[")]
    [InlineData("[1,")]
    [InlineData("[{\"a")]
    [InlineData("]]]")]
    public void Ends_with_the_bytes(string broken) => Find(Encoding.UTF8.GetBytes(broken)).Length.ShouldBeLessThan(3);

    private static string[] Find(byte[] array)
    {
        var found = new List<string>();
        var cursor = new JsonArrayCursor(array);
        while (cursor.MoveNext())
        {
            found.Add(Encoding.UTF8.GetString(cursor.Current));
            array[cursor.Start..cursor.End].ShouldBe(cursor.Current.ToArray());
        }

        cursor.MoveNext().ShouldBeFalse();
        return [.. found];
    }

    private static void WriteArray(StringBuilder json, Random random, int depth)
    {
        json.Append(Space(random)).Append('[');
        for (var left = random.Next(4); left > 0; left--)
        {
            WriteValue(json, random, depth);
            if (left > 1) json.Append(',');
        }

        json.Append(Space(random)).Append(']').Append(Space(random));
    }

    private static void WriteValue(StringBuilder json, Random random, int depth)
    {
        json.Append(Space(random));
        switch (random.Next(depth > 3 ? 3 : 5))
        {
            case 0:
                json.Append(random.Next(-50, 50));
                break;
            case 1:
                WriteString(json, random);
                break;
            case 2:
                json.Append(random.Next(3) switch { 0 => "true", 1 => "null", _ => "1.5e-3" });
                break;
            case 3:
                WriteArray(json, random, depth + 1);
                break;
            default:
                json.Append('{');
                WriteString(json, random);
                json.Append(Space(random)).Append(':');
                WriteValue(json, random, depth + 1);
                json.Append('}');
                break;
        }

        json.Append(Space(random));
    }

    private static void WriteString(StringBuilder json, Random random)
    {
        string[] pieces = ["a", "\\\"", "\\\\", "]", "}", "[", "{", ",", ":", "\\u005c", "é", " "];
        json.Append('"');
        for (var left = random.Next(6); left > 0; left--) json.Append(pieces[random.Next(pieces.Length)]);
        json.Append('"');
    }

    private static string Space(Random random) => random.Next(4) == 0 ? " \t\r\n"[random.Next(4)].ToString() : "";
}
