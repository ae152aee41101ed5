using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>
/// Reads the header <c>Sec-WebSocket-Extensions</c> (RFC 6455, 9.1):
/// <code>
/// list      = extension *( "," extension )                 also over several headers
/// extension = token *( ";" token [ "=" ( token / '"' token '"' ) ] )
/// </code>
/// </summary>
internal static class ExtensionList
{
    /// <summary>Nobody offers more; what is longer is not read at all.</summary>
    private const int MaxLength = 2048;

    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");

    /// <summary>Reads all of it; false if anything in it is not written as it has to be.</summary>
    public static bool TryParse(StringValues headers, [NotNullWhen(true)] out List<Extension>? extensions)
    {
        extensions = null;
        var read = new List<Extension>();
        foreach (var header in headers)
        {
            if (header is null or { Length: > MaxLength }) return false;
            var list = header.AsSpan();
            foreach (var range in list.Split(','))
            {
                // Elements of a list may be empty (RFC 9110, 5.6.1).
                if (Trim(list[range]).IsEmpty) continue;
                if (!TryParseExtension(list[range], out var extension)) return false;
                read.Add(extension);
            }
        }

        extensions = read;
        return true;
    }

    // A comma or a semicolon within quotation marks cannot be: what is quoted has to be a token, too.
    private static bool TryParseExtension(ReadOnlySpan<char> text, [NotNullWhen(true)] out Extension? extension)
    {
        extension = null;
        string? name = null;
        var parameters = new List<(string Name, string? Value)>();
        foreach (var range in text.Split(';'))
        {
            var part = Trim(text[range]);
            if (name is null)
            {
                if (!IsToken(part)) return false;
                name = part.ToString();
            }
            else
            {
                if (!TryParseParameter(part, out var parameter)) return false;
                parameters.Add(parameter);
            }
        }

        extension = new Extension(name!, parameters);
        return true;
    }

    private static bool TryParseParameter(ReadOnlySpan<char> text, out (string Name, string? Value) parameter)
    {
        parameter = default;
        var equals = text.IndexOf('=');
        var name = Trim(equals < 0 ? text : text[..equals]);
        if (!IsToken(name)) return false;
        string? value = null;
        if (equals >= 0)
        {
            var right = Trim(text[(equals + 1)..]);
            if (right is ['"', .. var quoted, '"']) right = quoted;
            if (!IsToken(right)) return false;
            value = right.ToString();
        }

        parameter = (name.ToString(), value);
        return true;
    }

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim(" \t");

    private static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenChars);
}
