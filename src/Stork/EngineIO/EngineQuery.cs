using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Stork.EngineIO;

/// <summary>
/// The parameters of the protocol, read from the query as it stands: the collection that ASP.NET Core would make of it stays with the
/// request, and a WebSocket's request lasts as long as the connection.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct EngineQuery
{
    public EngineQuery(HttpRequest request)
    {
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = pair.DecodeName().Span;
            if (name.SequenceEqual("transport")) Transport = Join(Transport, pair);
            else if (name.SequenceEqual("sid")) SessionId = Join(SessionId, pair);
            else if (name.SequenceEqual("EIO")) Version = Join(Version, pair);
            else if (name.SequenceEqual("b64")) IsTextOnly = pair.EncodedValue.Length > 0;
        }
    }

    public string? Transport { get; }

    public string? SessionId { get; }

    public string? Version { get; }

    /// <summary>Whether the client wants binary messages as text, in base64, over WebSocket too; over polling they are anyway.</summary>
    public bool IsTextOnly { get; }

    /// <summary>A parameter given twice has a value that nothing valid is equal to; the original takes the last one.</summary>
    private static string Join(string? former, QueryStringEnumerable.EncodedNameValuePair pair)
    {
        var value = pair.DecodeValue().Span;
        if (former is not null) return $"{former},{value}";
        return value switch
        {
            "websocket" => "websocket",
            "polling" => "polling",
            "4" => "4",
            _ => value.ToString(),
        };
    }
}
