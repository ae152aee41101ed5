using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>
/// One element of what a client offers: <c>permessage-deflate</c> with its four parameters (RFC 7692, 7.1), of which the client's own
/// window may be named without a number.
/// </summary>
internal sealed class DeflateOffer
{
    public const string ExtensionName = "permessage-deflate";
    public const string ServerNoContextTakeover = "server_no_context_takeover";
    public const string ClientNoContextTakeover = "client_no_context_takeover";
    public const string ServerMaxWindowBits = "server_max_window_bits";
    public const string ClientMaxWindowBits = "client_max_window_bits";

    /// <summary>What stands for a client's window of which it only says that it may be told how large it is to be.</summary>
    private const int AnyWindow = PerMessageDeflateOptions.MostWindowBits;

    private bool _serverNoTakeover;
    private bool _clientNoTakeover;
    private int? _serverWindowBits;
    private int? _clientWindowBits;

    private DeflateOffer()
    {
    }

    /// <summary>
    /// Agrees to the first offer that can be kept to; null if there is none, and the messages are not compressed. An offer with a parameter
    /// that is unknown, stands there twice, or has a wrong value is none. A header that is not written as lists of extensions are says
    /// nothing at all.
    /// </summary>
    public static DeflateAgreement? Accept(StringValues headers, PerMessageDeflateOptions options)
    {
        if (!ExtensionList.TryParse(headers, out var extensions)) return null;
        foreach (var extension in extensions)
        {
            if (TryRead(extension, out var offer) && offer.Accept(options) is { } agreement) return agreement;
        }

        return null;
    }

    private static bool TryRead(Extension extension, [NotNullWhen(true)] out DeflateOffer? offer)
    {
        offer = null;
        if (!extension.Name.Equals(ExtensionName, StringComparison.OrdinalIgnoreCase)) return false;
        var read = new DeflateOffer();
        foreach (var (name, value) in extension.Parameters)
        {
            if (!read.TryAdd(name, value)) return false;
        }

        offer = read;
        return true;
    }

    private bool TryAdd(string name, string? value)
    {
        switch (name)
        {
            case ServerNoContextTakeover when value is null && !_serverNoTakeover:
                return _serverNoTakeover = true;
            case ClientNoContextTakeover when value is null && !_clientNoTakeover:
                return _clientNoTakeover = true;
            case ServerMaxWindowBits when _serverWindowBits is null:
                return (_serverWindowBits = ReadWindowBits(value)) is not null;
            case ClientMaxWindowBits when _clientWindowBits is null:
                return (_clientWindowBits = value is null ? AnyWindow : ReadWindowBits(value)) is not null;
            default:
                return false;
        }
    }

    /// <summary>8 to 15, without a zero in front.</summary>
    private static int? ReadWindowBits(string? value) => value switch
    {
        ['8' or '9'] => value[0] - '0',
        ['1', >= '0' and <= '5'] => 10 + value[1] - '0',
        _ => null,
    };

    private DeflateAgreement? Accept(PerMessageDeflateOptions options)
    {
        var serverBits = Math.Min(options.ServerMaxWindowBits, _serverWindowBits ?? PerMessageDeflateOptions.MostWindowBits);
        // 256 bytes are a window that zlib cannot be told.
        if (serverBits < PerMessageDeflateOptions.LeastWindowBits) return null;
        // A client that has not offered it must not be told the size of its window, and would use the largest.
        var canTellClient = _clientWindowBits is not null;
        if (options.ClientMaxWindowBits < PerMessageDeflateOptions.MostWindowBits && !canTellClient) return null;
        return new DeflateAgreement(
            options.ServerContextTakeover && !_serverNoTakeover,
            options.ClientContextTakeover && !_clientNoTakeover,
            serverBits,
            Math.Min(options.ClientMaxWindowBits, _clientWindowBits ?? PerMessageDeflateOptions.MostWindowBits))
        {
            Threshold = options.Threshold,
            AnswersServerWindow = _serverWindowBits is not null,
        };
    }
}
