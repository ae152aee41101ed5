using System.Text;
using System.Text.Json;
using Stork.Protocol.SocketIO;

namespace Stork.Protocol.Tests.SocketIO;

public class JsonTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("\\n", "\n")]
    [InlineData("a\\\\b", "a\\b")]
    [InlineData("\\u0041", "A")]
    [InlineData("\\u00E9\\u00e9", "éé")]
    [InlineData("\\uFFFF", "\uFFFF")]
    [InlineData("\\ud834\\udd1e", "𝄞")]
    [InlineData("\\udbff\\udfff", "\U0010FFFF")]
    [InlineData("é\\té", "é\té")]
    public void Unescapes(string raw, string expected)
    {
        Unescape(raw).ShouldBe(expected);
        JsonSerializer.Deserialize<string>($"\"{raw}\"").ShouldBe(expected);
    }

    [Theory]
    [InlineData("num", "num", true)]
    [InlineData("nu", "num", false)]
    [InlineData("nums", "num", false)]
    [InlineData("n\\u0075m", "num", true)]
    [InlineData("\\u006e\\u0075\\u006d", "num", true)]
    [InlineData("\\u006E\\u0075\\u006D", "num", true)]
    [InlineData("\\u006e\\u0075\\u006d\\u006d", "num", false)]
    [InlineData("n\\num", "num", false)]
    [InlineData("\\ud800", "num", false)]
    public void Compares_without_regard_to_escapes(string raw, string text, bool equal) =>
        JsonText.Equals(Encoding.UTF8.GetBytes(raw), raw.Contains('\\'), Encoding.UTF8.GetBytes(text)).ShouldBe(equal);

    private static string Unescape(string raw)
    {
        var source = Encoding.UTF8.GetBytes(raw);
        var destination = new byte[source.Length];
        return Encoding.UTF8.GetString(destination, 0, JsonText.Unescape(source, destination));
    }
}
